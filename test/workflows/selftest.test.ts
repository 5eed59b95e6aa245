// selftest.yml, which asserts GitHub's rules on GitHub, is green in the simulator too: so both agree.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkout } from '../simulator/fake-actions.ts'
import { annotationsOf, runOf } from '../simulator/find.ts'
import { type Repository, repositoryOf } from '../simulator/repository.ts'
import type { RunResult } from '../simulator/results.ts'
import { Simulator } from '../simulator/simulator.ts'

let repository: Repository
let simulator: Simulator

beforeAll(async () => {
  repository = await repositoryOf('.')
  simulator = await Simulator.open({
    repository,
    workflows: ['selftest.yml', 'selftest-called.yml'],
    actions: { 'actions/checkout': checkout() },
    idTokenUrl: 'http://127.0.0.1:9/token',
    minute: 1_500,
    grace: { interrupt: 500, terminate: 500 },
  })
})

afterAll(async () => {
  await simulator?.close()
  await repository?.remove()
})

function complaints(run: RunResult): string[] {
  const deliberate = new Set(['forgiven'])
  return run.jobs
    .filter(({ id, result }) => result === 'failure' && !deliberate.has(id))
    .flatMap((job) => [
      job.id,
      ...annotationsOf(job),
      ...job.steps.filter(({ conclusion }) => conclusion === 'failure').map(({ name }) => name),
    ])
}

test.each([
  ['a schedule', () => simulator.trigger({ event: 'schedule', cron: '17 5 * * 1' })],
  ['a dispatch', async () => [await simulator.dispatch('selftest.yml')]],
])('%s of the self-test is green', async (_, start) => {
  const run = runOf(await start(), 'selftest.yml')
  expect(complaints(run)).toEqual([])
  expect(run.conclusion).toBe('success')
})
