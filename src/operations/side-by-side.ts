// Work on many things, a few at a time.

/** Works on all items, at most `lanes` at once, beginning in their order. Once one fails no more are begun; rejects with the first failure. */
export async function sideBySide<T>(
  lanes: number,
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T, place: number) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let next = 0
  let failed = false
  const lane = async (): Promise<void> => {
    try {
      while (!failed) {
        const place = next
        next += 1
        const { done, value } = await iterator.next()
        if (done) return
        await work(value as T, place)
      }
    } catch (error) {
      failed = true
      throw error
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
