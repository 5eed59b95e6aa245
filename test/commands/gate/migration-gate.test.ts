// The command `migration-gate`: verdict and report for given inputs.
import { describe, expect, it } from 'vitest'
import { putGateBackup } from '../../support/gate-backups.ts'
import { base, idOf, makeStore, pins, runGate, url } from './gate-run.ts'

describe('changes without migrations', () => {
  it('no backup is needed, and no store, database or token is required', async () => {
    const { outputs, failure, lines } = await runGate({ base }, { files: ['src/a.ts', 'README.md'] })
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ verdict: 'not-needed', migrations: 0, edited: 0, tools: '' })
    expect(lines).toEqual(['No backup is needed', '  Reason  no migrations among 2 changed files'])
  })
})

describe('changes with file names that look like migrations', () => {
  const files = ['src/commands/migrate.ts', 'docs/migrations.md', 'SRC/MIGRATOR/run.ts', 'src/a.ts']
  it('no backup is needed, and a warning names the first such file that is not a document', async () => {
    const { outputs, warned, document } = await runGate({ base }, { files })
    expect(outputs).toMatchObject({ verdict: 'not-needed', migrations: 0 })
    expect(warned).toEqual([expect.stringContaining('"src/commands/migrate.ts" and 1 more')])
    expect(document).toMatchObject({
      warnings: warned,
      change: { unrecognized: ['src/commands/migrate.ts', 'SRC/MIGRATOR/run.ts'] },
    })
  })
  it('changes-only shows the warning too', async () => {
    const { outputs, warned } = await runGate({ base, 'changes-only': 'true' }, { files })
    expect(outputs).toMatchObject({ verdict: 'not-needed' })
    expect(warned).toHaveLength(1)
  })
  it('no warning is shown if the files are excluded or if migrations are found', async () => {
    expect((await runGate({ base, migrations: ['!src/**', '!SRC/**'] }, { files })).warned).toEqual([])
    const found = await runGate({ base, 'changes-only': 'true' }, { files: [...files, 'migrations/1.js'] })
    expect([found.outputs.migrations, found.warned]).toEqual([1, []])
  })
})

describe('changes with a migration', () => {
  it('a good backup is accepted and pinned for the pull request with an expiry date', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    const { outputs, failure, lines } = await runGate(
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
  it('a failed or incomplete rehearsal is refused, even with a good backup', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    const { outputs, failure } = await runGate({ base, 'database-url': url, rehearsal: 'failed' }, { stores: [store] })
    expect(outputs).toMatchObject({
      verdict: 'refused',
      reason: 'the rehearsal of the migration on restored data failed',
    })
    expect(failure).toMatchObject({ code: 'gate/blocked', hint: expect.stringContaining('Correct what failed') })
    for (const result of ['setup-failed', 'incomplete']) {
      const { outputs } = await runGate({ base, 'database-url': url, rehearsal: result }, { stores: [store] })
      expect(outputs).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('was not rehearsed') })
    }
    const passed = await runGate({ base, 'database-url': url, rehearsal: 'passed' }, { stores: [store] })
    expect(passed.outputs.verdict).toBe('allowed')
  })
  it('with enforce: false, a refusal is reported but does not fail the command', async () => {
    const said = await runGate({ base, enforce: 'false' }, { stores: [makeStore()] })
    expect([said.outputs.verdict, said.failure]).toEqual(['refused', undefined])
  })
  it('without a good backup, the gate refuses and shows the candidates and the commands to run', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(90))
    const { outputs, failure, lines, document, report } = await runGate(
      { base, 'database-url': url },
      { stores: [store] },
    )
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
  it('for a backup that lacks only a drill, the drill command is shown', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10), { drills: [] })
    const { lines } = await runGate({ base, 'database-url': url }, { stores: [store] })
    expect(lines.at(-1)).toBe(`  resguardo test-restore ${idOf(10)} --store s3://far`)
  })
  it('the commands to run contain the signing key if signatures are required', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    const keys = 'ops ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC40Yxsb6xYOgHWb1Cz4Gn8//4QP+C+eyJxCCfFVAPBs'
    const { lines } = await runGate({ base, 'database-url': url, 'trusted-keys': keys }, { stores: [store] })
    const signed = `--store s3://far --trusted-keys '${keys}' --sign-key SIGNING_KEY`
    expect(lines.slice(-2)).toEqual([
      `  resguardo backup --trigger pre-migration ${signed}`,
      `  resguardo test-restore latest ${signed}`,
    ])
  })
  it('for a backup without an off-site copy, the upload command is shown', async () => {
    const [near, far] = [makeStore('file:./my backups'), makeStore()]
    putGateBackup(near, idOf(10))
    const { lines } = await runGate({ base, 'database-url': url }, { stores: [near, far] })
    expect(lines.at(-1)).toBe(`  resguardo upload ${idOf(10)} --from 'file:./my backups' --to s3://far`)
  })
  it('an off-site copy is required only if a store is a bucket or the input says so', async () => {
    const store = makeStore('file:./backups')
    putGateBackup(store, idOf(10))
    expect((await runGate({ base, 'database-url': url }, { stores: [store] })).outputs.verdict).toBe('allowed')
    const strict = await runGate({ base, 'database-url': url, 'require-off-site': 'true' }, { stores: [store] })
    expect(strict.outputs.verdict).toBe('refused')
  })
  it('control characters in file names are escaped', async () => {
    const { lines } = await runGate(
      { base, 'database-url': url },
      { files: ['migrations/a\n\u001b[31m.js'], stores: [makeStore()] },
    )
    expect(lines).toContain('knex  added  migrations/a\\x0a\\x1b[31m.js')
  })
  it('the outcome contains no secret', async () => {
    const outcome = await runGate({ base, 'database-url': url }, { stores: [makeStore()] })
    expect(JSON.stringify(outcome)).not.toContain('hunter2secret')
  })
})

describe('invalid inputs', () => {
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
  ])('%j is rejected', async (given, part) => {
    await expect(runGate(given)).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining(part),
    })
  })
})
