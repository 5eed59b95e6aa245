// Time limits for requests and other work.
import { unlessAborted } from '../domain/failures/interruption.ts'

/** Resolves to the result of the work; to undefined if the work fails or takes longer. Never throws. */
export async function settledWithin<T>(work: Promise<T>, seconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000, undefined)
  })
  const settled = await Promise.race([work.catch(() => undefined), limit])
  clearTimeout(timer)
  return settled
}

/** Resolves like the work. Throws if the signal is aborted and the work takes this many seconds longer. */
export async function endsSoon<T>(work: Promise<T>, signal: AbortSignal, seconds: number): Promise<T> {
  const overdue = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const start = () => {
    timer = setTimeout(() => overdue.abort(signal.reason), seconds * 1000)
  }
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, { once: true })
  try {
    return await unlessAborted(work, overdue.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', start)
  }
}

/**
 * Resolves like the work. A server that sends a few bytes now and then does not extend the time: after this many
 * seconds, aborts the signal of the work and throws what `late` returns. `signal` also aborts the work.
 */
export async function withDeadline<T>(
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => unknown,
  signal?: AbortSignal,
): Promise<T> {
  const expiry = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = late()
      reject(error)
      expiry.abort(error)
    }, seconds * 1000)
  })
  try {
    return await Promise.race([work(signal ? AbortSignal.any([signal, expiry.signal]) : expiry.signal), limit])
  } finally {
    clearTimeout(timer)
  }
}
