// `migration-gate` as a host runs it: from inputs to verdict, pin and commit status.
import { describe, expect, it } from 'vitest'
import { migrationGate } from '../../../src/commands/gate/migration-gate.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { ChangedFile } from '../../../src/domain/migrations/changed-file.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import type { CommitStatus, Forge } from '../../../src/ports/gate.ts'
import { fakeClock, fakeWorld } from '../../support/fakes.ts'
import { putGateBackup, shop } from '../../support/gate-backups.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { linesOf } from '../../support/report-text.ts'
import { idText } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const idOf = (minutes: number, random = 1) =>
  idText(new Date(now.getTime() - minutes * 60_000), 'pre-migration', random)
const make = (address = 's3://far') => memoryStore({ address, now: () => now })
const base = 'b'.repeat(40)
const head = 'd'.repeat(40)
const runUrl = 'https://github.com/o/r/actions/runs/1'
const url = 'postgresql://app:hunter2secret@db/shop'

interface FakeForge extends Forge {
  readonly posted: (CommitStatus & { sha: string })[]
}

function forgeOf(differs: Partial<Forge> = {}): FakeForge {
  const posted: FakeForge['posted'] = []
  return {
    posted,
    createStatus: async (sha, status) => void posted.push({ sha, ...status }),
    latestStatus: async (sha, context) => posted.findLast((each) => each.sha === sha && each.context === context),
    openPullRequests: async () => [],
    ...differs,
  }
}

interface Scene {
  readonly stores?: readonly MemoryStore[]
  readonly forge?: Forge
  readonly files?: readonly string[]
  readonly change?: () => Promise<never>
  readonly origin?: object
}

/** Runs the command; without files the change adds one migration. */
async function run(given: Record<string, string | string[]>, scene: Scene = {}) {
  const { stores = [], files = ['migrations/1.js'], forge, change, origin = { runUrl, repository: 'o/r' } } = scene
  const byAddress = new Map(stores.map((store) => [store.address, store]))
  const world = fakeWorld({
    clock: fakeClock(now),
    origin,
    openStore: async (address) => byAddress.get(address) ?? Promise.reject(new Error(`no ${address}`)),
    openChanges: async () => ({
      between: async () => {
        await change?.()
        const changed = files.map((path): ChangedFile => ({ change: 'added', path, sort: 'file' }))
        return { base, head, mergeBase: base, files: changed }
      },
    }),
    identifyDatabase: async () => ({ display: 'shop on db:5432', ...shop }),
    ...(forge && { openForge: async () => forge }),
  })
  const all: Record<string, string | string[]> = {
    ...(stores.length > 0 && { store: [...byAddress.keys()] }),
    ...given,
  }
  const { inputs } = migrationGate
  const values = parseInputs(inputs, (name) => (all[name] === undefined ? undefined : { text: all[name], from: name }))
  const broken = migrationGate.check?.(values, world) ?? []
  if (broken.length > 0) throw new Failure('input/invalid', broken.join('; '))
  const outcome = await migrationGate.run(values, world)
  return { ...outcome, lines: linesOf(outcome), warned: world.reporter.texts('warn') }
}

const pins = (store: MemoryStore) => [...store.objects.keys()].flatMap((key) => key.split('/pins/')[1] ?? [])

describe('a change without migrations', () => {
  it('is let through without stores, database or token', async () => {
    const { outputs, failure, lines } = await run({ base }, { files: ['src/a.ts', 'README.md'] })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ verdict: 'not-needed', migrations: 0, edited: 0, tools: '' })
    expect(lines).toEqual(['No backup is needed', '  Reason  no migrations among 2 changed files'])
  })
})

describe('a change without migrations whose paths speak of migrations', () => {
  const files = ['src/commands/migrate.ts', 'docs/migrations.md', 'SRC/MIGRATOR/run.ts', 'src/a.ts']
  it('is let through with a warning that names the first such file, documents left out', async () => {
    const { outputs, warned, document } = await run({ base }, { files })
    expect(outputs).toMatchObject({ verdict: 'not-needed', migrations: 0 })
    expect(warned).toEqual([expect.stringContaining('"src/commands/migrate.ts" and 1 more')])
    expect(document).toMatchObject({
      warnings: warned,
      change: { unrecognized: ['src/commands/migrate.ts', 'SRC/MIGRATOR/run.ts'] },
    })
  })
  it('is warned of by changes-only too', async () => {
    const { outputs, warned } = await run({ base, 'changes-only': 'true' }, { files })
    expect(outputs).toMatchObject({ verdict: 'not-needed' })
    expect(warned).toHaveLength(1)
  })
  it('is not warned of where the user excluded those files, or where migrations were found as well', async () => {
    expect((await run({ base, migrations: ['!src/**', '!SRC/**'] }, { files })).warned).toEqual([])
    const found = await run({ base, 'changes-only': 'true' }, { files: [...files, 'migrations/1.js'] })
    expect([found.outputs.migrations, found.warned]).toEqual([1, []])
  })
})

describe('a change with a migration', () => {
  it('passes behind a good backup, which is pinned to the pull request with an end', async () => {
    const store = make()
    putGateBackup(store, idOf(10))
    const { outputs, failure, lines } = await run(
      { base, 'database-url': url, 'pull-request': '7' },
      { stores: [store] },
    )
    expect(failure).toBeUndefined()
    expect(outputs).toEqual({
      verdict: 'allowed',
      reason: `${idOf(10)} is 10 min old, proven by a drill, in s3://far`,
      'backup-id': idOf(10),
      'age-seconds': 600,
      migrations: 1,
      edited: 0,
      tools: 'knex',
      expired: undefined,
    })
    expect(pins(store)).toEqual(['pull-request-7-until-2026-12-08'])
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}Pinned until +2026-12-08 \(pull-request-7\)$/))
  })
  it('is refused where its rehearsal failed, however good the backup is', async () => {
    const store = make()
    putGateBackup(store, idOf(10))
    const { outputs, failure } = await run({ base, 'database-url': url, rehearsal: 'failed' }, { stores: [store] })
    expect(outputs).toMatchObject({
      verdict: 'refused',
      reason: 'the rehearsal of the migration on restored data failed',
    })
    expect(failure).toMatchObject({ code: 'gate/blocked', hint: expect.stringContaining('Correct what failed') })
    for (const result of ['setup-failed', 'incomplete']) {
      const { outputs } = await run({ base, 'database-url': url, rehearsal: result }, { stores: [store] })
      expect(outputs).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('was not rehearsed') })
    }
    const passed = await run({ base, 'database-url': url, rehearsal: 'passed' }, { stores: [store] })
    expect(passed.outputs.verdict).toBe('allowed')
  })
  it('without enforce says that it is refused, and fails only for other reasons', async () => {
    const said = await run({ base, enforce: 'false' }, { stores: [make()] })
    expect([said.outputs.verdict, said.failure]).toEqual(['refused', undefined])
  })
  it('is refused without one: exit 3, the table of candidates, and the commands that help', async () => {
    const store = make()
    putGateBackup(store, idOf(90))
    const { outputs, failure, lines, document, report } = await run({ base, 'database-url': url }, { stores: [store] })
    expect(failure).toMatchObject({
      code: 'gate/blocked',
      hint: expect.stringContaining('resguardo backup --trigger pre-migration'),
    })
    expect(outputs).toMatchObject({ verdict: 'refused', 'backup-id': undefined, migrations: 1 })
    expect(lines.join('\n')).toContain(`${idOf(90)}  1 h 30 min old  its data is 1 h 30 min old, more than 1 h`)
    expect(lines.slice(-2)).toEqual([
      '  resguardo backup --trigger pre-migration --store s3://far',
      '  resguardo test-restore latest --store s3://far',
    ])
    expect(document).toMatchObject({ verdict: 'refused', backup: null, candidates: [{ id: idOf(90) }] })
    expect(report[0]).toMatchObject({ text: 'The migration may not go ahead', state: 'blocked' })
    expect(pins(store)).toEqual([])
  })
  it('whose backup lacks only a drill is told to drill that one', async () => {
    const store = make()
    putGateBackup(store, idOf(10), { drills: [] })
    const { lines } = await run({ base, 'database-url': url }, { stores: [store] })
    expect(lines.at(-1)).toBe(`  resguardo test-restore ${idOf(10)} --store s3://far`)
  })
  it('is told to sign where signatures are required', async () => {
    const store = make()
    putGateBackup(store, idOf(10))
    const keys = 'ops ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC40Yxsb6xYOgHWb1Cz4Gn8//4QP+C+eyJxCCfFVAPBs'
    const { lines } = await run({ base, 'database-url': url, 'trusted-keys': keys }, { stores: [store] })
    const signed = `--store s3://far --trusted-keys '${keys}' --sign-key SIGNING_KEY`
    expect(lines.slice(-2)).toEqual([
      `  resguardo backup --trigger pre-migration ${signed}`,
      `  resguardo test-restore latest ${signed}`,
    ])
  })
  it('whose backup lies here only is told to upload it', async () => {
    const [near, far] = [make('file:./my backups'), make()]
    putGateBackup(near, idOf(10))
    const { lines } = await run({ base, 'database-url': url }, { stores: [near, far] })
    expect(lines.at(-1)).toBe(`  resguardo upload ${idOf(10)} --from 'file:./my backups' --to s3://far`)
  })
  it('needs nothing off-site where no bucket is among the stores', async () => {
    const store = make('file:./backups')
    putGateBackup(store, idOf(10))
    expect((await run({ base, 'database-url': url }, { stores: [store] })).outputs.verdict).toBe('allowed')
    const strict = await run({ base, 'database-url': url, 'require-off-site': 'true' }, { stores: [store] })
    expect(strict.outputs.verdict).toBe('refused')
  })
  it('that hides in hostile names is shown on one line', async () => {
    const { lines } = await run(
      { base, 'database-url': url },
      { files: ['migrations/a\n\u001b[31m.js'], stores: [make()] },
    )
    expect(lines).toContain('knex  added  migrations/a\\x0a\\x1b[31m.js')
  })
  it('shows no secret', async () => {
    const outcome = await run({ base, 'database-url': url }, { stores: [make()] })
    expect(JSON.stringify(outcome)).not.toContain('hunter2secret')
  })
})

describe('the pin', () => {
  const passing = (address?: string) => {
    const store = make(address)
    putGateBackup(store, idOf(10))
    return store
  }
  const given = { base, 'database-url': url }
  it('is named for the commit where no pull request is known', async () => {
    const store = passing()
    await run(given, { stores: [store] })
    expect(pins(store)).toEqual([`commit-${head.slice(0, 12)}-until-2026-12-08`])
  })
  it('that lasts as long already is left alone', async () => {
    const store = passing()
    await run({ ...given, 'pin-days': '30' }, { stores: [store] })
    store.cues.failCreate = 2
    expect((await run(given, { stores: [store] })).warned).toEqual([])
    expect(pins(store)).toEqual([`commit-${head.slice(0, 12)}-until-2026-12-24`])
  })
  it('that cannot be made is a warning', async () => {
    const store = passing()
    store.cues.failCreate = 1
    const { failure, warned, lines } = await run(given, { stores: [store] })
    expect(failure).toBeUndefined()
    expect(warned).toEqual([expect.stringContaining('could not be pinned')])
    expect(lines.join()).not.toContain('Pinned until')
  })
  describe('of a backup that somebody removes meanwhile', () => {
    /** The backup is there when the gate looks, and gone once it is pinned. */
    const vanishing = (address?: string) => {
      const store = passing(address)
      const { create } = store
      store.create = async (key, content) => {
        await create(key, content)
        if (key.includes('/pins/')) store.objects.delete(`shop/${idOf(10)}/manifest.json`)
      }
      return store
    }
    it('from every store refuses, with a red status, and says how to make another', async () => {
      const [stores, forge] = [[vanishing('file:./backups'), vanishing()], forgeOf()]
      const { outputs, failure, lines, document } = await run({ ...given, 'post-status': 'true' }, { stores, forge })
      const reason = `${idOf(10)} was good, but it was removed from file:./backups and s3://far during the check`
      expect(outputs).toMatchObject({ verdict: 'refused', reason, 'backup-id': undefined })
      expect(failure).toMatchObject({
        code: 'gate/blocked',
        hint: expect.stringContaining('resguardo backup --trigger pre-migration'),
      })
      expect(forge.posted.map(({ state }) => state)).toEqual(['failure'])
      expect(document).toMatchObject({ backup: null, candidates: [{ faults: [{ kind: 'incomplete' }] }], pin: null })
      expect(lines.join()).not.toContain('Pinned until')
      expect(stores.flatMap(pins)).toEqual([])
    })
    it('from one of two buckets is a warning, and it is pinned in the other', async () => {
      const stores = [vanishing('s3://near'), passing()]
      const { outputs, failure, warned, document } = await run(given, { stores })
      expect([outputs.verdict, failure]).toEqual(['allowed', undefined])
      expect(warned).toEqual([`${idOf(10)} was removed from s3://near during the check: that copy does not count.`])
      expect(document).toMatchObject({ backup: { stores: ['s3://far'] }, pin: { until: '2026-12-08' } })
      expect(stores.map((store) => pins(store).length)).toEqual([0, 1])
    })
    it('from the only bucket refuses where it must be off-site', async () => {
      const stores = () => [passing('file:./backups'), vanishing()]
      const { outputs, lines } = await run(given, { stores: stores() })
      expect(outputs).toMatchObject({
        verdict: 'refused',
        reason: expect.stringContaining('removed from s3://far during the check; it is not off-site'),
      })
      expect(lines.at(-1)).toBe(`  resguardo upload ${idOf(10)} --from file:./backups --to s3://far`)
      const near = await run({ ...given, 'require-off-site': 'false' }, { stores: stores() })
      expect(near.outputs.verdict).toBe('allowed')
    })
  })
  it('that is held by the store’s own lock is no sign that the backup is gone', async () => {
    const store = passing()
    await run(given, { stores: [store] })
    store.cues.retain = { key: 'until-2026-12-08', until: undefined }
    const { outputs, warned } = await run({ ...given, 'pin-days': '30' }, { stores: [store] })
    expect(outputs.verdict).toBe('allowed')
    expect(warned).toEqual([expect.stringContaining('object lock')])
  })
  it('need not be', async () => {
    const store = passing()
    await run({ ...given, pin: 'false' }, { stores: [store] })
    expect(pins(store)).toEqual([])
  })
})

describe('the commit status', () => {
  const given = { base, 'database-url': url, 'post-status': 'true' }
  it('is green, names the backup and its end, and leads to the run', async () => {
    const store = make()
    putGateBackup(store, idOf(10))
    const forge = forgeOf()
    const { lines } = await run(given, { stores: [store], forge })
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
  it('is red when refused', async () => {
    const forge = forgeOf()
    await run(given, { stores: [make()], forge })
    expect(forge.posted).toMatchObject([{ state: 'failure', description: 'there is no backup in s3://far' }])
  })
  it('is green without a backup where none is needed', async () => {
    const forge = forgeOf()
    await run(given, { files: ['a.ts'], forge })
    expect(forge.posted).toMatchObject([{ state: 'success', description: 'no migrations among 1 changed file' }])
  })
  it('goes to the commit that is named', async () => {
    const forge = forgeOf()
    await run({ ...given, sha: 'e'.repeat(40) }, { files: [], forge })
    expect(forge.posted[0]?.sha).toBe('e'.repeat(40))
  })
  it('is an error when there is no verdict', async () => {
    const forge = forgeOf()
    const change = async () => {
      throw new Failure('git/shallow-clone', 'the checkout is a shallow clone')
    }
    await expect(run({ ...given, sha: head }, { change, forge })).rejects.toMatchObject({ code: 'git/shallow-clone' })
    expect(forge.posted).toMatchObject([{ state: 'error', description: 'no verdict: the checkout is a shallow clone' }])
  })
  it('that cannot be posted fails the run, also when the verdict is green', async () => {
    const forge = forgeOf({
      createStatus: async () => {
        throw new Failure('github/forbidden', 'Cannot post', { hint: 'permissions: statuses: write' })
      },
    })
    const { outputs, failure } = await run(given, { files: [], forge })
    expect(outputs.verdict).toBe('not-needed')
    expect(failure).toMatchObject({ code: 'github/forbidden', hint: 'permissions: statuses: write' })
  })
})

describe('instead of a decision', () => {
  it('changes-only says what there is, and asks for nothing else', async () => {
    const { outputs, failure } = await run({ base, 'changes-only': 'true' })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({
      verdict: undefined,
      migrations: 1,
      tools: 'knex',
      reason: '1 migration among 1 changed file',
    })
    expect((await run({ base, 'changes-only': 'true' }, { files: [] })).outputs.verdict).toBe('not-needed')
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
    ['of the repository itself', [asking], true],
    ['of a fork', [{ ...asking, fromFork: true }], false],
    ['of a fork, with the label', [{ ...asking, fromFork: true, labels: ['bug', label] }], true],
    ['of Dependabot', [{ ...asking, user: 'dependabot[bot]' }], false],
    ['of an account that is gone', [{ ...asking, user: undefined }], false],
    ['that a fork ends with as well', [asking, { ...asking, number: 8, fromFork: true }], true],
    ['that is closed, or ends with another commit by now', [{ ...asking, headSha: base }], false],
  ])('announce posts pending on a pull request %s, and says whether a backup may be made', async (_, open, may) => {
    const forge = forgeOf({ openPullRequests: async () => open })
    const { outputs } = await run({ announce: 'true', sha: head }, { forge })
    expect(outputs['may-back-up']).toBe(may)
    const description = may ? 'making and proving a backup' : `waiting until a maintainer adds the label "${label}"`
    expect(forge.posted).toMatchObject([{ sha: head, state: 'pending', description }])
  })
  it('announce trusts the merge queue', async () => {
    const forge = forgeOf()
    expect((await run({ announce: 'true', sha: head, 'merge-queue': 'true' }, { forge })).outputs['may-back-up']).toBe(
      true,
    )
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
  it('expire turns red what was good until now, and nothing else', async () => {
    const { forge } = scene({
      old: { state: 'success', description: over },
      young: { state: 'success', description: good('2026-11-24T12:01Z', 10) },
      unneeded: { state: 'success', description: 'no migrations among 3 changed files, into main' },
      red: { state: 'failure', description: over },
      pending: { state: 'pending', description: over },
    })
    const { outputs, failure, lines } = await run({ expire: 'true' }, { forge })
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
  it('expire says that nothing has asked for a verdict on a commit, once its pull request is quiet', async () => {
    const updated = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
    const open = [
      { ...asking, headSha: 'quiet', updated: updated(16) },
      { ...asking, headSha: 'new', number: 8, updated: updated(14) },
      { ...asking, headSha: 'unknown', number: 9 },
    ]
    const forge = forgeOf({ openPullRequests: async () => open })
    const { outputs, lines } = await run({ expire: 'true' }, { forge })
    expect(outputs).toMatchObject({ expired: 0, unasked: 1 })
    expect(forge.posted).toMatchObject([
      { sha: 'quiet', state: 'pending', description: expect.stringContaining('Approve its run') },
    ])
    expect(lines[1]).toContain('#7')
    await run({ expire: 'true' }, { forge })
    expect(forge.posted).toHaveLength(1)
  })
  it('expire goes on after one that fails, and fails at the end', async () => {
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
    const { outputs, failure } = await run({ expire: 'true' }, { forge: failing })
    expect(outputs.expired).toBe(1)
    expect(failure).toMatchObject({ code: 'github/forbidden' })
  })
})

describe('the inputs are refused', () => {
  it.each<[Record<string, string>, string]>([
    [{ 'changes-only': 'true', base, expire: 'true' }, 'cannot be used together'],
    [{ 'changes-only': 'true' }, '--changes-only needs --base'],
    [{ announce: 'true' }, '--sha is missing'],
    [{ 'post-status': 'true' }, '--sha is missing'],
    [{ sha: 'main' }, '--sha: not a full commit ID'],
    [{ 'backup-from-this-run': '20261124' }, '--backup-from-this-run: not the complete ID'],
    [{ name: '../x' }, '--name: at most 100 letters'],
    [{ 'database-url': url, 'database-name': 'shop' }, 'cannot be used together with --database-name'],
    [{ 'system-identifier': '12' }, '--system-identifier needs --database-name'],
    [{ 'max-age': '-1' }, 'max-age'],
  ])('%j', async (given, part) => {
    await expect(run(given)).rejects.toMatchObject({ code: 'input/invalid', message: expect.stringContaining(part) })
  })
})
