// A download that fails if its server sends no data for some time.

/** A response with its body in pieces. */
interface Download {
  readonly answer: Response
  readonly body: AsyncIterable<Uint8Array> | undefined
  /** Ends the connection. */
  close(): void
}

/** Sends a request. Throws if no data arrives for `idleTimeout` seconds, or the signal's reason if it is aborted. */
export async function download(
  url: string,
  headers: Readonly<Record<string, string>>,
  { signal, idleTimeout }: { readonly signal: AbortSignal; readonly idleTimeout: number },
): Promise<Download> {
  const silent = new AbortController()
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    const stop = () => silent.abort(new Error(`no data received for ${idleTimeout} seconds`))
    const timer = setTimeout(stop, idleTimeout * 1000)
    return work.finally(() => clearTimeout(timer))
  }
  const answer = await inTime(fetch(url, { headers, signal: AbortSignal.any([signal, silent.signal]) }))
  const reader = answer.body?.getReader()
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { done, value } = await inTime((reader as ReadableStreamDefaultReader<Uint8Array>).read())
      if (done) return
      yield value
    }
  }
  return { answer, body: reader && pieces(), close: () => silent.abort() }
}
