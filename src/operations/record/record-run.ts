// Records a run: one row, written when the run starts and updated when it ends, with any result.
import { makeBackupId, type Trigger } from '../../domain/backups/backup.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Clock, Reporter } from '../../ports/common.ts'
import type { RunRecord, RunRow } from '../../ports/record.ts'

interface RecordWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  random(): string
  /** Masks secrets, because no column may contain one. */
  hideSecrets(text: string): string
}

/** The result of a run, as stored in its row. */
export interface RunResult extends Pick<RunRow, 'id' | 'checksum' | 'manifest' | 'bytes' | 'location'> {
  /** Set if the run failed although there is a backup: one of several stores did not accept it. */
  readonly failure?: Failure | undefined
}

interface RunToRecord<T> {
  readonly record: RunRecord
  readonly kind: string
  readonly trigger: Trigger
  readonly resultOf: (done: T) => RunResult
}

/**
 * Calls `work` with a world whose first random digits are those of the row's ID, so that the row and the backup's ID
 * name the same run. Returns and throws what `work` does. A record that cannot be written is a warning.
 */
export async function recordRun<T, W extends RecordWorld>(
  run: RunToRecord<T>,
  world: W,
  work: (world: W) => Promise<T>,
): Promise<T> {
  const { clock, signal } = world
  const sentenceOf = ({ message }: Failure): string =>
    world.hideSecrets(message).replaceAll('\0', '').slice(0, longestSentence)
  const { kind, trigger } = run
  const startedAt = clock.now()
  const digits = world.random()
  const begun = { id: makeBackupId(startedAt, kind, trigger, digits).text, kind, trigger, startedAt }
  const page = new Page(run.record, world.reporter)
  const fail = (thrown: unknown): Promise<void> => {
    const error = sentenceOf(asFailure(thrown))
    return page.write({ ...begun, status: 'failed', finishedAt: clock.now(), error })
  }
  let interrupted: Promise<void> | undefined
  // Written immediately, because the cleanup of the work may use all the time that is left after a signal.
  const onAbort = (): void => {
    interrupted = fail(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await page.write({ ...begun, status: 'running' })
    const done = await work({ ...world, random: firstly(digits, world) })
    const { failure, ...result } = run.resultOf(done)
    const end = failure ? { status: 'failed' as const, error: sentenceOf(failure) } : { status: 'completed' as const }
    const location = result.location === undefined ? undefined : world.hideSecrets(result.location)
    await page.write({ ...begun, ...result, location, ...end, finishedAt: clock.now() })
    return done
  } catch (error) {
    await (interrupted ?? fail(error))
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

const longestSentence = 2000

function firstly(digits: string, world: RecordWorld): () => string {
  let first: string | undefined = digits
  return () => {
    const drawn = first ?? world.random()
    first = undefined
    return drawn
  }
}

/** The row of a run. Writes are sequential; an error is reported once. */
class Page {
  readonly #record: RunRecord
  readonly #reporter: Reporter
  #written: Promise<void> = Promise.resolve()
  #id: string | undefined
  #told: string | undefined

  constructor(record: RunRecord, reporter: Reporter) {
    this.#record = record
    this.#reporter = reporter
  }

  /** Never throws. */
  write(row: RunRow): Promise<void> {
    this.#written = this.#written.then(() => this.#save(row))
    return this.#written
  }

  async #save(row: RunRow): Promise<void> {
    try {
      await this.#record.save(row, this.#id)
      this.#id = row.id
    } catch (error) {
      const { message, hint } = asFailure(error)
      if (message !== this.#told)
        this.#reporter.warn(`This run is not recorded as ${row.status}: ${message}.${hint ? ` ${hint}` : ''}`)
      this.#told = message
    }
  }
}
