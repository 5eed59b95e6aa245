// Removes one backup from a store: the manifest first, so that what is half removed is no backup any more.
import { backupPrefix, manifestFile } from '../domain/backup.ts'
import type { BackupEntry } from '../domain/catalogue.ts'
import { asFailure, type Failure } from '../domain/failure.ts'
import { parseMark } from '../domain/marks.ts'
import type { Removal, Store } from './ports.ts'

export interface Removed {
  /** True if it was pinned since the catalogue was read: nothing was removed then. */
  readonly pinnedMeanwhile: boolean
  /** Whether it is no backup any more: its manifest is gone, or, where it had none, everything. */
  readonly gone: boolean
  /** Bytes that are gone. */
  readonly bytes: number
  /** Objects that the store's own lock holds, and until when if it says so. */
  readonly retained: readonly { readonly key: string; readonly until: Date | undefined }[]
  /** What the store threw once the manifest was gone: what is left goes when it is tried again. */
  readonly failure?: Failure
}

/**
 * Removes everything below the backup's prefix that the catalogue saw. A manifest that the store retains keeps the backup
 * whole: nothing else is removed then; so does a pin that came after the catalogue, for which one listing looks. Throws what the
 * store throws as long as the backup is one.
 */
export async function removeBackup(store: Store, entry: BackupEntry): Promise<Removed> {
  if (await pinnedSince(store, entry)) return { pinnedMeanwhile: true, gone: false, bytes: 0, retained: [] }
  const sizes = new Map(entry.keys.map(({ key, bytes }) => [key, bytes]))
  const manifest = backupPrefix(entry.name, entry.id.text) + manifestFile
  const rest = entry.keys.map(({ key }) => key).filter((key) => key !== manifest)
  const hasManifest = sizes.has(manifest)
  const all: Removal[] = []
  if (hasManifest) await collect(store.remove([manifest]), all)
  const stays = retainedOf(all).length > 0
  const failure = stays || rest.length === 0 ? undefined : await removeRest(store, rest, { all, hasManifest })
  const removed = all.filter(({ outcome }) => outcome === 'removed')
  const retained = retainedOf(all)
  return {
    pinnedMeanwhile: false,
    gone: hasManifest ? !stays : retained.length === 0,
    bytes: removed.reduce((sum, { key }) => sum + (sizes.get(key) ?? 0), 0),
    retained,
    ...(failure && { failure }),
  }
}

/** Adds to `all`. Gives the failure where the manifest went before; otherwise throws it. */
async function removeRest(
  store: Store,
  rest: readonly string[],
  { all, hasManifest }: { readonly all: Removal[]; readonly hasManifest: boolean },
): Promise<Failure | undefined> {
  try {
    await collect(store.remove(rest), all)
    return undefined
  } catch (error) {
    if (hasManifest) return asFailure(error)
    throw error
  }
}

async function pinnedSince(store: Store, entry: BackupEntry): Promise<boolean> {
  const prefix = backupPrefix(entry.name, entry.id.text)
  const known = new Set(entry.keys.map(({ key }) => key))
  for await (const { key } of store.list(prefix)) {
    if (!known.has(key) && parseMark(key.slice(prefix.length))?.mark === 'pin') return true
  }
  return false
}

async function collect(removals: AsyncIterable<Removal>, all: Removal[]): Promise<void> {
  for await (const removal of removals) all.push(removal)
}

function retainedOf(removals: readonly Removal[]): { key: string; until: Date | undefined }[] {
  return removals.flatMap((removal) => (removal.outcome === 'retained' ? [{ key: removal.key, until: removal.until }] : []))
}
