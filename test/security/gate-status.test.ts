// Commit status shared by pull requests
// A pull request receives the green commit status of another pull request with the same head commit.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrationGate } from '../../src/commands/gate/migration-gate.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { openChanges } from '../../src/git/changes.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import type { CommitStatus, Forge, OpenPullRequest } from '../../src/ports/gate.ts'
import { fakeWorld } from '../support/fakes.ts'
import { type GitRepository, makeRepository } from '../support/git-repository.ts'
import { memoryStore } from '../support/memory-store.ts'

let repository: GitRepository
let head: string
const posted: CommitStatus[] = []

/** `main` lacks the migration of the head, `decoy` has it, `edited` has another text of it. */
beforeEach(async () => {
  posted.length = 0
  repository = await makeRepository()
  const { git, write, commit } = repository
  await write('README.md')
  await commit()
  await git('checkout', '--quiet', '-b', 'feature')
  await write('migrations/001.sql', 'DROP TABLE users;\n')
  await commit()
  await git('branch', 'decoy')
  await write('more.txt')
  head = await commit()
  for (const branch of ['main', 'decoy']) await git('update-ref', `refs/remotes/origin/${branch}`, branch)
})
afterEach(() => repository.remove())

const pull = async (number: number, ref: string, headSha = head): Promise<OpenPullRequest> => {
  const sha = await repository.git('rev-parse', ref)
  return { number, headSha, base: { ref, sha }, fromFork: true, labels: [], user: 'eve' }
}

/** Judges the change into `decoy`, which brings no migration. */
async function gate(
  openPullRequests: Forge['openPullRequests'],
  given: Record<string, string> = {},
  before?: CommitStatus,
) {
  const store = memoryStore({ address: 's3://far' })
  const forge: Forge = {
    createStatus: async (_, status) => void posted.push(status),
    latestStatus: async () => before,
    openPullRequests,
  }
  const world = fakeWorld({ openChanges, openForge: async () => forge, openStore: async () => store })
  const all: Record<string, string | string[]> = {
    base: 'decoy',
    head,
    checkout: repository.folder,
    store: ['s3://far'],
    'database-name': 'shop',
    'post-status': 'true',
    ...given,
  }
  const values = parseInputs(migrationGate.inputs, (name) => (all[name] ? { text: all[name], from: name } : undefined))
  const outcome = await migrationGate.run(values, world)
  return { ...outcome, warned: world.reporter.texts('warn') }
}

test('control: a pull request without a new migration gets a green status if no other has the same head', async () => {
  const one = await pull(2, 'decoy')
  expect((await gate(async () => [one])).outputs.verdict).toBe('not-needed')
  expect(posted).toMatchObject([{ state: 'success' }])
})

test('a second pull request with the same head does not turn the status green for the first', async () => {
  const open = [await pull(1, 'main'), await pull(2, 'decoy')]
  const { outputs, failure, warned } = await gate(async () => open)
  expect(failure?.code).toBe('gate/blocked')
  expect(outputs).toMatchObject({ verdict: 'refused', migrations: 1 })
  expect(posted).toMatchObject([{ state: 'failure' }])
  expect(warned).toContainEqual(expect.stringContaining('Pull request #1 has the same head commit'))
})

test('a green status expires when a pull request to another branch opens with the same head', async () => {
  const one = await pull(2, 'decoy')
  await gate(async () => [one])
  const green = posted.at(-1)
  const over = (open: OpenPullRequest[]) => gate(async () => open, { 'post-status': '', expire: 'true' }, green)
  expect((await over([one])).outputs.expired).toBe(0)
  expect((await over([one, await pull(1, 'main')])).outputs.expired).toBe(1)
  expect((await over([{ ...one, base: (await pull(1, 'main')).base }])).outputs.expired).toBe(1)
  expect(posted.at(-1)).toMatchObject({ state: 'failure', description: expect.stringContaining('run the gate again') })
})

test('the step that only lists changes also compares with the base of every pull request', async () => {
  const open = [await pull(1, 'main'), await pull(2, 'decoy')]
  const given = { 'changes-only': 'true', 'all-bases': 'true', 'post-status': '' }
  expect((await gate(async () => open, given)).outputs).toMatchObject({ migrations: 1, verdict: undefined })
})

test('a pull request with another head commit is ignored', async () => {
  const open = [await pull(1, 'main', 'f'.repeat(40)), await pull(2, 'decoy')]
  expect((await gate(async () => open)).outputs.verdict).toBe('not-needed')
})

test('a migration that differs from the version in only one of the bases is refused', async () => {
  const { git, write, commit } = repository
  await git('checkout', '--quiet', '-b', 'release', 'main')
  await write('migrations/001.sql', 'SELECT 1;\n')
  const release = await commit()
  await git('checkout', '--quiet', '-b', 'edits', release)
  await write('migrations/001.sql', 'SELECT 2;\n')
  head = await commit()
  const open = [await pull(1, 'release'), await pull(2, 'edits')]
  const { outputs } = await gate(async () => open, { base: 'edits', 'on-edited-migration': 'refuse' })
  expect(outputs).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('edited a migration') })
})

test('a base branch that moved after the pull request was opened is compared at its current commit', async () => {
  const { git } = repository
  const open = [await pull(1, 'main')]
  await git('update-ref', 'refs/remotes/origin/main', 'decoy')
  expect((await gate(async () => open)).outputs.verdict).toBe('not-needed')
})

describe('conditions for an error status', () => {
  test('the status is an error if the open pull requests cannot be listed', async () => {
    const list = async (): Promise<never> => {
      throw new Failure('github/unavailable', 'GitHub does not answer')
    }
    await expect(gate(list)).rejects.toMatchObject({ code: 'github/unavailable' })
    expect(posted).toMatchObject([{ state: 'error' }])
  })

  test('the status is an error if the checkout lacks the base of another pull request', async () => {
    const open = [{ ...(await pull(1, 'main')), base: { ref: 'nowhere', sha: 'e'.repeat(40) } }]
    await expect(gate(async () => open)).rejects.toMatchObject({ code: 'git/unknown-commit' })
    expect(posted).toMatchObject([{ state: 'error' }])
  })
})
