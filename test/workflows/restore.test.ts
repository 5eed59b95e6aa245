// restore.yml, run for real: a plan, approval, a restore, and the way back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { annotationsOf, jobOf, logOf, stepOf, summaryOf } from '../simulator/find.ts'
import type { RunResult } from '../simulator/results.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'

let github: OurGitHub
let decide: () => boolean | Promise<boolean>
let asked: number

beforeAll(async () => {
  const approve = () => {
    asked += 1
    return decide()
  }
  github = await ourGitHub({ environments: { production: { approve }, staging: {} } })
  await github.simulator.dispatch('backup.yml', { drill: 'false' })
})
afterAll(() => github?.close())
beforeEach(() => {
  decide = () => true
  asked = 0
})

const restore = (inputs: Record<string, string>): Promise<RunResult> => github.simulator.dispatch('restore.yml', inputs)
const tenants = async (): Promise<number> => {
  const [row] = await github.postgres.query<{ n: number }>('shop', 'SELECT count(*)::int AS n FROM "Tenant"')
  return row?.n ?? -1
}

test('begins as a dry run: the summary is a checklist, and nothing changes', async () => {
  const run = await restore({})
  const job = jobOf(run, 'plan')
  expect([run.conclusion, job.name]).toEqual(['success', 'Plan in staging'])
  expect(summaryOf(job)).toMatch(/- \[|☐|⬜|plan/i)
  expect(
    await github.postgres.query('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'shop%'"),
  ).toHaveLength(1)
})

test('a dry run in production asks nobody', async () => {
  decide = () => false
  const run = await restore({ environment: 'production' })
  expect([asked, run.conclusion, summaryOf(jobOf(run, 'plan')) !== '']).toEqual([0, 'success', true])
})

test('a run that waits for its reviewers neither blocks another restore nor is cancelled by it', async () => {
  const inputs = { environment: 'production', strategy: 'new', 'dry-run': 'false', 'target-database': 'shop_first' }
  const answer = Promise.withResolvers<boolean>()
  const told = Promise.withResolvers<void>()
  decide = () => {
    told.resolve()
    return answer.promise
  }
  const first = await github.simulator.start({ event: 'workflow_dispatch', workflow: 'restore.yml', inputs })
  await told.promise
  decide = () => true
  const second = await restore({ ...inputs, 'target-database': 'shop_second' })
  expect(second.conclusion).toBe('success')
  answer.resolve(false)
  const [run] = await first.done
  expect([run?.conclusion, jobOf(run as RunResult, 'restore').result]).toEqual(['failure', 'skipped'])
  await github.postgres.query('postgres', 'DROP DATABASE shop_second')
})

test('production waits for its reviewers: rejected, nothing is restored', async () => {
  decide = () => false
  const run = await restore({ environment: 'production', confirm: 'shop', 'dry-run': 'false' })
  expect([asked, run.conclusion]).toEqual([1, 'failure'])
  expect(
    await github.postgres.query('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'shop%'"),
  ).toHaveLength(1)
})

test('without the name typed it is refused, with the reason', async () => {
  const run = await restore({ 'dry-run': 'false' })
  const job = jobOf(run, 'restore')
  expect(run.conclusion).toBe('failure')
  expect(annotationsOf(job).join('\n')).toContain('and needs --confirm')
  expect(summaryOf(job)).toMatch(/confirm/)
})

test('restores by swap, keeps what was live, and a second dispatch goes back to it', async () => {
  const before = await tenants()
  await github.postgres.query('shop', 'CREATE TABLE written_since (n int); INSERT INTO written_since VALUES (1)')
  const run = await restore({ environment: 'production', confirm: 'shop', 'dry-run': 'false' })
  const job = jobOf(run, 'restore')
  expect(annotationsOf(job).filter((line) => line.startsWith('error'))).toEqual([])
  expect([asked, run.conclusion]).toEqual([1, 'success'])
  expect(await tenants()).toBe(before)
  expect(await github.postgres.query('shop', "SELECT to_regclass('written_since') AS t")).toEqual([{ t: null }])
  const summary = summaryOf(job)
  expect(summary).toContain('--undo')

  const undone = await restore({ environment: 'production', what: 'undo', confirm: 'shop', 'dry-run': 'false' })
  expect(undone.conclusion).toBe('success')
  expect(await github.postgres.query('shop', 'SELECT n FROM written_since')).toEqual([{ n: 1 }])
})

test('strategy new creates a new database and changes nothing live', async () => {
  const run = await restore({ strategy: 'new', 'target-database': 'shop_copy', 'dry-run': 'false' })
  expect(annotationsOf(jobOf(run, 'restore')).filter((line) => line.startsWith('error'))).toEqual([])
  expect(run.conclusion).toBe('success')
  expect(await github.postgres.query('shop_copy', 'SELECT count(*)::int AS n FROM "Tenant"')).toEqual([
    { n: await tenants() },
  ])
  expect(logOf(jobOf(run, 'restore'))).not.toContain(github.postgres.password)
})

describe('with commands before and after a restore', () => {
  let simulator: Simulator
  const inputs = { environment: 'production', 'dry-run': 'false' }

  beforeAll(async () => {
    const commands = { RESGUARDO_BEFORE_RESTORE: 'echo stop-api', RESGUARDO_AFTER_RESTORE: 'echo start-api' }
    simulator = await github.also({ vars: { ...github.vars, ...commands } })
  })

  test('a restore into the live database runs them', async () => {
    const run = await simulator.dispatch('restore.yml', { ...inputs, confirm: 'shop' })
    expect(run.conclusion).toBe('success')
    expect(logOf(jobOf(run, 'restore'))).toMatch(/stop-api.*start-api/s)
  })

  test('a restore into a new database does not stop the application', async () => {
    const run = await simulator.dispatch('restore.yml', { ...inputs, strategy: 'new', 'target-database': 'shop_new' })
    expect(run.conclusion).toBe('success')
    expect(logOf(jobOf(run, 'restore'))).not.toMatch(/stop-api|start-api/)
  })
})

test('a backup that is not there is a failure with the ids there are', async () => {
  const run = await restore({ backup: '20200101T000000Z' })
  expect(run.conclusion).toBe('failure')
  expect(stepOf(jobOf(run, 'plan'), 'Run $/actions/restore').exitCode).toBe(2)
})
