// Finds backups with a damaged manifest among those that a drill has proven.
import { distrustOf } from '../../domain/backups/catalogue.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { Store } from '../../ports/common.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import type { ListedBackup } from './listed-backup.ts'
import { readManifest } from './read-manifest.ts'

/** Number of the newest proven backups whose manifest is read. Otherwise a list reads only names of keys. */
const checked = 10
const atOnce = 5

/** Sets `damaged` if the manifest is damaged in every copy; a store that cannot be read prevents that. */
export async function markDamaged(
  backups: readonly ListedBackup[],
  stores: readonly Store[],
  signal: AbortSignal,
): Promise<ListedBackup[]> {
  const marked = [...backups]
  const isCounted = (backup: ListedBackup): boolean =>
    backup.drill?.verdict === 'proven' && distrustOf(backup) === undefined
  const proven = backups.flatMap((backup, place) => (isCounted(backup) ? [{ backup, place }] : []))
  await mapConcurrently(atOnce, proven.slice(0, checked), async ({ backup, place }) => {
    const damaged = await damageOf(backup, stores, signal)
    if (damaged !== undefined) marked[place] = { ...backup, damaged }
  })
  return marked
}

async function damageOf(
  backup: ListedBackup,
  stores: readonly Store[],
  signal: AbortSignal,
): Promise<string | undefined> {
  let damage: string | undefined
  for (const store of stores.filter(({ address }) => backup.stores.includes(address))) {
    try {
      await readManifest(store, backup, signal)
      return undefined
    } catch (error) {
      signal.throwIfAborted()
      const failure = asFailure(error)
      if (failure.kind !== 'integrity') return undefined
      damage ??= failure.message
    }
  }
  return damage
}
