// Statistics of the benchmarks, with samples whose interval is known and with simulated rounds.
import { describe, expect, test } from 'vitest'
import { isNarrow, median, ratioOf, spread, studentT } from '../../scripts/bench-parts/ratio.ts'

describe('a ratio', () => {
  test('has the t-interval of the logarithms of the paired rounds', () => {
    // ln of the ratios: 0.1, 0.2, 0.3, 0.4; mean 0.25, standard deviation 0.12910, half width 3.182 * 0.12910 / 2.
    const { ratio, interval } = ratioOf(
      [0.1, 0.2, 0.3, 0.4].map((log) => 7 * Math.exp(log)),
      [7, 7, 7, 7],
    )
    expect(ratio).toBeCloseTo(Math.exp(0.25), 6)
    expect(interval?.[0]).toBeCloseTo(Math.exp(0.25 - 0.2054), 4)
    expect(interval?.[1]).toBeCloseTo(Math.exp(0.25 + 0.2054), 4)
  })

  test('is exact where only whole rounds differ', () => {
    const { ratio, interval } = ratioOf([2, 4, 20], [1, 2, 10])
    expect([ratio, ...(interval ?? [])].map((value) => value.toFixed(9))).toEqual(Array(3).fill('2.000000000'))
  })

  test('of the rival to the contender is the inverse', () => {
    const [there, back] = [ratioOf([3, 4, 6], [2, 2, 5]), ratioOf([2, 2, 5], [3, 4, 6])]
    expect(back.ratio).toBeCloseTo(1 / there.ratio, 9)
    expect(back.interval?.[0]).toBeCloseTo(1 / (there.interval?.[1] ?? 0), 9)
  })

  test('of one round has no interval and decides nothing', () => {
    expect(ratioOf([3], [2])).toEqual({ ratio: expect.closeTo(1.5), interval: null })
    expect(isNarrow(ratioOf([3], [2]))).toBe(false)
  })
})

test('an interval is narrow below 5% of the ratio', () => {
  expect(isNarrow({ ratio: 2, interval: [1.96, 2.05] })).toBe(true)
  expect(isNarrow({ ratio: 2, interval: [1.95, 2.06] })).toBe(false)
})

test("Student's t is that of the tables", () => {
  expect([1, 4, 30, 60, 1000].map((degrees) => studentT(degrees).toFixed(3))).toEqual([
    '12.706',
    '2.776',
    '2.042',
    '2.000',
    '1.962',
  ])
})

test('the spread is the sample standard deviation as a share of the mean', () => {
  expect(spread([9, 10, 11])).toBeCloseTo(0.1, 9)
  expect(spread([5])).toBe(0)
  expect(median([5, 1, 9])).toBe(5)
  expect(median([4, 1, 2, 9])).toBe(3)
})

test('19 of 20 intervals of simulated rounds hold the true ratio', () => {
  const random = generator(20_261_129)
  const holds = Array.from({ length: 2000 }, () => {
    const rounds = Array.from({ length: 8 }, () => {
      const [machine, ours, theirs] = [0.3 * random(), 0.03 * random(), 0.03 * random()]
      return [1.2 * Math.exp(machine + ours), Math.exp(machine + theirs)] as const
    })
    const found = ratioOf(
      rounds.map(([ours]) => ours),
      rounds.map(([, theirs]) => theirs),
    )
    return found.interval !== null && found.interval[0] <= 1.2 && 1.2 <= found.interval[1]
  })
  const share = holds.filter((held) => held).length / holds.length
  expect(share).toBeGreaterThan(0.935)
  expect(share).toBeLessThan(0.965)
})

/**
 * Standard normal numbers that are the same in every run: a linear congruential generator and the Box-Muller transform.
 */
function generator(seed: number): () => number {
  let state = seed
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}
