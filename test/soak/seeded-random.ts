// Random numbers from a seed.

export interface SeededRandom {
  /** From 0 up to, but not including, 1. */
  next(): number
  pick<T>(list: readonly T[]): T
  /** By weight; throws if there is nothing to choose from. */
  pickWeighted<T extends { readonly weight: number }>(list: readonly T[]): T
}

/** The generator mulberry32: 32 bits of state, and neighbouring seeds give unrelated numbers. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    pick: (list) => at(list, Math.floor(next() * list.length)),
    pickWeighted(list) {
      let left = next() * list.reduce((sum, { weight }) => sum + weight, 0)
      for (const item of list) {
        left -= item.weight
        if (left < 0) return item
      }
      return at(list, list.length - 1)
    },
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new Error('nothing to choose from')
  return found
}
