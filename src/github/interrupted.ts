// An aborted signal as a Failure.
import { Failure } from '../domain/failures/failure.ts'

/** Throws the signal's own Failure, or a failure of kind interrupted, if the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interruption(signal.reason)
}

/** The Failure that an aborted signal's reason means. */
export function interruption(reason: unknown): Failure {
  return reason instanceof Failure ? reason : new Failure('interrupted', 'interrupted', { cause: reason })
}
