// The gate behind a backup that is old, half, or another database's: in front of a merge, and, as the docs write it, of
// a deployment.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gateContext } from '../../src/domain/gate/gate-status.ts'
import { annotationsOf, jobOf, logOf, runOf, stepOf } from '../simulator/find.ts'
import type { PullRequest } from '../simulator/repository.ts'
import type { JobResult } from '../simulator/results.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { copyAged } from '../support/aged-backup.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'

/** Blocks of docs/workflows.md, with this repository's actions and a store that a variable names. */
async function documented(mark: string): Promise<string> {
  const text = await readFile('docs/workflows.md', 'utf8')
  const block = [...text.matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, inside = '']) => inside)
    .find((inside) => inside.includes(mark))
  if (block === undefined) throw new Error(`docs/workflows.md has no block with ${mark}`)
  return block
    .replaceAll(/OWNER\/resguardo\/(actions\/[\w-]+)@v1/g, '$/$1')
    .replaceAll('OWNER/resguardo@v1', '$/')
    .replaceAll("'s3://my-bucket/resguardo'", "'${{ vars.RESGUARDO_STORES }}'")
    .replaceAll('eu-west-1', 'us-east-1')
}

/** A workflow that migrates: with a backup of its own before the gate, as documented, or with the gate alone. */
async function deployment({ withBackup }: { readonly withBackup: boolean }): Promise<string> {
  const block = (await documented('migrate deploy')).replace(/npx prisma.*/, 'echo migrated')
  const steps = block.slice(block.indexOf('      - uses'))
  return `on: workflow_dispatch
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-24.04
    permissions: { contents: read, id-token: write }
    env:
      AWS_ACCESS_KEY_ID: \${{ secrets.AWS_ACCESS_KEY_ID }}
      AWS_SECRET_ACCESS_KEY: \${{ secrets.AWS_SECRET_ACCESS_KEY }}
    steps:
${withBackup ? steps : steps.slice(steps.indexOf('      - uses: $/actions/migration-gate'))}`
}

let github: OurGitHub
let proven: string

beforeAll(async () => {
  github = await ourGitHub({
    files: {
      'prisma/migrations/20260101000000_start/migration.sql': 'SELECT 1;\n',
      '.github/workflows/deploy.yml': await deployment({ withBackup: false }),
      '.github/workflows/deploy-behind-backup.yml': await deployment({ withBackup: true }),
      '.github/workflows/simple-gate.yml': await documented('on: { pull_request: {'),
    },
  })
  const run = await github.simulator.dispatch('backup.yml', { drill: 'true' })
  proven = stepOf(jobOf(run, 'backup'), 'nightly').outputs['backup-id'] ?? ''
})
afterAll(() => github?.close())

const hours = 3600
const secrets = (url: string) => ({
  DATABASE_URL: url,
  AWS_ACCESS_KEY_ID: github.s3.accessKey,
  AWS_SECRET_ACCESS_KEY: github.s3.secretKey,
})

interface Scene {
  readonly simulator: Simulator
  /** Of the one backup in the store. */
  readonly id: string
  keys(): Promise<string[]>
}

interface SceneOptions {
  /** How many seconds ago the backup was made. */
  readonly age?: number
  /** A file of the backup that is not there. */
  readonly without?: string
  /** The database that is to be migrated. */
  readonly url?: string
  readonly workflows?: readonly string[]
}

/** A store of its own, which holds one backup of `shop`. */
async function behind(
  name: string,
  { age = 0, without, url = github.url, workflows }: SceneOptions = {},
): Promise<Scene> {
  const id = await copyAged(github.bucket, { folder: 'shop', id: proven }, `${name}/shop`, age)
  if (without !== undefined) await github.remove(`${name}/shop/${id}/${without}`)
  const endpoint = { AWS_S3_ENDPOINT: github.s3.endpoint, AWS_S3_REGION: 'us-east-1' }
  const simulator = await github.also({
    secrets: secrets(url),
    vars: { ...github.vars, RESGUARDO_STORES: `${github.store}/${name}` },
    machineEnv: endpoint,
    ...(workflows && { workflows }),
  })
  const keys = async () => (await github.keys()).filter((key) => key.startsWith(`${name}/`))
  return { simulator, id, keys }
}

const gateStep = 'Run $/actions/migration-gate'

describe('a deployment', () => {
  const migrated = (job: JobResult) => logOf(job).includes('migrated')

  test('behind a proven backup of that very database, not yet an hour old, migrates', async () => {
    const { simulator, id } = await behind('fresh', { age: 0.95 * hours })
    const job = jobOf(await simulator.dispatch('deploy.yml'), 'deploy')
    expect(annotationsOf(job).filter((line) => line.startsWith('error'))).toEqual([])
    expect(stepOf(job, gateStep).outputs).toMatchObject({ verdict: 'allowed', 'backup-id': id })
    expect([job.result, migrated(job)]).toEqual(['success', true])
  })

  test.each<[string, string, () => Promise<SceneOptions>, string]>([
    ['that is older than an hour', 'old', async () => ({ age: 2 * hours }), 'its data is 2 h old, more than 1 h'],
    ['whose manifest is missing', 'half', async () => ({ without: 'manifest.json' }), 'it has no manifest'],
    [
      'whose payload is missing',
      'empty',
      async () => ({ without: 'database.dump.zst' }),
      'database.dump.zst is missing',
    ],
    [
      'of another database',
      'other',
      async () => ({ url: await github.postgres.createDatabase('billing') }),
      'its database is "shop", not "billing"',
    ],
  ])('behind a backup %s is refused, tells why, and changes nothing', async (_, name, options, reason) => {
    const { simulator, keys } = await behind(name, await options())
    const before = await keys()
    const run = await simulator.dispatch('deploy.yml')
    const job = jobOf(run, 'deploy')
    const step = stepOf(job, gateStep)
    expect(step).toMatchObject({
      exitCode: 3,
      outputs: { verdict: 'refused', reason: expect.stringContaining(reason) },
    })
    expect(annotationsOf(job).join('\n')).toContain(reason)
    expect([run.conclusion, migrated(job)]).toEqual(['failure', false])
    expect(await keys()).toEqual(before)
  })

  test('that makes its own backup first is not held up by an old one', async () => {
    const { simulator, id, keys } = await behind('own', { age: 2 * hours })
    const job = jobOf(await simulator.dispatch('deploy-behind-backup.yml'), 'deploy')
    expect(annotationsOf(job).filter((line) => line.startsWith('error'))).toEqual([])
    const made = stepOf(job, 'backup').outputs['backup-id']
    expect(stepOf(job, gateStep).outputs).toMatchObject({ verdict: 'allowed', 'backup-id': made })
    expect(made).not.toBe(id)
    expect(migrated(job)).toBe(true)
    expect((await keys()).some((key) => key.includes(`/${id}/manifest.json`))).toBe(true)
  })
})

describe('a pull request with a migration', () => {
  let numbers = 0
  async function proposal(): Promise<PullRequest> {
    numbers += 1
    const branch = `change-${numbers}`
    const path = `prisma/migrations/2026112400000${numbers}_more/migration.sql`
    await github.repository.commit({ [path]: 'ALTER TABLE "Product" ADD x int;\n' }, { branch })
    return { number: numbers, head: branch }
  }

  test('behind a backup that is older than an hour is refused at first, and gets one of its own', async () => {
    const { simulator, id } = await behind('pull-old', {
      age: 2 * hours,
      workflows: ['migration-gate.yml', 'migration-backup.yml'],
    })
    const pull = await proposal()
    const runs = await simulator.trigger({ event: 'pull_request', action: 'opened', pull })
    const run = runOf(runs, 'migration-backup.yml')
    const { outputs } = stepOf(jobOf(run, 'examine'), 'existing')
    expect(outputs).toMatchObject({
      verdict: 'refused',
      reason: expect.stringMatching(/its data is 2 h( \d+ min)? old, more than 1 h/),
    })
    const made = stepOf(jobOf(run, 'backup'), 'backup').outputs['backup-id'] ?? ''
    expect(made).not.toBe(id)
    const { head } = await github.repository.refsOf(pull)
    const states = github.api.statuses.filter(({ sha }) => sha === head).map(({ state }) => state)
    expect(states).toEqual(['pending', 'success'])
    expect(github.api.statusOf(head, gateContext)?.description).toContain(`${made}, good until`)
  })

  test('in the documented variant with one workflow gets its backup in the same job, whatever lies in the store', async () => {
    const { simulator, id } = await behind('pull-simple', { age: 2 * hours, workflows: ['simple-gate.yml'] })
    const runs = await simulator.trigger({ event: 'pull_request', action: 'opened', pull: await proposal() })
    const job = jobOf(runOf(runs, 'simple-gate.yml'), 'gate')
    expect(annotationsOf(job).filter((line) => line.startsWith('error'))).toEqual([])
    const made = stepOf(job, 'backup').outputs['backup-id']
    const [looked, decided] = job.steps.filter(
      ({ phase, outputs }) => phase === 'main' && outputs.migrations !== undefined,
    )
    expect(looked).toMatchObject({ id: 'change', outputs: { migrations: '1' } })
    expect(decided?.outputs).toMatchObject({ verdict: 'allowed', 'backup-id': made })
    expect(made).not.toBe(id)
  })
})
