// Backups whose manifest is damaged, among those that a drill proved before.
import { distrustOf } from '../../domain/backups/catalogue.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { Store } from '../../ports/common.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import type { ListedBackup } from './listed-backup.ts'
import { readManifest } from './read-manifest.ts'

/** Of so many of the newest proven backups the manifest is read; a list reads names of keys alone otherwise. */
const checked = 10
const atOnce = 5

/** The same backups, with `damaged` where no copy has a manifest that can be read. A store that fails is no reason. */
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
