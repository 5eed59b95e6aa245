// The last good backup of the same name, and whether this one is suspiciously smaller.
import type { Kind } from '../domain/backup.ts'
import type { BackupEntry } from '../domain/catalogue.ts'
import { asFailure } from '../domain/failure.ts'
import type { Manifest, Payload, Selection } from '../domain/manifest.ts'
import { type Size, shrinkVerdict } from '../domain/shrink.ts'
import type { TenantFacts } from '../domain/tenants/tenant-facts.ts'
import type { Destination } from '../streams/carry.ts'
import type { Reporter, Store } from './ports.ts'
import { readCatalogue } from './read-catalogue.ts'
import { readManifest } from './read-manifest.ts'

/** A backup's size as shrinking is judged by: rows, and bytes of the dump before compression. */
export function sizeOf({ fingerprint, payloads }: { fingerprint: Manifest['fingerprint']; payloads: readonly Payload[] }): Size {
  return {
    rows: fingerprint.tables.reduce((sum, { rows }) => sum + rows, 0),
    bytes: payloads.filter(({ role }) => role !== 'globals').reduce((sum, { contentBytes }) => sum + contentBytes, 0),
  }
}

/** What the last good backup held. */
export interface LastBackup {
  readonly id: string
  readonly size: Size
}

export interface Comparison {
  /** Undefined where there is none, or nothing that can be compared with this one. */
  readonly last: LastBackup | undefined
  /** Why this backup is suspect, as a sentence. */
  readonly suspect: string | undefined
}

export interface CompareRequest {
  readonly name: string
  readonly kind: Kind
  readonly size: Size
  readonly selection: Selection
  /** Of kind `tenant`. */
  readonly tenants: TenantFacts | undefined
  /** Percent; 0 turns the comparison off. */
  readonly limit: number
  /** Identifier of the server, where it is known. */
  readonly systemIdentifier: string | undefined
  readonly destinations: readonly Destination[]
  readonly reporter: Reporter
}

const nothing: Comparison = { last: undefined, suspect: undefined }

/** Asks the first store that has a good one; parts of databases are not compared. */
export async function compareWithLast(request: CompareRequest): Promise<Comparison> {
  if (request.limit === 0 || !isWhole(request.selection)) return nothing
  for (const { store, failure } of request.destinations) {
    if (failure) continue
    const { entries } = await readCatalogue(store, request.name)
    const last = entries.find(({ id, suspect }) => id.kind === request.kind && id.trigger !== 'safety' && !suspect)
    const manifest = last && (await readIfWhole(store, last, request.reporter))
    if (!last || !manifest) continue
    warnOfOtherServer(request, manifest)
    if (!isOfTheSameSort(request, manifest)) return nothing
    const size = sizeOf(manifest)
    const suspect = shrinkVerdict(request.size, size, request.limit)
    if (suspect)
      request.reporter.warn(`Suspect: ${suspect}, against ${last.id.text}. Retention does not count this backup as good.`)
    return { last: { id: last.id.text, size }, suspect }
  }
  return nothing
}

/** Wholes are compared with wholes, and tenants with the same tenants. */
function isOfTheSameSort({ tenants }: CompareRequest, { dump, tenants: others }: Manifest): boolean {
  if (!tenants || !others) return isWhole(dump.selection)
  return String(tenants.asked) === String(others.asked) && tenants.includesShared === others.includesShared
}

/** A damaged backup must not keep a new one from being made. */
async function readIfWhole(store: Store, last: BackupEntry, reporter: Reporter): Promise<Manifest | undefined> {
  try {
    return await readManifest(store, last)
  } catch (error) {
    const { kind, message } = asFailure(error)
    if (kind !== 'integrity' && kind !== 'refused') throw error
    reporter.warn(`This backup cannot be compared with the last one: ${message}`)
    return undefined
  }
}

/** Two servers under one name share retention: one's backups push out the other's. */
function warnOfOtherServer({ name, systemIdentifier, reporter }: CompareRequest, { id, server }: Manifest): void {
  if (systemIdentifier === undefined || server.systemIdentifier === undefined) return
  if (systemIdentifier === server.systemIdentifier) return
  reporter.warn(
    `The last backup named ${name}, ${id}, is of another server. Two servers need two names (--name), or prune takes the backups of both for one's.`,
  )
}

/** Whether a selection leaves nothing out. */
export function isWhole({ parts, ...patterns }: Selection): boolean {
  return parts === 'all' && Object.values(patterns).every((list) => list.length === 0)
}
