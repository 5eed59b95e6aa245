// The process around one run, whichever host it is: signals and crashes reach the work, and nothing keeps the process
// alive after it.
import { Failure } from '../domain/failures/failure.ts'
import { failureKinds } from '../domain/failures/failure-kinds.ts'
import type { Clock } from '../ports/common.ts'
import { watchSignals } from './signals.ts'

/**
 * How long a handle that somebody forgot may keep the process alive after the work has ended; less where somebody waits
 * for the end.
 */
const lingerMilliseconds = 1000
const hurriedMilliseconds = 100

/** What reaches the work from outside of it. */
export interface Guarded {
  /**
   * Aborted with a failure of kind interrupted on SIGINT and SIGTERM, with anything else on a crash outside the work.
   */
  readonly signal: AbortSignal
  /** Rejects if something breaks where nobody waits for it. */
  readonly crashed: Promise<never>
}

/** Watches this process. A signal asks the work to stop; another one, a second or more later, ends the process. */
export function guardProcess(clock: Clock): Guarded {
  const stopping = new AbortController()
  const crashed = new Promise<never>((_, reject) => {
    const crash = (error: unknown) => {
      reject(error)
      stopping.abort(error)
    }
    process.on('uncaughtException', crash)
    process.on('unhandledRejection', crash)
  })
  crashed.catch(() => {})
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWithReader)
  watchSignals(process, clock, {
    first: (name) => stopping.abort(interruption(name)),
    again: () => process.exit(interruption('').exitCode),
  })
  return { signal: stopping.signal, crashed }
}

/**
 * Sets the exit code; the process ends by itself, or soon after its output was read. An interruption does not wait for
 * the reader.
 */
export function endProcess(exitCode: number, signal: AbortSignal): void {
  process.exitCode = exitCode
  const exitIn = (milliseconds: number) => setTimeout(() => process.exit(), milliseconds).unref()
  const hurry = () => exitIn(hurriedMilliseconds)
  if (exitCode === failureKinds.interrupted.exitCode) return void hurry()
  signal.addEventListener('abort', hurry, { once: true })
  void Promise.all([process.stdout, process.stderr].map(flushed)).then(() => exitIn(lingerMilliseconds))
}

/** Resolves when everything written before was read, or cannot be read any more. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()))
}

function interruption(name: string): Failure {
  return new Failure('interrupted', `interrupted by ${name}`, {
    hint: 'An unfinished backup does not count; run the command again.',
  })
}

/** `resguardo list | head` closes our output early: that is no fault of ours. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
