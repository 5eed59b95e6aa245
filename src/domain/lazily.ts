// Results that are computed from items during iteration.

/** Computes the results again on each iteration, because storing those of many items would need much memory. */
export function lazily<T, R>(items: Iterable<T>, result: (item: T) => R): Iterable<R> {
  return {
    *[Symbol.iterator]() {
      for (const item of items) yield result(item)
    },
  }
}
