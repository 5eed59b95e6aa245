// restore.yml, run for real: a plan, approval, a restore, and the way back.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'
import { annotationsOf, jobOf, logOf, stepOf, summaryOf } from '../support/workflows/find.ts'
import type { RunResult } from '../support/workflows/results.ts'

let github: OurGitHub
let approved: boolean
let asked: number

beforeAll(async () => {
  const approve = () => {
    asked += 1
    return approved
  }
  github = await ourGitHub({ environments: { production: { approve }, staging: {} } })
  await github.simulator.dispatch('backup.yml', { drill: 'false' })
})
afterAll(() => github?.close())
beforeEach(() => {
  approved = true
  asked = 0
})

const restore = (inputs: Record<string, string>): Promise<RunResult> => github.simulator.dispatch('restore.yml', inputs)
const tenants = async (): Promise<number> => {
  const [row] = await github.postgres.query<{ n: number }>('shop', 'SELECT count(*)::int AS n FROM "Tenant"')
  return row?.n ?? -1
}

test('begins as a dry run: the summary is a checklist, and nothing changes', async () => {
  const run = await restore({})
  const job = jobOf(run, 'restore')
  expect([run.conclusion, job.name]).toEqual(['success', 'Plan in staging'])
  expect(summaryOf(job)).toMatch(/- \[|☐|⬜|plan/i)
  expect(await github.postgres.query('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'shop%'")).toHaveLength(1)
})

test('production waits for its reviewers: rejected, nothing is restored', async () => {
  approved = false
  const run = await restore({ environment: 'production', confirm: 'shop', 'dry-run': 'false' })
  expect([asked, run.conclusion]).toEqual([1, 'failure'])
  expect(await github.postgres.query('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'shop%'")).toHaveLength(1)
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

test('beside only: a new database, nothing live is touched', async () => {
  const run = await restore({ strategy: 'new', 'target-database': 'shop_copy', 'dry-run': 'false' })
  expect(annotationsOf(jobOf(run, 'restore')).filter((line) => line.startsWith('error'))).toEqual([])
  expect(run.conclusion).toBe('success')
  expect(await github.postgres.query('shop_copy', 'SELECT count(*)::int AS n FROM "Tenant"')).toEqual([{ n: await tenants() }])
  expect(logOf(jobOf(run, 'restore'))).not.toContain(github.postgres.password)
})

test('a backup that is not there is a failure with the ids there are', async () => {
  const run = await restore({ backup: '20200101T000000Z' })
  expect(run.conclusion).toBe('failure')
  expect(stepOf(jobOf(run, 'restore'), 'Run $/actions/restore').exitCode).toBe(2)
})
