// Guards the process of one run, in every host: signals and crashes reach the work, and the process ends after it.
import { Failure } from '../domain/failures/failure.ts'
import { failureKinds } from '../domain/failures/failure-kinds.ts'
import type { Clock } from '../ports/common.ts'
import { watchSignals } from './signals.ts'

/**
 * Milliseconds that a forgotten handle may keep the process alive after the work has ended; the shorter time applies
 * after an interruption.
 */
const lingerMilliseconds = 1000
const hurriedMilliseconds = 100

/** How the work learns of events outside of it. */
export interface Guarded {
  /**
   * Aborted with a failure of kind interrupted on SIGINT and SIGTERM, or with the error of a crash outside the work.
   */
  readonly signal: AbortSignal
  /** Rejects on an uncaught exception or an unhandled rejection. */
  readonly crashed: Promise<never>
}

/** Watches this process. A signal aborts the work; another one, a second or more later, ends the process. */
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
 * Sets the exit code. The process ends by itself, or 1 s after its output was read; after an interruption it does not
 * wait for the reader.
 */
export function endProcess(exitCode: number, signal: AbortSignal): void {
  process.exitCode = exitCode
  const exitIn = (milliseconds: number) => setTimeout(() => process.exit(), milliseconds).unref()
  const hurry = () => exitIn(hurriedMilliseconds)
  if (exitCode === failureKinds.interrupted.exitCode) return void hurry()
  signal.addEventListener('abort', hurry, { once: true })
  void Promise.all([process.stdout, process.stderr].map(flushed)).then(() => exitIn(lingerMilliseconds))
}

/** Resolves when all earlier output was read, or can no longer be read. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()))
}

function interruption(name: string): Failure {
  return new Failure('interrupted', `interrupted by ${name}`, {
    hint: 'An unfinished backup does not count; run the command again.',
  })
}

/** `resguardo list | head` closes the output early, which is not an error. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
