// Backs up a single source: examines it, opens it, and writes it to the stores.
import { makeBackupId } from '../../domain/backups/backup.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Store } from '../../ports/common.ts'
import { Phases } from '../phases.ts'
import { checkStores } from '../stores/check-stores.ts'
import { type BackedUp, type BackupRunRequest, type BackupRunWorld, runBackup } from './backup-run.ts'
import type { BackupSource } from './backup-source.ts'

/** Dependencies of the operation. */
export interface BackUpWorld extends BackupRunWorld {
  readonly temporary: string
  random(): string
}

/** A system that can be backed up. */
interface Backupable<M extends Manifest> {
  /** For messages, without secrets: `cache.example.com:6379`. */
  readonly display: string
  /** Examines the system before any data is read. Returns warnings for the manifest. */
  probe(): Promise<readonly string[]>
  /** Opens the data as of one instant. */
  open(): Promise<BackupSource<M>>
  /** Whether to start again, with new data, after this failure. Default: no. */
  startsAgain?(failure: Failure): boolean
}

export interface BackUpSourceRequest<M extends Manifest> extends BackupRunRequest {
  readonly source: Backupable<M>
  readonly stores: readonly Store[]
  readonly name: string
  readonly recoveryPoint: string | undefined
}

/** Maximum number of attempts if the source must start again. */
const mostAttempts = 3

/**
 * Throws if the source or all stores fail: no store then contains any part of the backup. If only some stores fail, the
 * others have the complete backup, and `failure` is set.
 */
export async function backUpSource<M extends Manifest>(
  request: BackUpSourceRequest<M>,
  world: BackUpWorld,
): Promise<BackedUp<M>> {
  const { source, stores, name, trigger } = request
  const { clock, reporter, signal } = world
  const phases = new Phases(world)
  try {
    const { warnings, destinations } = await phases.run('probe', `Examining ${source.display}`, async () => ({
      warnings: await source.probe(),
      destinations: await checkStores(stores, reporter),
    }))
    for (let attempt = 1; ; attempt += 1) {
      const started = clock.now()
      const opened = await phases.run('snapshot', `Reading ${source.display}`, () => source.open())
      const id = makeBackupId(started, opened.kind, trigger, world.random())
      const recoveryPoint = request.recoveryPoint ?? id.text
      const own = destinations.map((each) => ({ ...each }))
      const run = { request, world, phases, name, warnings, started, id, recoveryPoint, destinations: own }
      try {
        return await runBackup(run, opened)
      } catch (error) {
        const failure = asFailure(error)
        if (attempt === mostAttempts || !source.startsAgain?.(failure)) throw error
        reporter.note(`The backup starts again: ${failure.message}`)
      }
    }
  } catch (error) {
    throw signal.aborted ? asFailure(signal.reason) : error
  }
}
