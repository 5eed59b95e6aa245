// Results for items that are computed while they are read.

/** Computes each result when it is read, and again each time: with many items, the results need much memory. */
export function lazily<T, R>(items: Iterable<T>, result: (item: T) => R): Iterable<R> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield result(item)
    },
  }
}
