// Backups in GitHub's artifacts, run for real: one run uploads, later ones find, prove, restore and check; strangers
// plant theirs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gateContext } from '../../src/domain/gate/gate-status.ts'
import type { SimulatedEvent } from '../simulator/events.ts'
import { annotationsOf, jobOf, logOf, runOf, stepOf, summaryOf } from '../simulator/find.ts'
import { GitHubApi } from '../simulator/github-api.ts'
import { plantArtifacts } from '../simulator/plant-artifacts.ts'
import { type Files, type PullRequest, type Repository, repositoryOf } from '../simulator/repository.ts'
import type { JobResult, RunResult, StepResult } from '../simulator/results.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'

const verify = `on: workflow_dispatch
permissions: {}
jobs:
  verify:
    runs-on: ubuntu-24.04
    permissions: { actions: read }
    steps:
      - id: sums
        uses: $/actions/checksum
        with: { store: 'artifact:' }
`

let github: OurGitHub
/** The newest backup that a night made. */
let night: string
let fork: Repository | undefined
/** What the jobs of the first tests printed. */
const printed: string[] = []

beforeAll(async () => {
  github = await ourGitHub({
    vars: { RESGUARDO_STORES: 'artifact:' },
    files: {
      '.github/workflows/verify.yml': verify,
      'prisma/migrations/20260101000000_start/migration.sql': 'SELECT 1;\n',
    },
  })
})
afterAll(async () => {
  await fork?.remove()
  await github?.close()
})

function errorsOf(job: JobResult): string[] {
  printed.push(logOf(job), summaryOf(job), ...annotationsOf(job))
  return annotationsOf(job).filter((line) => line.startsWith('error'))
}
const names = () => github.results.artifacts.map(({ name }) => name)
const refusals = () => github.api.calls.filter(({ status }) => status === 401 || status === 403)
const sums = (run: RunResult): StepResult => stepOf(jobOf(run, 'verify'), 'sums')

describe('a night with artifact: as its store', () => {
  test('uploads every file of the backup under a readable name, the manifest last, and its drill', async () => {
    const run = runOf(await github.simulator.trigger({ event: 'schedule', cron: '0 2 * * *' }), 'backup.yml')
    const job = jobOf(run, 'backup')
    expect(errorsOf(job)).toEqual([])
    const { outputs } = stepOf(job, 'nightly')
    expect(outputs).toMatchObject({ verdict: 'proven', differences: '0' })
    night = outputs['backup-id'] ?? ''
    expect(names().every((name) => name.startsWith(`resguardo~shop~${night}~`))).toBe(true)
    const paths = names().map((name) => name.split('~').slice(3).join('/'))
    expect(paths.at(-2)).toBe('manifest.json')
    expect(paths.at(-1)).toMatch(/^drills\/.*-proven\.json$/)
    expect(new Set(github.results.artifacts.map(({ runId }) => runId))).toEqual(new Set([run.id]))
  })

  test('leaves what the night before had uploaded', async () => {
    const before = names()
    const run = runOf(await github.simulator.trigger({ event: 'schedule', cron: '0 2 * * *' }), 'backup.yml')
    expect(errorsOf(jobOf(run, 'backup'))).toEqual([])
    night = stepOf(jobOf(run, 'backup'), 'nightly').outputs['backup-id'] ?? ''
    expect(names().slice(0, before.length)).toEqual(before)
    expect(names().filter((name) => name.endsWith('~manifest.json'))).toHaveLength(2)
  })

  test('is found by the drill of another run, whose token may only read', async () => {
    const run = await github.simulator.dispatch('drill.yml', {})
    const job = jobOf(run, 'drill')
    expect(errorsOf(job)).toEqual([])
    expect(job.permissions.actions).toBe('read')
    expect(stepOf(job, 'drill').outputs).toMatchObject({ verdict: 'proven', 'backup-id': night })
    expect(github.results.artifacts.at(-1)).toMatchObject({
      runId: run.id,
      name: expect.stringContaining(`${night}~drills~`),
    })
  })

  test('comes back by restore.yml, beside what is live', async () => {
    const run = await github.simulator.dispatch('restore.yml', {
      strategy: 'new',
      'target-database': 'shop_again',
      'dry-run': 'false',
    })
    expect(errorsOf(jobOf(run, 'restore'))).toEqual([])
    const count = 'SELECT count(*)::int AS n FROM "Product"'
    expect(await github.postgres.query('shop_again', count)).toEqual(await github.postgres.query('shop', count))
  })

  test('and all of that with the permissions that the workflows name, and no secret in a log', () => {
    expect(refusals()).toEqual([])
    expect(github.api.calls.map(({ path }) => path)).toContainEqual(
      expect.stringMatching(/actions\/workflows\/\d+\/runs/),
    )
    const text = printed.join('\n')
    expect(text).toContain(night)
    // Whoever has the signature of a blob's address needs nothing else.
    for (const secret of [github.postgres.password, 'uploadSignature', 'downloadSignature'])
      expect(text).not.toContain(secret)
  })
})

describe('what others upload under the names of ours does not count', () => {
  const planted = () => {
    const later = new Date(Date.now() + 2000).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    return {
      [`resguardo~shop~${night}~manifest.json`]: '{"stolen": true}',
      [`resguardo~shop~${night}~suspect`]: '{}',
      [`resguardo~shop~${later}-platform-scheduled-abcdef~manifest.json`]: '{"stolen": true}',
    }
  }

  /** Lets a change plant artifacts; gives the job that did. */
  async function plant(event: (files: Files) => Promise<SimulatedEvent>): Promise<JobResult> {
    const simulator = await github.also({ workflows: ['plant.yml'] })
    const [run] = await simulator.trigger(await event(plantArtifacts(planted())))
    return jobOf(run as RunResult, 'plant')
  }

  test.each<[string, (files: Files) => Promise<SimulatedEvent>]>([
    [
      "a fork's pull request, from a branch called main",
      async (files) => {
        fork = await github.repository.fork('mallory')
        await fork.commit(files, { branch: 'main' })
        return { event: 'pull_request', action: 'opened', pull: { number: 1, head: 'main', from: fork } }
      },
    ],
    [
      'a push to another branch',
      async (files) => {
        await github.repository.commit(files, { branch: 'feature' })
        return { event: 'push', branch: 'feature' }
      },
    ],
  ])('%s', async (_, event) => {
    const before = names()
    const job = await plant(event)
    expect(logOf(job)).toContain(`planted resguardo~shop~${night}~manifest.json`)
    expect(names().slice(before.length)).toHaveLength(3)

    const checked = await github.simulator.dispatch('verify.yml')
    expect(errorsOf(jobOf(checked, 'verify'))).toEqual([])
    expect(sums(checked).outputs['backup-id']).toBe(night)
  })

  test('except what is pushed to the default branch: whoever may do that is trusted', async () => {
    const before = names().length
    const start = await github.repository.resolve('main')
    await plant(async (files) => {
      await github.repository.commit(files)
      return { event: 'push' }
    })
    await github.repository.point('main', start)
    const checked = await github.simulator.dispatch('verify.yml')
    github.results.artifacts.splice(before)
    expect(sums(checked).exitCode).toBe(4)
  })
})

test('a byte that changed at GitHub is found by the checksum of a later run', async () => {
  const dump = github.results.artifacts.find(({ name }) => name.endsWith(`${night}~database.dump.zst`))
  const bytes = github.results.blobs.contents.get(dump?.blob ?? '') as Buffer
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  const run = await github.simulator.dispatch('verify.yml')
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  expect(run.conclusion).toBe('failure')
  expect(sums(run).exitCode).toBe(4)
  expect(annotationsOf(jobOf(run, 'verify')).join('\n')).toContain('database.dump.zst')
})

describe('the gate', () => {
  let numbers = 1
  async function ask(stores: string) {
    numbers += 1
    const pull: PullRequest = { number: numbers, head: `change-${numbers}` }
    const path = `prisma/migrations/2026112400000${numbers}_more/migration.sql`
    await github.repository.commit({ [path]: 'ALTER TABLE "Product" ADD x int;\n' }, { branch: pull.head })
    const vars = { ...github.vars, RESGUARDO_STORES: stores }
    const simulator = await github.also({ vars, workflows: ['migration-gate.yml', 'migration-backup.yml'] })
    const runs = await simulator.trigger({ event: 'pull_request', action: 'opened', pull })
    const { head } = await github.repository.refsOf(pull)
    const run = runOf(runs, 'migration-backup.yml')
    return {
      pull,
      backup: jobOf(run, 'backup'),
      postStatus: jobOf(run, 'post-status'),
      status: github.api.statusOf(head, gateContext),
    }
  }

  test('never takes artifacts alone for enough, however fresh and proven', async () => {
    const { status, backup, postStatus } = await ask('artifact:')
    expect(stepOf(backup, 'backup').outputs.verdict).toBe('proven')
    expect(status?.state).toBe('failure')
    expect(annotationsOf(postStatus).join('\n')).toContain('it is stored only where backups expire: artifact:')
  })

  test('takes a backup that a bucket holds as well, and pins it in both', async () => {
    const { pull, status, backup, postStatus } = await ask(`artifact:\n${github.store}`)
    expect(errorsOf(postStatus)).toEqual([])
    const id = stepOf(backup, 'backup').outputs['backup-id'] ?? ''
    expect(status).toMatchObject({ state: 'success', description: expect.stringContaining(id) })
    const pin = `pins/pull-request-${pull.number}-until-`
    const inArtifacts = names().map((name) => name.replaceAll('~', '/'))
    for (const keys of [inArtifacts, await github.keys()]) {
      expect(keys.some((key) => key.includes(`${id}/${pin}`))).toBe(true)
    }
  })
})

test('in a public repository nothing is uploaded: anybody could download it', async () => {
  const repository = await repositoryOf('.', {}, { isPrivate: false })
  const api = await GitHubApi.start(repository, github.results)
  try {
    const before = names()
    const simulator = await github.also({ repository, api })
    const job = jobOf(await simulator.dispatch('backup.yml', { drill: 'false' }), 'backup')
    expect(stepOf(job, 'nightly').exitCode).toBe(3)
    expect(annotationsOf(job).join('\n')).toContain('acme/shop is public')
    expect(names()).toEqual(before)
  } finally {
    await api.close()
    await repository.remove()
  }
})
