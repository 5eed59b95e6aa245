// The last good backup of the same name, and whether this one is suspiciously smaller.
import { type BackupEntry, distrustOf } from '../../domain/backups/catalogue.ts'
import { type Size, shrinkVerdict } from '../../domain/backups/shrink.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { ContentOf, Manifest, Payload } from '../../domain/manifest/manifest.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import type { StoredKind } from '../../ports/kind.ts'
import type { Destination } from '../../streams/write-to-stores.ts'
import { readCatalogue } from '../catalogue/read-catalogue.ts'
import { readManifest } from '../catalogue/read-manifest.ts'

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
  readonly kind: StoredKind
  readonly content: ContentOf
  readonly payloads: readonly Payload[]
  /** Percent; 0 turns the comparison off. */
  readonly limit: number
  readonly destinations: readonly Destination[]
  readonly reporter: Reporter
}

const nothing: Comparison = { last: undefined, suspect: undefined }

/** Asks the first store that has a good one; parts of databases are not compared. */
export async function compareWithLast(request: CompareRequest): Promise<Comparison> {
  const { kind, content } = request
  if (request.limit === 0 || !kind.isWhole(content)) return nothing
  for (const { store, failure } of request.destinations) {
    if (failure) continue
    const { entries } = await readCatalogue(store, request.name)
    const last = entries.find(
      (entry) =>
        entry.id.kind === kind.name &&
        entry.id.trigger !== 'safety' &&
        !entry.suspect &&
        distrustOf(entry) === undefined,
    )
    const manifest = last && (await readIfWhole(store, last, request.reporter))
    if (!last || !manifest) continue
    warnOfOtherServer(request, manifest)
    const isComparable = kind.isWhole(manifest) && (kind.isComparable?.(content, manifest) ?? true)
    if (!isComparable) return nothing
    const size = kind.sizeOf(manifest, manifest.payloads)
    const suspect = shrinkVerdict(kind.sizeOf(content, request.payloads), size, request.limit)
    if (suspect)
      request.reporter.warn(
        `Suspect: ${suspect}, compared with ${last.id.text}. Retention does not count this backup as good.`,
      )
    return { last: { id: last.id.text, size }, suspect }
  }
  return nothing
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
function warnOfOtherServer({ name, kind, content, reporter }: CompareRequest, manifest: Manifest): void {
  const [here, there] = [content, manifest].map((each) => kind.serverId?.(each))
  if (here === undefined || there === undefined || here === there) return
  reporter.warn(
    `The last backup named ${name}, ${manifest.id}, is of another server. Use a separate --name for each server, because retention counts all backups of a name together.`,
  )
}
