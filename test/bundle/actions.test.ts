// The built actions as a runner starts them, chained by their outputs against a real PostgreSQL, failing, and
// interrupted.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { actionEntries } from '../../scripts/generate/action-list.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { runAction, startAction } from '../support/run-action.ts'

let server: TestPostgres
let url: string
let folder: string
let job: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'resguardo-actions-'))
  chmodSync(folder, 0o755)
  job = join(folder, 'job')
  server = await startPostgres()
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE "Product" AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 500) n',
  )
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test.each(actionEntries)(
  '$title ($folder): bad inputs end with 2, one error, a summary, and nothing done',
  async ({ command: name, folder: at }) => {
    const environment = { BACKUP_RETENTION_DAYS: 'month' }
    const inputs =
      name === 'prune' || name === 'nightly' ? {} : { [name === 'restore' ? 'jobs' : 's3-parts-in-flight']: 'many' }
    const wrong = name === 'dump' ? { jobs: 'many' } : inputs
    const result = await runAction({ name, folder: at, inputs: wrong, environment, job: join(folder, 'bad') })
    expect(result).toMatchObject({
      code: 2,
      stderr: '',
      outputs: { 'failure-kind': 'usage', 'failure-code': 'input/invalid' },
    })
    expect(result.errors).toEqual([expect.stringContaining('is not a whole number')])
    expect(result.summary).toContain(`## ⛔ ${name} failed`)
    expect(readdirSync(join(folder, 'bad/workspace'))).toEqual([])
  },
)

test('dump, checksum, upload, test-restore and prune chain by outputs', async () => {
  const [first, second] = ['backups', 'elsewhere']
  const dump = await runAction({ name: 'dump', inputs: { 'database-url': url, 'backup-dir': first }, job })
  expect(dump).toMatchObject({ code: 0, stderr: '', errors: [], warnings: [] })
  expect(dump.raw.findLastIndex((line) => line.startsWith('::add-mask::'))).toBe(dump.masks.length - 1)
  expect(dump.masks).toEqual(expect.arrayContaining([url, server.password]))
  expect(dump.outputs).toMatchObject({ name: 'shop', rows: '500', suspect: 'false', 'failure-kind': '' })
  const backup = dump.outputs['backup-id'] ?? ''
  expect(dump.outputs.path).toBe(`file:${first}/shop/${backup}/`)
  expect(dump.summary).toContain(`✅ Backup ${backup}`)
  expect(dump.summary).toContain(`resguardo restore ${backup} --name shop --store file:${first} --confirm shop`)
  expect(dump.summary).toContain(dump.outputs.sha256)

  const checksum = await runAction({ name: 'checksum', inputs: { backup, 'backup-dir': first }, job })
  expect(checksum).toMatchObject({ code: 0, outputs: { 'backup-id': backup, sha256: dump.outputs.sha256 } })
  expect(checksum.summary).toContain('is complete and undamaged')

  const upload = await runAction({
    name: 'upload',
    inputs: { backup, from: `file:${first}`, to: `file:${second}` },
    job,
  })
  expect(upload).toMatchObject({ code: 0, outputs: { 'backup-id': backup, stores: `file:${second}` } })

  const check = '! env | grep -q ^INPUT_'
  const drill = await runAction({
    name: 'test-restore',
    inputs: { backup, store: `file:${second}`, 'check-command': check },
    job,
  })
  expect(drill).toMatchObject({ code: 0, outputs: { verdict: 'proven', rows: '500', differences: '0' } })
  expect(drill.summary).toMatch(/\| RTO \| 4 h \| .* to restore \| met \|/)
  expect(drill.summary).toMatch(/\| RPO \| 24 h \| .* old \| met \|/)

  const prune = await runAction({ name: 'prune', inputs: { store: `file:${second}`, 'dry-run': 'true' }, job })
  expect(prune).toMatchObject({ code: 0, outputs: { removed: '0', kept: '1' } })
  expect(prune.summary).toContain(`| keep | shop/${backup} |`)
}, 120_000)

test('a second dump is shown against the first', async () => {
  await server.query('shop', 'INSERT INTO "Product" SELECT n, md5(n::text) FROM generate_series(501, 510) n')
  const { code, summary } = await runAction({
    name: 'dump',
    inputs: { 'database-url': url },
    environment: { BACKUP_DIR: 'backups' },
    job,
  })
  expect(code).toBe(0)
  expect(summary).toMatch(/\| Rows \| 510 \| 500 \| \+10 \(\+2\.0%\) \|/)
})

test('nightly backs up, drills and prunes in one step', async () => {
  const { code, outputs, summary, log } = await runAction({
    name: 'nightly',
    folder: '',
    inputs: { 'database-url': url, 'backup-dir': 'nightly', drill: 'true' },
    environment: { GITHUB_EVENT_NAME: 'schedule' },
    job,
  })
  expect({ code, log }).toMatchObject({ code: 0 })
  expect(outputs).toMatchObject({ verdict: 'proven', removed: '0', kept: '1' })
  expect(outputs['backup-id']).toContain('-scheduled-')
  expect(summary).toMatch(/Backup [\s\S]*Proven[\s\S]*Pruned[\s\S]*phases in/)
}, 120_000)

test('a drill that fails sets its outputs and shows the table of differences', async () => {
  const inputs = { store: 'file:backups', 'check-sql': 'SELECT count(*) > 1000 FROM "Product"' }
  const { code, outputs, errors, summary } = await runAction({ name: 'test-restore', inputs, job })
  expect(code).toBe(4)
  expect(outputs).toMatchObject({ verdict: 'failed', 'failure-kind': 'integrity' })
  expect(errors).toEqual([expect.stringContaining('check did not pass')])
  expect(summary).toMatch(/⛔ test-restore failed[\s\S]*Drill failed[\s\S]*\| NO \|/)
}, 120_000)

test('a server that is down: exit code, kind, hint and the failed phase in the summary, no secret anywhere', async () => {
  const secret = 'geheim-12345'
  const inputs = { 'database-url': `postgresql://app:${secret}@127.0.0.1:1/shop` }
  const result = await runAction({ name: 'dump', inputs, job: join(folder, 'down') })
  expect(result).toMatchObject({ code: 6, outputs: { 'failure-kind': 'unreachable' } })
  expect(result.log).toMatch(/failed after[^\n]*\n(##\[endgroup\]\n)?##\[error\][\s\S]*hint: /)
  expect(result.summary).toContain('| **Failed in** | Examining shop on 127.0.0.1:1 |')
  const written = result.raw.filter((line) => !line.startsWith('::add-mask::')).join('\n')
  expect(`${written}${result.summary}${result.stderr}`).not.toContain(secret)
})

test('a run whose outputs cannot be written fails', async () => {
  const environment = { BACKUP_DIR: 'backups' }
  const { code, errors } = await runAction({ name: 'checksum', environment, lost: ['GITHUB_OUTPUT'], job })
  expect({ code, errors }).toEqual({
    code: 1,
    errors: expect.arrayContaining([expect.stringContaining('Missing file at path')]),
  })
})

test('a restore shows its plan as a checklist, and refuses without the name', async () => {
  const inputs = { 'database-url': url, store: 'file:backups', backup: 'latest' }
  const plan = await runAction({ name: 'restore', inputs: { ...inputs, 'dry-run': 'true' }, job })
  expect(plan.code).toBe(0)
  expect(plan.summary).toMatch(/### Before[\s\S]*- \[x\][\s\S]*### During[\s\S]*- \[ \]/)
  const refused = await runAction({ name: 'restore', inputs, job })
  expect(refused).toMatchObject({ code: 3, outputs: { 'failure-kind': 'refused' } })
}, 60_000)

test('a restore is ticked off, tells what was kept, and its undo is another run', async () => {
  const base = { 'database-url': url, confirm: 'shop' }
  const done = await runAction({ name: 'restore', inputs: { ...base, store: 'file:backups', backup: 'latest' }, job })
  expect({ code: done.code, errors: done.errors }).toEqual({ code: 0, errors: [] })
  expect(done.summary).toMatch(/✅ Restored/)
  expect(done.summary).not.toContain('- [ ]')
  expect(done.summary).toContain('resguardo restore --undo --confirm shop')
  expect(done.outputs['kept-database']).toMatch(/^shop/)
  const undone = await runAction({ name: 'restore', inputs: { ...base, undo: 'true' }, job })
  expect(undone).toMatchObject({ code: 0, outputs: { database: 'shop' } })
  expect(undone.summary).toMatch(/✅ Undone/)
}, 120_000)

test('a password that equals the database name leaves outputs whole, and is warned of', async () => {
  await server.query('postgres', "CREATE ROLE ledger SUPERUSER LOGIN PASSWORD 'ledger'")
  await server.createDatabase('ledger')
  await server.query('ledger', 'CREATE TABLE t AS SELECT 1 AS a')
  const database = `postgresql://ledger:ledger@${server.host}:${server.port}/ledger`
  const { code, outputs, warnings, masks } = await runAction({
    name: 'dump',
    inputs: { 'database-url': database },
    job,
  })
  expect({ code, warnings }).toEqual({
    code: 0,
    warnings: [expect.stringContaining('secret in database-url is short')],
  })
  expect(masks).not.toContain('ledger')
  const masked = Object.values(outputs).filter((value) => masks.some((mask) => value.includes(mask)))
  expect(masked).toEqual([])
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s during a dump cleans up within five seconds, with a summary',
  async (signal) => {
    const { Client } = await import('pg').then((pg) => pg.default)
    const holder = new Client({ connectionString: url })
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE pg_largeobject_metadata IN ACCESS EXCLUSIVE MODE')
    const place = join(folder, `stopped-${signal}`)
    const { child, finished, said } = startAction({ name: 'dump', inputs: { 'database-url': url }, job: place })
    try {
      await said('Dumping to')
      await pgDumpWaits()
      const began = performance.now()
      child.kill(signal)
      const { code, errors, summary, outputs } = await finished
      expect(performance.now() - began).toBeLessThan(5000)
      expect({ code, errors }).toEqual({ code: 130, errors: [`interrupted by ${signal}`] })
      expect(summary).toContain('dump was interrupted')
      expect(outputs).toEqual({ 'failure-kind': 'interrupted', 'failure-code': 'interrupted' })
      expect(
        readdirSync(join(place, 'workspace'), { recursive: true }).filter((name) => /manifest|dump/.test(String(name))),
      ).toEqual([])
    } finally {
      await holder.end()
    }
  },
)

/** Until pg_dump waits for the catalogue that the test has locked. */
async function pgDumpWaits(): Promise<void> {
  const sql =
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%pg_largeobject_metadata%' AND wait_event_type = 'Lock'"
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await server.query<{ n: number }>('postgres', sql)
    if (row && row.n > 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('pg_dump never waited for the lock')
}
