// Contests of the benchmarks: lines against rivals, and lines of two revisions.
import { expect, test } from 'vitest'
import { type Contest, type Revision, runContest } from '../../scripts/bench-parts/contest.ts'

const limits = { rounds: 2, maxRounds: 2, maxMinutes: 1 }
const surroundings = { now: () => 0, calibrate: () => 1, log: () => {} }
const revision = (root: string): Revision => ({
  root,
  folder: root,
  resguardo: () => Promise.reject(new Error('not called')),
})
const measured = (seconds: number) => async () => ({ seconds, peakMegabytes: 10 * seconds, stdout: '' })

const contest: Contest = {
  rivals: { pipe: measured(2), unused: () => Promise.reject(new Error('a contender without a line ran')) },
  ours: async ({ root }) => ({ full: measured(root === 'here' ? 3 : 4) }),
  lines: [
    { what: 'the pipe', contender: 'pipe' },
    { what: 'all of it', contender: 'full', rival: 'pipe', bars: { ratio: 1.6 } },
  ],
}

test('a line is compared with its rival, which stands alone', async () => {
  const { lines } = await runContest(contest, { here: revision('here') }, limits, surroundings)
  expect(lines).toMatchObject([
    { line: 'the pipe', rival: null, value: 2, ratio: null, decided: true, peakMegabytes: null },
    {
      line: 'all of it',
      rival: 'the pipe',
      value: 3,
      ratio: expect.closeTo(1.5),
      decided: true,
      peakMegabytes: 30,
      rounds: 2,
    },
  ])
})

test('two revisions are compared line by line, without rivals and without their limits', async () => {
  const { lines } = await runContest(
    contest,
    { here: revision('here'), there: revision('there') },
    limits,
    surroundings,
  )
  expect(lines).toMatchObject([
    { line: 'all of it', rival: 'the other revision', value: 3, ratio: expect.closeTo(0.75), bars: {} },
  ])
})

test('revisions, one of which lacks a contender, are compared by the line that both have', async () => {
  const ours = async ({ root }: Revision) => ({ plain: measured(6), ...(root === 'new' && { full: measured(3) }) })
  const lines = [
    { what: 'all of it', contender: 'full' },
    { what: 'all of it again', contender: 'full', rival: 'plain' },
    { what: 'without flags', contender: 'plain', instead: true },
  ]
  const compared = async (here: string, there?: string) => {
    const revisions = { here: revision(here), ...(there !== undefined && { there: revision(there) }) }
    return (await runContest({ ours, lines }, revisions, limits, surroundings)).lines.map(({ line }) => line)
  }
  expect(await compared('new', 'old')).toEqual(['without flags'])
  expect(await compared('new', 'new')).toEqual(['all of it'])
  expect(await compared('new')).toEqual(['all of it', 'all of it again'])
})
