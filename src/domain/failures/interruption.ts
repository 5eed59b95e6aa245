// Converts an aborted signal to a Failure.
import { Failure } from './failure.ts'

/** Throws the signal's own Failure, or a failure of kind interrupted, if the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interruption(signal.reason)
}

/** Returns the signal's own Failure, or a failure of kind interrupted. */
function interruption(reason: unknown): Failure {
  return reason instanceof Failure ? reason : new Failure('interrupted', 'interrupted', { cause: reason })
}

/** Resolves like the work, or throws as soon as the signal is aborted. The work itself is not stopped. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(interruption(signal.reason))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
