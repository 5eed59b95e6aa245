// A limit for the whole time of a request, for servers that send a few bytes now and then.

/**
 * Gives what the work gives. After this many seconds, aborts the signal of the work and throws what `late` returns.
 * `signal` also aborts the work.
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
