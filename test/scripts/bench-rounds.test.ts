// Rounds of the benchmarks: their order, and when they end.
import { expect, test } from 'vitest'
import { type Limits, runRounds } from '../../scripts/bench-parts/rounds.ts'

const limits: Limits = { maxRounds: 40, maxMinutes: 10 }
const pair = { contender: 'ours', rival: 'theirs', sampleOf: (seconds: number) => seconds }

/** Runs contenders whose seconds are given per round (the first is the warm-up); each takes a minute of the clock. */
async function run(ours: (round: number) => number, within: Limits = limits, minutes = 0) {
  const calls: string[] = []
  let clock = 0
  const contender = (name: string, seconds: (round: number) => number) => async () => {
    calls.push(name)
    clock += minutes * 60
    return seconds(calls.filter((call) => call === name).length - 1)
  }
  const surroundings = { now: () => clock, calibrate: () => 1, log: () => {} }
  const done = await runRounds(
    { ours: contender('ours', ours), theirs: contender('theirs', () => 1) },
    [pair],
    within,
    surroundings,
  )
  return { ...done, calls }
}

test('rounds end when the interval is narrow, after six at the earliest', async () => {
  expect((await run(() => 2)).rounds).toBe(6)
  const noisy = await run((round) => (round % 2 === 0 ? 2 : 2.1))
  expect(noisy.rounds).toBeGreaterThan(6)
  expect(noisy.rounds).toBeLessThan(40)
})

test('rounds end at the highest number, however wide the interval is', async () => {
  expect((await run((round) => (round % 2 === 0 ? 1 : 3))).rounds).toBe(40)
})

test('rounds end before the minutes are over', async () => {
  // A round takes 2 minutes: a warm-up and four rounds.
  expect((await run((round) => (round % 2 === 0 ? 1 : 3), limits, 1)).rounds).toBe(4)
})

test('an exact number of rounds is run whatever the interval and the minutes are', async () => {
  expect((await run(() => 2, { ...limits, rounds: 3 })).rounds).toBe(3)
  expect((await run((round) => (round % 2 === 0 ? 1 : 3), { ...limits, rounds: 50 }, 5)).rounds).toBe(50)
})

test('the first round does not count, and the order is reversed in every other round', async () => {
  const { results, calls, calibrations } = await run((round) => (round === 0 ? 100 : 2), { ...limits, rounds: 2 })
  expect(results.get('ours')).toEqual([2, 2])
  expect(calls).toEqual(['ours', 'theirs', 'ours', 'theirs', 'theirs', 'ours'])
  expect(calibrations).toHaveLength(3)
})
