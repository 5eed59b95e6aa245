import { expect, test } from 'vitest'
import type { Reference } from './check-round.ts'
import type { RoundResult } from './run-round.ts'
import { runRounds } from './run-rounds.ts'
import type { TestEnvironment } from './workspace.ts'

const ok: RoundResult = {
  ...{ command: 'doctor', phase: 'Starting', kill: 'SIGKILL after 1.00 s', end: 'killed', seconds: undefined },
  ...{ milliseconds: 9, left: [], findings: [] },
}
const finding = { kind: 'process', text: 'pg_dump' }

type Step = Error | readonly (typeof finding)[]

/** Runs rounds of one command with these results of references and rounds; counts the references. */
async function soak({ references = [], rounds }: { references?: readonly Step[]; rounds: readonly Step[] }) {
  const made: number[] = []
  const durations: number[] = []
  const stop = new AbortController()
  const take = (steps: readonly Step[], index: number) => {
    const step = steps[index] ?? []
    if (step instanceof Error) throw step
    return [...step]
  }
  const steps = {
    makeReference: async () => {
      const findings = take(references, made.push(durations.length) - 1)
      return { reference: { milliseconds: 1 } as Reference, findings }
    },
    runRound: async (_: unknown, { name }: { name: string }, { milliseconds }: Reference) => {
      const findings = take(rounds, durations.push(milliseconds) - 1)
      return { ...ok, command: name, findings }
    },
  }
  const count = Math.max(references.length, rounds.length)
  const request = { rounds: count, seed: 1, only: 'doctor', stop: stop.signal, print: () => {} }
  const results = await Array.fromAsync(runRounds({} as TestEnvironment, request, steps))
  return { made, durations, results: results.map(({ end, findings }) => [end, findings]) }
}

test('an error in a round or its preparation is a finding of that round, and the next round runs', async () => {
  const harness = (text: string) => ['failed', [{ kind: 'harness', text }]]
  const broken = await soak({ references: [new Error('no server')], rounds: [[], []] })
  expect(broken.results).toEqual([harness('no server'), ['killed', []]])
  const torn = await soak({ rounds: [[], new Error('torn'), []] })
  expect(torn.results).toEqual([['killed', []], harness('torn'), ['killed', []]])
  expect(torn.made).toEqual([0, 2])
})

test('a reference is kept with the last duration, but not after findings', async () => {
  expect(await soak({ rounds: [[], [], []] })).toMatchObject({ made: [0], durations: [1, 9, 9] })
  expect(await soak({ rounds: [[finding], []] })).toMatchObject({ made: [0, 1], durations: [1, 1] })
  const wrong = await soak({ references: [[finding], []], rounds: [[], [], []] })
  expect(wrong).toMatchObject({ made: [0, 1], durations: [1, 1, 9] })
  expect(wrong.results[0]).toEqual(['killed', [finding]])
})

test('an error after the abort ends the run', async () => {
  const stop = new AbortController()
  const steps = {
    makeReference: async () => {
      stop.abort()
      throw new Error('no server')
    },
    runRound: async () => ok,
  }
  const request = { rounds: 2, seed: 1, only: 'doctor', stop: stop.signal, print: () => {} }
  await expect(Array.fromAsync(runRounds({} as TestEnvironment, request, steps))).rejects.toThrow('no server')
})
