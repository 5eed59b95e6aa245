// Time limits for work that cannot be cancelled.
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
