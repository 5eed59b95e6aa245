// A buffer between a source and its reader, so that neither waits for short delays of the other.

/**
 * Yields the items of the source in order, and reads ahead until `limit` bytes are buffered. If the reader ends early,
 * ends the source. Throws an error of the source after the items before it.
 */
export async function* readAhead<T>(
  source: AsyncIterable<T>,
  bytesOf: (item: T) => number,
  limit: number,
): AsyncGenerator<T> {
  const waiting: T[] = []
  let bytes = 0
  let ended: { readonly error?: unknown } | undefined
  let stopped = false
  let wakeReader = (): void => {}
  let wakeSource = (): void => {}
  const pump = async (): Promise<void> => {
    for await (const item of source) {
      if (stopped) return
      waiting.push(item)
      bytes += bytesOf(item)
      wakeReader()
      if (bytes < limit) continue
      await new Promise<void>((resolve) => {
        wakeSource = resolve
      })
      if (stopped) return
    }
  }
  const pumping = pump().then(
    () => {
      ended = {}
      wakeReader()
    },
    (error: unknown) => {
      ended = { error }
      wakeReader()
    },
  )
  try {
    for (;;) {
      const item = waiting.shift()
      if (item !== undefined) {
        bytes -= bytesOf(item)
        if (bytes < limit || waiting.length === 0) wakeSource()
        yield item
      } else if (ended) {
        if ('error' in ended) throw ended.error
        return
      } else {
        await new Promise<void>((resolve) => {
          wakeReader = resolve
        })
      }
    }
  } finally {
    stopped = true
    wakeSource()
    await pumping
  }
}
