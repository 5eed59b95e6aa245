// Removes one backup from a store: the manifest first, so that what is half removed is no backup any more.
import { backupPrefix, manifestFile } from '../domain/backup.ts'
import type { BackupEntry } from '../domain/catalogue.ts'
import { parseMark } from '../domain/marks.ts'
import type { Removal, Store } from './ports.ts'

export interface Removed {
  /** True if it was pinned since the catalogue was read: nothing was removed then. */
  readonly pinnedMeanwhile: boolean
  /** Bytes that are gone. */
  readonly bytes: number
  /** Objects that the store's own lock holds, and until when if it says so. */
  readonly retained: readonly { readonly key: string; readonly until: Date | undefined }[]
}

/**
 * Removes everything below the backup's prefix that the catalogue saw. A manifest that the store retains keeps the backup
 * whole: nothing else is removed then; so does a pin that came after the catalogue, for which one listing looks. Throws what the
 * store throws; what is left goes when it is tried again.
 */
export async function removeBackup(store: Store, entry: BackupEntry): Promise<Removed> {
  if (await pinnedSince(store, entry)) return { pinnedMeanwhile: true, bytes: 0, retained: [] }
  const sizes = new Map(entry.keys.map(({ key, bytes }) => [key, bytes]))
  const manifest = backupPrefix(entry.name, entry.id.text) + manifestFile
  const rest = entry.keys.map(({ key }) => key).filter((key) => key !== manifest)
  const first = sizes.has(manifest) ? await collect(store.remove([manifest])) : []
  const all = retainedOf(first).length > 0 || rest.length === 0 ? first : [...first, ...(await collect(store.remove(rest)))]
  const gone = all.filter(({ outcome }) => outcome === 'removed')
  return {
    pinnedMeanwhile: false,
    bytes: gone.reduce((sum, { key }) => sum + (sizes.get(key) ?? 0), 0),
    retained: retainedOf(all),
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

async function collect(removals: AsyncIterable<Removal>): Promise<Removal[]> {
  const all: Removal[] = []
  for await (const removal of removals) all.push(removal)
  return all
}

function retainedOf(removals: readonly Removal[]): { key: string; until: Date | undefined }[] {
  return removals.flatMap((removal) => (removal.outcome === 'retained' ? [{ key: removal.key, until: removal.until }] : []))
}
