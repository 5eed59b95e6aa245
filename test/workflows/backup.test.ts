// backup.yml and drill.yml, run for real: every night, on demand, called by another repository.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { annotationsOf, jobOf, logOf, runOf, stepOf, summaryOf } from '../simulator/find.ts'
import { repositoryWith } from '../simulator/repository.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'

let github: OurGitHub

beforeAll(async () => {
  github = await ourGitHub()
})
afterAll(() => github?.close())

const idShape = /^\d{8}T\d{6}Z-platform-[a-z-]+-[0-9a-f]{6}$/

describe('a night', () => {
  test('backs up to the bucket, proves the backup by a drill, prunes, and tells people', async () => {
    const run = runOf(await github.simulator.trigger({ event: 'schedule', cron: '0 2 * * *' }), 'backup.yml')
    const job = jobOf(run, 'backup')
    expect(annotationsOf(job).filter((line) => line.startsWith('error'))).toEqual([])
    expect(run.conclusion).toBe('success')
    const { outputs } = stepOf(job, 'nightly')
    expect(outputs).toMatchObject({ 'backup-id': expect.stringMatching(idShape), verdict: 'proven', differences: '0' })
    expect(outputs['backup-id']).toContain('-scheduled-')
    const summary = summaryOf(job)
    for (const text of [outputs['backup-id'] ?? '', github.store, 'resguardo restore', 'RTO'])
      expect(summary).toContain(text)
  })

  test('shows no secret: not in logs, summaries, outputs or annotations', async () => {
    const run = runOf(await github.simulator.trigger({ event: 'schedule', cron: '0 2 * * *' }), 'backup.yml')
    const job = jobOf(run, 'backup')
    const all = [logOf(job), summaryOf(job), ...annotationsOf(job), JSON.stringify(job.outputs)].join('\n')
    for (const secret of [github.postgres.password, github.s3.secretKey, github.url]) expect(all).not.toContain(secret)
  })
})

test('with RESGUARDO_KIND tenant the night backs up all tenants, and so does a dispatch and a drill that names no kind', async () => {
  const simulator = await github.also({ vars: { ...github.vars, RESGUARDO_KIND: 'tenant' } })
  const night = runOf(await simulator.trigger({ event: 'schedule', cron: '0 2 * * *' }), 'backup.yml')
  expect(annotationsOf(jobOf(night, 'backup')).filter((line) => line.startsWith('error'))).toEqual([])
  expect(stepOf(jobOf(night, 'backup'), 'nightly').outputs).toMatchObject({
    'backup-id': expect.stringContaining('-tenant-scheduled-'),
    verdict: 'proven',
  })
  const manual = await simulator.dispatch('backup.yml', { drill: 'false' })
  expect(stepOf(jobOf(manual, 'backup'), 'nightly').outputs['backup-id']).toContain('-tenant-manual-')
  const drill = await simulator.dispatch('drill.yml')
  expect(stepOf(jobOf(drill, 'drill'), 'drill').outputs).toMatchObject({
    'backup-id': expect.stringContaining('-tenant-manual-'),
    verdict: 'proven',
  })
})

describe('a dispatch', () => {
  test('without a drill backs up only, for the days that are given', async () => {
    const run = await github.simulator.dispatch('backup.yml', { drill: 'false', 'keep-days': '400' })
    expect(run.conclusion).toBe('success')
    const { outputs } = stepOf(jobOf(run, 'backup'), 'nightly')
    expect(outputs['backup-id']).toContain('-manual-')
    expect(outputs.verdict ?? '').toBe('')
  })

  test('with a drill that fails is red, says which check, and prunes nothing', async () => {
    const drilling = await github.also({
      vars: {
        RESGUARDO_STORES: github.store,
        AWS_S3_REGION: 'us-east-1',
        AWS_S3_ENDPOINT: github.s3.endpoint,
        RESGUARDO_CHECK_SQL: 'SELECT count(*) FROM "Tenant" WHERE id = \'nobody\'',
      },
    })
    const backup = await github.simulator.dispatch('backup.yml', { drill: 'false' })
    const id = stepOf(jobOf(backup, 'backup'), 'nightly').outputs['backup-id'] ?? ''
    const run = await drilling.dispatch('drill.yml', { backup: id })
    expect(run.conclusion).toBe('failure')
    const job = jobOf(run, 'drill')
    expect(stepOf(job, 'drill')).toMatchObject({ exitCode: 4, outputs: { verdict: 'failed', 'backup-id': id } })
    expect(annotationsOf(job).join('\n')).toContain(id)
    expect(summaryOf(job)).toContain('nobody')
    const nightly = await drilling.dispatch('backup.yml')
    expect(stepOf(jobOf(nightly, 'backup'), 'nightly')).toMatchObject({ exitCode: 4, outputs: { verdict: 'failed' } })
  })

  test('cancelled in the middle leaves nothing that counts as a backup', async () => {
    const before = await github.keys()
    const blocker = github.postgres.query(
      'shop',
      'BEGIN; LOCK TABLE "Product" IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(100); COMMIT',
    )
    blocker.catch(() => {})
    const { runs, done } = await github.simulator.start({
      event: 'workflow_dispatch',
      workflow: 'backup.yml',
      inputs: {},
    })
    await github.postgres.untilLockAwaited()
    runs[0]?.cancel()
    const [run] = await done
    expect(run?.conclusion).toBe('cancelled')
    const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    await github.postgres.query('postgres', end)
    await expect(blocker).rejects.toThrow()
    expect(await github.keys()).toEqual(before)
  })
})

test('a drill every week proves the newest backup', async () => {
  const run = runOf(await github.simulator.trigger({ event: 'schedule', cron: '0 4 * * 1' }), 'drill.yml')
  expect(run.conclusion).toBe('success')
  expect(stepOf(jobOf(run, 'drill'), 'drill').outputs.verdict).toBe('proven')
})

test('another repository of the same owner calls it, with its own database and secrets spelled out', async () => {
  const caller = await repositoryWith(
    {
      '.github/workflows/nightly.yml': `on: workflow_dispatch
permissions: {}
jobs:
  backup:
    permissions: { contents: read, id-token: write, actions: write }
    uses: acme/shop/.github/workflows/backup.yml@main
    with: { stores: '${github.store}' , drill: false }
    secrets:
      DATABASE_URL: \${{ secrets.DATABASE_URL }}
      AWS_ACCESS_KEY_ID: \${{ secrets.AWS_ACCESS_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: \${{ secrets.AWS_SECRET_ACCESS_KEY }}
  after:
    needs: backup
    runs-on: ubuntu-24.04
    steps: [{ run: 'echo \${{ needs.backup.outputs.backup-id }}' }]
`,
    },
    { fullName: 'acme/billing' },
  )
  try {
    const simulator = await github.also({ repository: caller, repositories: [github.repository] })
    const run = await simulator.dispatch('nightly.yml')
    expect(run.conclusion).toBe('success')
    expect(logOf(jobOf(run, 'after'))).toMatch(/-platform-manual-/)
  } finally {
    await caller.remove()
  }
})
