// migration-gate.yml and migration-backup.yml, run for real: pull requests, forks, the merge queue, and what goes
// wrong.

import { readFile, rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gateContext } from '../../src/domain/gate/gate-status.ts'
import type { SimulatedEvent } from '../simulator/events.ts'
import { annotationsOf, jobOf, logOf, runOf, stepOf, summaryOf } from '../simulator/find.ts'
import { pullPayload } from '../simulator/payloads.ts'
import type { RunResult } from '../simulator/results.ts'
import {
  type Asked,
  endedStatus,
  gitHubWithMigration,
  label,
  migration,
  Proposals,
  secretsOf,
  stealingWorkflow,
} from '../support/migration-proposals.ts'
import type { OurGitHub } from '../support/our-workflows.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { makeKey, type TestKey } from '../support/signing.ts'

let github: OurGitHub

let proposals: Proposals

beforeAll(async () => {
  github = await gitHubWithMigration()
  proposals = new Proposals(github)
})

afterAll(() => github?.close())

const statusOf = (sha: string) => github.api.statusOf(sha, gateContext)
const made = ({ backup }: Asked): string | undefined => stepOf(backup, 'backup').outputs['backup-id']

test('a change without migrations is green at once, and nothing is backed up', async () => {
  const asked = await proposals.open(await proposals.make({ 'README.md': 'Better words.\n' }))
  expect(statusOf(asked.sha)).toMatchObject({ state: 'success', description: expect.stringContaining('no migrations') })
  expect(asked.backup.result).toBe('skipped')
})

describe('a change with a migration', () => {
  test('gets a backup made and proven first, pinned to the pull request, and then is green', async () => {
    const pull = await proposals.make(migration('first'))
    const asked = await proposals.open(pull)
    expect(annotationsOf(asked.postStatus).filter((line) => line.startsWith('error'))).toEqual([])
    const id = made(asked) ?? ''
    expect(id).toContain('-pre-migration-')
    expect(statusOf(asked.sha)).toMatchObject({
      state: 'success',
      description: expect.stringContaining(`${id}, good until`),
    })
    expect(github.api.statuses.filter(({ sha }) => sha === asked.sha).map(({ state }) => state)).toEqual([
      'pending',
      'success',
    ])
    expect((await github.keys()).some((key) => key.includes(`${id}/pins/pull-request-${pull.number}-until-`))).toBe(
      true,
    )
    expect(summaryOf(asked.postStatus)).toContain(id)
  })

  test('shares the backup that another one had made just before', async () => {
    const asked = await proposals.open(await proposals.make(migration('second')))
    expect(stepOf(asked.examine, 'existing').outputs.verdict).toBe('allowed')
    expect(asked.backup.result).toBe('skipped')
    expect(statusOf(asked.sha)?.state).toBe('success')
  })

  test('two at the same moment: both end green, one after the other', async () => {
    const pulls = [await proposals.make(migration('third')), await proposals.make(migration('fourth'))]
    const asked = await Promise.all(pulls.map((pull) => proposals.open(pull)))
    for (const { sha } of asked) expect(statusOf(sha)?.state).toBe('success')
  })

  test('the merge queue is asked again, for its own commit', async () => {
    const pull = await proposals.make(migration('queued'))
    await proposals.open(pull)
    const runs = await github.simulator.trigger({ event: 'merge_group', pull })
    const { headSha } = runOf(runs, 'migration-gate.yml')
    expect(statusOf(headSha)?.state).toBe('success')
  })

  test('the workflow that the change brings along is not the one that runs, and it gets no secrets', async () => {
    const fork = await github.repository.fork('eve')
    const pull = await proposals.make(
      { ...migration('evil'), '.github/workflows/migration-gate.yml': stealingWorkflow },
      { from: fork },
    )
    const asked = await proposals.open(pull)
    expect(logOf(jobOf(runOf(asked.runs, 'migration-gate.yml'), 'request'))).toContain('stolen=')
    for (const job of asked.runs.flatMap(({ jobs }) => jobs)) expect(logOf(job)).not.toContain(github.postgres.password)
    await fork.remove()
  })
})

describe('a fork', () => {
  test('without migrations is green like anybody', async () => {
    const fork = await github.repository.fork('ana')
    const asked = await proposals.open(await proposals.make({ 'README.md': 'From afar.\n' }, { from: fork }))
    expect(statusOf(asked.sha)?.state).toBe('success')
    await fork.remove()
  })

  test('with migrations waits for the label of a maintainer, and then gets its backup', async () => {
    await using scene = await gitHubWithMigration()
    const fork = await scene.repository.fork('ana')
    const there = new Proposals(scene)
    const pull = await there.make(migration('fork'), { from: fork })
    const { backup, sha } = await there.open(pull)
    expect(scene.api.statusOf(sha, gateContext)).toMatchObject({
      state: 'pending',
      description: expect.stringContaining(label),
    })
    expect(backup.result).toBe('skipped')
    expect(await scene.keys()).toEqual([])

    await there.open({ ...pull, labels: [label] }, 'labeled')
    expect(scene.api.statusOf(sha, gateContext)).toMatchObject({ state: 'success' })
    await fork.remove()
  })
})

describe('what does not pass', () => {
  test('a backup that cannot be made: red, and the reason is told', async () => {
    await using scene = await gitHubWithMigration()
    await scene.postgres.query('shop', "CREATE ROLE poor LOGIN PASSWORD 'poor'")
    const poor = scene.url.replace(/postgres:[^@]+@/, 'poor:poor@')
    const simulator = await scene.also({ secrets: secretsOf(scene, poor) })
    const there = new Proposals(scene)
    const { runs, sha } = await there.open(await there.make(migration('lost')), 'opened', simulator)
    expect(scene.api.statusOf(sha, gateContext)?.state).toBe('failure')
    expect(runOf(runs, 'migration-backup.yml').conclusion).toBe('failure')
    expect(await scene.keys()).toEqual([])
  })

  test('a database that does not answer: an error, never green', async () => {
    const simulator = await github.also({ secrets: secretsOf(github, 'postgresql://u:p4ssw0rd@127.0.0.1:1/shop') })
    const asked = await proposals.open(await proposals.make(migration('dark')), 'opened', simulator)
    expect(statusOf(asked.sha)?.state).toMatch(/failure|error/)
  })

  test('the same commit in a second pull request, to a branch that has its migration already: still not green', async () => {
    const simulator = await github.also({ secrets: secretsOf(github, 'postgresql://u:p4ssw0rd@127.0.0.1:1/shop') })
    const pull = await proposals.make(migration('twice'))
    await github.repository.point('decoy', await github.repository.resolve(pull.head))
    await github.repository.commit({ 'more.txt': 'more\n' }, { branch: pull.head })
    const asked = await proposals.open(pull, 'opened', simulator)
    expect(statusOf(asked.sha)?.state).toMatch(/failure|error/)
    const again = await proposals.open(
      { number: proposals.nextNumber(), head: pull.head, base: 'decoy' },
      'opened',
      simulator,
    )
    expect(again.sha).toBe(asked.sha)
    expect(stepOf(again.examine, 'change').outputs.migrations).toBe('1')
    expect(statusOf(asked.sha)?.state).toMatch(/failure|error/)
  })

  test('backups of another database: a new one is made of this one', async () => {
    const other = await github.postgres.createDatabase('billing')
    await github.postgres.query('billing', 'CREATE TABLE a (n int); INSERT INTO a VALUES (1)')
    const simulator = await github.also({ secrets: secretsOf(github, other) })
    const asked = await proposals.open(await proposals.make(migration('billing')), 'opened', simulator)
    expect(stepOf(asked.examine, 'existing').outputs.verdict).toBe('refused')
    expect(statusOf(asked.sha)?.state).toBe('success')
    expect((await github.keys()).some((key) => key.startsWith(`billing/${made(asked)}/`))).toBe(true)
  })

  test('a backup whose manifest is missing does not count: another is made', async () => {
    await using scene = await gitHubWithMigration()
    await scene.simulator.dispatch('backup.yml', { drill: 'true' })
    const [manifest = ''] = (await scene.keys()).filter((key) => key.endsWith('/manifest.json'))
    await scene.remove(manifest)
    const there = new Proposals(scene)
    const { examine, backup, sha } = await there.open(await there.make(migration('half')))
    expect(stepOf(examine, 'existing').outputs.verdict).toBe('refused')
    expect(stepOf(backup, 'backup').outputs.verdict).toBe('proven')
    expect(scene.api.statusOf(sha, gateContext)?.state).toBe('success')
  })
})

test('with keys, the backup is signed in a job that has nothing of the change, and the verdict needs the public key alone', async () => {
  const folder = await temporaryFolder('gate-keys')
  try {
    const [ours, stranger] = [makeKey(folder, 'ours'), makeKey(folder, 'stranger')]
    const secrets = { ...secretsOf(github, github.url), RESGUARDO_SIGN_KEY: await readFile(ours.path, 'utf8') }
    const trusting = (key: TestKey) =>
      github.also({
        secrets,
        vars: { ...github.vars, RESGUARDO_TRUSTED_KEYS: key.trusted('shop', 'namespaces="resguardo"') },
      })
    const asked = await proposals.open(await proposals.make(migration('signed')), 'opened', await trusting(ours))
    expect(stepOf(asked.examine, 'existing').outputs.verdict).toBe('refused')
    expect(statusOf(asked.sha)).toMatchObject({
      state: 'success',
      description: expect.stringContaining(`${made(asked)}`),
    })
    expect((await github.keys()).filter((key) => key.includes(`${made(asked)}/`) && key.endsWith('.sig'))).toHaveLength(
      2,
    )
    const body = secrets.RESGUARDO_SIGN_KEY.split('\n')[2] ?? 'none'
    for (const job of [asked.examine, asked.backup, asked.postStatus]) expect(logOf(job)).not.toContain(body)
    const other = await proposals.open(await proposals.make(migration('unsigned')), 'opened', await trusting(stranger))
    expect(statusOf(other.sha)?.state).not.toBe('success')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('the schedule, a review, a merge and any other pull request turn red what has grown too old, and nothing else does', async () => {
  const pull = await proposals.make(migration('old'))
  const { head, base } = await github.repository.refsOf(pull)
  github.api.pulls.set(pull.number, pullPayload(github.repository, pull, head, base))
  const expires = async (event: SimulatedEvent): Promise<RunResult[]> => {
    github.api.statuses.push({ ...endedStatus, id: github.api.statuses.length + 1, sha: head })
    const runs = await github.simulator.trigger(event)
    expect(statusOf(head)).toMatchObject({
      state: 'failure',
      description: expect.stringContaining('run the gate again'),
    })
    return runs
  }
  const run = runOf(await expires({ event: 'schedule', cron: '41 */4 * * *' }), 'migration-backup.yml')
  expect(run.conclusion).toBe('success')
  expect(stepOf(jobOf(run, 'expire'), 'Run $/actions/migration-gate').outputs.expired).toBe('1')
  const review = await expires({ event: 'pull_request_review', action: 'submitted', pull })
  expect(jobOf(runOf(review, 'migration-backup.yml'), 'examine').result).toBe('skipped')
  await expires({ event: 'push' })
  await expires({
    event: 'pull_request',
    action: 'opened',
    pull: await proposals.make({ 'README.md': 'Other words.\n' }),
  })
  expect(await github.simulator.trigger({ event: 'push', branch: pull.head })).toEqual([])
})

test('a pull request whose run waits for approval is pending, with the reason', async () => {
  const pull = await proposals.make(migration('unapproved'), { author: 'github-actions[bot]', updated: new Date(0) })
  const { head, base } = await github.repository.refsOf(pull)
  github.api.pulls.set(pull.number, pullPayload(github.repository, pull, head, base))
  await github.simulator.trigger({ event: 'schedule', cron: '41 */4 * * *' })
  expect(statusOf(head)).toMatchObject({ state: 'pending', description: expect.stringContaining('Approve its run') })
})
