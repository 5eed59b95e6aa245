// Commit statuses of `migration-gate`: the verdict, and the modes changes-only, announce and expire.
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { Forge } from '../../../src/ports/gate.ts'
import { putGateBackup } from '../../support/gate-backups.ts'
import { base, forgeOf, head, idOf, makeStore, now, runGate, runUrl, url } from './gate-run.ts'

describe('commit status', () => {
  const given = { base, 'database-url': url, 'post-status': 'true' }
  it('an accepted backup is posted as success, with its ID, expiry time and a link to the run', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    const forge = forgeOf()
    const { lines } = await runGate(given, { stores: [store], forge })
    expect(forge.posted).toEqual([
      {
        sha: head,
        state: 'success',
        context: 'resguardo/migration-gate',
        description: `${idOf(10)}, good until 2026-11-24T12:50Z`,
        targetUrl: runUrl,
      },
    ])
    expect(lines.join('\n')).toContain(`posted as resguardo/migration-gate on ${head}`)
  })
  it('a refusal is posted as failure', async () => {
    const forge = forgeOf()
    await runGate(given, { stores: [makeStore()], forge })
    expect(forge.posted).toMatchObject([{ state: 'failure', description: 'there is no backup in s3://far' }])
  })
  it('a change without migrations is posted as success', async () => {
    const forge = forgeOf()
    await runGate(given, { files: ['a.ts'], forge })
    expect(forge.posted).toMatchObject([{ state: 'success', description: 'no migrations among 1 changed file' }])
  })
  it('the status is posted to the given commit', async () => {
    const forge = forgeOf()
    await runGate({ ...given, sha: 'e'.repeat(40) }, { files: [], forge })
    expect(forge.posted[0]?.sha).toBe('e'.repeat(40))
  })
  it('a run without a verdict is posted as error', async () => {
    const forge = forgeOf()
    const change = async () => {
      throw new Failure('git/shallow-clone', 'the checkout is a shallow clone')
    }
    await expect(runGate({ ...given, sha: head }, { change, forge })).rejects.toMatchObject({
      code: 'git/shallow-clone',
    })
    expect(forge.posted).toMatchObject([{ state: 'error', description: 'no verdict: the checkout is a shallow clone' }])
  })
  it('a status that cannot be posted fails the run, even if no backup is needed', async () => {
    const forge = forgeOf({
      createStatus: async () => {
        throw new Failure('github/forbidden', 'Cannot post', { hint: 'permissions: statuses: write' })
      },
    })
    const { outputs, failure } = await runGate(given, { files: [], forge })
    expect(outputs.verdict).toBe('not-needed')
    expect(failure).toMatchObject({ code: 'github/forbidden', hint: 'permissions: statuses: write' })
  })
})

describe('modes without a decision', () => {
  it('changes-only reports the migrations and needs no store or database', async () => {
    const { outputs, failure } = await runGate({ base, 'changes-only': 'true' })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      verdict: undefined,
      migrations: 1,
      tools: 'knex',
      reason: '1 migration among 1 changed file',
    })
    expect((await runGate({ base, 'changes-only': 'true' }, { files: [] })).outputs.verdict).toBe('not-needed')
  })
  const asking = {
    number: 7,
    headSha: head,
    base: { ref: 'main', sha: base },
    fromFork: false,
    labels: [],
    user: 'ana',
  }
  const label = 'resguardo: back up'
  it.each([
    ['from the repository itself', [asking], true],
    ['from a fork', [{ ...asking, fromFork: true }], false],
    ['from a fork with the label', [{ ...asking, fromFork: true, labels: ['bug', label] }], true],
    ['by Dependabot', [{ ...asking, user: 'dependabot[bot]' }], false],
    ['by a deleted account', [{ ...asking, user: undefined }], false],
    ['with the same head commit as one from a fork', [asking, { ...asking, number: 8, fromFork: true }], true],
    ['that is closed or has a newer head commit', [{ ...asking, headSha: base }], false],
  ])('announce posts a pending status on a pull request %s and sets may-back-up', async (_, open, may) => {
    const forge = forgeOf({ openPullRequests: async () => open })
    const { outputs } = await runGate({ announce: 'true', sha: head }, { forge })
    expect(outputs['may-back-up']).toBe(may)
    const description = may ? 'making and proving a backup' : `waiting until a maintainer adds the label "${label}"`
    expect(forge.posted).toMatchObject([{ sha: head, state: 'pending', description }])
  })
  it('announce allows a backup for the merge queue', async () => {
    const forge = forgeOf()
    expect(
      (await runGate({ announce: 'true', sha: head, 'merge-queue': 'true' }, { forge })).outputs['may-back-up'],
    ).toBe(true)
  })

  const good = (end: string, minutes = 100) => `${idOf(minutes)}, good until ${end}`
  const over = good('2026-11-24T11:59Z')
  const scene = (statuses: Record<string, { state: string; description: string }>) => {
    const forge = forgeOf({
      latestStatus: async (sha) => statuses[sha],
      openPullRequests: async () =>
        Object.keys(statuses).map((headSha, at) => ({ ...asking, number: at + 1, headSha })),
    })
    return { forge }
  }
  it('expire replaces only success statuses past their expiry time with a failure status', async () => {
    const { forge } = scene({
      old: { state: 'success', description: over },
      young: { state: 'success', description: good('2026-11-24T12:01Z', 10) },
      unneeded: { state: 'success', description: 'no migrations among 3 changed files, into main' },
      red: { state: 'failure', description: over },
      pending: { state: 'pending', description: over },
    })
    const { outputs, failure, lines } = await runGate({ expire: 'true' }, { forge })
    expect(failure).toBeUndefined()
    expect(outputs.expired).toBe(1)
    expect(forge.posted).toMatchObject([
      {
        sha: 'old',
        state: 'failure',
        description: `${idOf(100)} was good until 2026-11-24T11:59Z: run the gate again`,
      },
    ])
    expect(lines[0]).toBe('1 status turned red; head commits checked: 5.')
  })
  it('expire posts a pending status on a commit without a status after 15 minutes without updates', async () => {
    const updated = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
    const open = [
      { ...asking, headSha: 'quiet', updated: updated(16) },
      { ...asking, headSha: 'new', number: 8, updated: updated(14) },
      { ...asking, headSha: 'unknown', number: 9 },
    ]
    const forge = forgeOf({ openPullRequests: async () => open })
    const { outputs, lines } = await runGate({ expire: 'true' }, { forge })
    expect(outputs).toMatchObject({ expired: 0, unasked: 1 })
    expect(forge.posted).toMatchObject([
      { sha: 'quiet', state: 'pending', description: expect.stringContaining('Approve its run') },
    ])
    expect(lines[1]).toContain('#7')
    await runGate({ expire: 'true' }, { forge })
    expect(forge.posted).toHaveLength(1)
  })
  it('expire continues after a status that cannot be posted, and fails at the end', async () => {
    const { forge } = scene({
      bad: { state: 'success', description: over },
      old: { state: 'success', description: over },
    })
    const posts = forge.createStatus
    const failing: Forge = {
      ...forge,
      createStatus: async (sha, status) => {
        if (sha === 'bad') throw new Failure('github/forbidden', 'Cannot post')
        await posts(sha, status)
      },
    }
    const { outputs, failure } = await runGate({ expire: 'true' }, { forge: failing })
    expect(outputs.expired).toBe(1)
    expect(failure).toMatchObject({ code: 'github/forbidden' })
  })
})
