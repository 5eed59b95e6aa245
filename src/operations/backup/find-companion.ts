// Finds the backup of another kind that the same run made: backups of one run have the same recovery point.
import { backupPrefix } from '../../domain/backups/backup.ts'
import { type BackupEntry, distrustOf } from '../../domain/backups/catalogue.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Reporter } from '../../ports/common.ts'
import { chooseCopy, isOfOneCopy } from '../catalogue/choose-copy.ts'
import type { Found, FoundWithManifest } from '../catalogue/find-backup.ts'
import { readCatalogue } from '../catalogue/read-catalogue.ts'
import { readManifest } from '../catalogue/read-manifest.ts'

/** Backups of one run are seconds apart; runs with the same `--recovery-point` may be further apart. */
const lookedAtMost = 50

/**
 * Searches the stores that have the backup; skips damaged copies and stores that are down. Throws a failure of kind
 * usage if no backup of that kind has its recovery point.
 */
export async function findCompanion(
  places: readonly Found[],
  { id, name, recoveryPoint, started }: Manifest,
  kind: string,
  { reporter, signal }: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<FoundWithManifest> {
  const distance = (entry: BackupEntry): number => Math.abs(entry.id.time.getTime() - Date.parse(started))
  const copies: Found[] = []
  const failures: Failure[] = []
  const skip = (error: unknown): void => {
    signal.throwIfAborted()
    const failure = asFailure(error)
    if (!isOfOneCopy(failure)) throw failure
    failures.push(failure)
  }
  for (const { store } of places) {
    const { entries } = await readCatalogue(store, name, { signal }).catch((error) => {
      skip(error)
      return { entries: [] }
    })
    const near = entries
      .filter((entry) => entry.complete && entry.id.kind === kind && entry.id.trigger !== 'safety')
      .filter((entry) => distrustOf(entry) === undefined)
      .sort((a, b) => distance(a) - distance(b))
    for (const entry of near.slice(0, lookedAtMost)) {
      const manifest = await readManifest(store, entry, signal).catch(skip)
      if (manifest?.recoveryPoint !== recoveryPoint) continue
      copies.push({ store, entry })
      break
    }
  }
  if (copies.length > 0) return chooseCopy(copies, { reporter, signal })
  if (failures[0]) throw failures[0]
  throw new Failure(
    'backup/no-companion',
    `there is no backup of kind ${kind} from the same run as ${backupPrefix(name, id).slice(0, -1)}`,
    {
      hint: `Only \`backup all\` makes both in one run. To restore ${id} without the other backup, use its own kind instead of all.`,
    },
  )
}
