// The backup of another kind that the same run made: backups of one run share their recovery point.
import { backupPrefix } from '../../domain/backups/backup.ts'
import { type BackupEntry, distrustOf } from '../../domain/backups/catalogue.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Found, FoundWithManifest } from '../catalogue/find-backup.ts'
import { readCatalogue } from '../catalogue/read-catalogue.ts'
import { readManifest } from '../catalogue/read-manifest.ts'

/** Those of one run are seconds apart; runs that were given the same `--recovery-point` may be further. */
const lookedAtMost = 50

/**
 * Looks in the stores that hold the backup. Throws a failure of kind usage where no backup of that kind has its
 * recovery point.
 */
export async function findCompanion(
  places: readonly Found[],
  { id, name, recoveryPoint, started }: Manifest,
  kind: string,
  signal: AbortSignal,
): Promise<FoundWithManifest> {
  const distance = (entry: BackupEntry): number => Math.abs(entry.id.time.getTime() - Date.parse(started))
  for (const { store } of places) {
    const { entries } = await readCatalogue(store, name, { signal })
    const near = entries
      .filter((entry) => entry.complete && entry.id.kind === kind && entry.id.trigger !== 'safety')
      .filter((entry) => distrustOf(entry) === undefined)
      .sort((a, b) => distance(a) - distance(b))
    for (const entry of near.slice(0, lookedAtMost)) {
      const manifest = await readManifest(store, entry, signal)
      if (manifest.recoveryPoint === recoveryPoint) return { store, entry, manifest }
    }
  }
  throw new Failure(
    'backup/no-companion',
    `there is no backup of kind ${kind} from the same run as ${backupPrefix(name, id).slice(0, -1)}`,
    {
      hint: `Only backup --kind all makes both in one run. To restore ${id} without the other backup, use its own kind instead of all.`,
    },
  )
}
