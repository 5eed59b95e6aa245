// Removes one backup from a store: the manifest first, so that what is half removed is no backup any more.
import { backupPrefix, manifestFile } from '../domain/backup.ts'
import type { BackupEntry } from '../domain/catalogue.ts'
import type { Removal, Store } from './ports.ts'

export interface Removed {
  /** Bytes that are gone. */
  readonly bytes: number
  /** Objects that the store's own lock holds, and until when if it says so. */
  readonly retained: readonly { readonly key: string; readonly until: Date | undefined }[]
}

/**
 * Removes everything below the backup's prefix that the catalogue saw. A manifest that the store retains keeps the backup
 * whole: nothing else is removed then. Throws what the store throws; what is left goes when it is tried again.
 */
export async function removeBackup(store: Store, entry: BackupEntry): Promise<Removed> {
  const sizes = new Map(entry.keys.map(({ key, bytes }) => [key, bytes]))
  const manifest = backupPrefix(entry.name, entry.id.text) + manifestFile
  const rest = entry.keys.map(({ key }) => key).filter((key) => key !== manifest)
  const first = sizes.has(manifest) ? await collect(store.remove([manifest])) : []
  const all = retainedOf(first).length > 0 || rest.length === 0 ? first : [...first, ...(await collect(store.remove(rest)))]
  const gone = all.filter(({ outcome }) => outcome === 'removed')
  return { bytes: gone.reduce((sum, { key }) => sum + (sizes.get(key) ?? 0), 0), retained: retainedOf(all) }
}

async function collect(removals: AsyncIterable<Removal>): Promise<Removal[]> {
  const all: Removal[] = []
  for await (const removal of removals) all.push(removal)
  return all
}

function retainedOf(removals: readonly Removal[]): { key: string; until: Date | undefined }[] {
  return removals.flatMap((removal) => (removal.outcome === 'retained' ? [{ key: removal.key, until: removal.until }] : []))
}
