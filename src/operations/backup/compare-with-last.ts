// Finds the last good backup of the same name, and checks whether the new one is suspiciously smaller.
import { type BackupEntry, distrustOf } from '../../domain/backups/catalogue.ts'
import { areDifferentServers } from '../../domain/backups/server-ids.ts'
import { type Size, shrinkVerdict } from '../../domain/backups/shrink.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { ContentOf, Manifest, Payload } from '../../domain/manifest/manifest.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import type { StoredKind } from '../../ports/kind.ts'
import type { Destination } from '../../streams/write-to-stores.ts'
import { readCatalogue } from '../catalogue/read-catalogue.ts'
import { readManifest } from '../catalogue/read-manifest.ts'

/** The last good backup, and its size. */
export interface LastBackup {
  readonly id: string
  readonly size: Size
}

export interface Comparison {
  /** Undefined if there is none, or none that can be compared with this backup. */
  readonly last: LastBackup | undefined
  /** Why this backup is suspect, as a sentence. */
  readonly suspect: string | undefined
}

interface FindLastRequest {
  readonly name: string
  readonly kind: StoredKind
  readonly destinations: readonly Destination[]
  readonly reporter: Reporter
}

/** Returns the manifest of the last good backup, from the first store that has one. */
export async function findLast({ name, kind, destinations, reporter }: FindLastRequest): Promise<Manifest | undefined> {
  for (const { store, failure } of destinations) {
    if (failure) continue
    const { entries } = await readCatalogue(store, name)
    const last = entries.find(
      (entry) =>
        entry.id.kind === kind.name &&
        entry.id.trigger !== 'safety' &&
        !entry.suspect &&
        distrustOf(entry) === undefined,
    )
    const manifest = last && (await readIfWhole(store, last, reporter))
    if (manifest) return manifest
  }
  return undefined
}

interface CompareRequest extends Pick<FindLastRequest, 'name' | 'kind' | 'reporter'> {
  readonly content: ContentOf
  readonly payloads: readonly Payload[]
  /** Percent; 0 turns the comparison off. */
  readonly limit: number
}

const nothing: Comparison = { last: undefined, suspect: undefined }

/** Compares the sizes of whole backups; does not compare partial ones. */
export function compareWithLast(request: CompareRequest, last: Manifest): Comparison {
  const { kind, content, limit, reporter } = request
  warnOfOtherServer(request, last)
  if (!kind.isWhole(last) || !(kind.isComparable?.(content, last) ?? true)) return nothing
  const size = kind.sizeOf(last, last.payloads)
  const suspect = shrinkVerdict(kind.sizeOf(content, request.payloads), size, limit)
  if (suspect)
    reporter.warn(`Suspect: ${suspect}, compared with ${last.id}. Retention does not count this backup as good.`)
  return { last: { id: last.id, size }, suspect }
}

/** A damaged backup must not prevent a new one. */
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

/** Warns about two servers with one name: they share retention, so backups of one displace those of the other. */
function warnOfOtherServer({ name, kind, content, reporter }: CompareRequest, manifest: Manifest): void {
  const [here = [], there = []] = [content, manifest].map((each) => kind.serverIds?.(each))
  if (!areDifferentServers(here, there)) return
  reporter.warn(
    `The last backup named ${name}, ${manifest.id}, is of another server. Use a separate --name for each server, because retention counts all backups of a name together.`,
  )
}
