// Runs work on many items with limited concurrency.

/**
 * Calls `work` for every item in order, at most `concurrency` at once. After the first failure it starts no more items,
 * waits for those in progress, and rejects with that failure.
 */
export async function mapConcurrently<T>(
  concurrency: number,
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T, place: number) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let next = 0
  /** In chronological order. */
  const failures: unknown[] = []
  const lane = async (): Promise<void> => {
    try {
      while (failures.length === 0) {
        const place = next
        next += 1
        const { done, value } = await iterator.next()
        if (done) return
        await work(value as T, place)
      }
    } catch (error) {
      failures.push(error)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  if (failures.length > 0) throw failures[0]
}
