// Restores into a live database that is damaged, that fail before completion, or that cannot start.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { startResguardo } from '../support/command-line.ts'
import { changeManifest, flipBit } from '../support/damaged-backup.ts'
import { databaseNames } from '../support/database-names.ts'
import { endSessions } from '../support/ended-sessions.ts'
import { recordingReporter, reporterAtPhase } from '../support/fakes.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, temporaryFolder } from '../support/real-world.ts'
import { textOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'
import { makeSmallDisk } from '../support/small-disk.ts'

let server: TestPostgres
let url: string
let store: MemoryStore

beforeAll(async () => {
  server = await startPostgres()
  await server.query('postgres', "CREATE ROLE seller LOGIN PASSWORD 'secret' CREATEDB")
  await server.query('postgres', "CREATE ROLE guest LOGIN PASSWORD 'secret'")
})

afterAll(() => server?.stop())

beforeEach(async () => {
  url = await server.createDatabase('shop', 'OWNER seller')
  await server.query(
    'shop',
    `SET ROLE seller; CREATE TABLE sale (id int PRIMARY KEY, note text); INSERT INTO sale SELECT n, md5(n::text) FROM generate_series(1, 20000) n;
     GRANT SELECT ON sale TO guest`,
  )
  await backUpAfresh()
  await server.query('shop', 'DELETE FROM sale WHERE id > 5')
})

afterEach(async () => {
  for (const name of await databases()) await server.dropDatabase(name)
})

/** A store that holds a backup of now alone: beside a larger one it would be suspect, and not the latest good one. */
async function backUpAfresh(): Promise<void> {
  store = memoryStore()
  await backUpUrl(url, [store])
}

/** The database as the role that owns it. */
const sellerUrl = () => toUrl({ ...server.address('shop'), user: 'seller', password: 'secret' })

const databases = () => databaseNames(server)
const sales = async () => (await server.query<{ n: number }>('shop', 'SELECT count(*)::int AS n FROM sale'))[0]?.n

/** After a failed restore: the live database as it was, open to all, nothing beside it. */
async function expectUntouched(): Promise<void> {
  expect(await databases()).toEqual(['shop'])
  expect(await sales()).toBe(5)
}

describe('restore of a corrupt or missing live database', () => {
  test('a restore succeeds if the files of the live database are destroyed', async () => {
    const sql = "SELECT oid::int FROM pg_database WHERE datname = 'shop'"
    const [row] = await server.query<{ oid: number }>('postgres', sql)
    await server.query('postgres', 'CHECKPOINT')
    const folder = join(server.folder, 'data/base', String(row?.oid))
    for (const file of await readdir(folder)) await rm(join(folder, file))
    await expect(sales()).rejects.toThrow()
    const { outcome } = await runRestore(url, [store], { confirm: 'shop' })
    expect(await sales()).toBe(20000)
    expect(outcome.outputs['kept-database']).toMatch(/^shop_before_/)
    const told = await runRestore(url, [store], { undo: 'true', 'dry-run': 'true' })
    expect(textOf(told.outcome)).toContain('no writes were detected')
  })

  test('a restore succeeds if the live database does not exist', async () => {
    await server.dropDatabase('shop')
    await runRestore(url, [store], { confirm: 'shop' })
    expect(await sales()).toBe(20000)
    expect(await databases()).toEqual(['shop'])
  })
})

describe('failed restore that leaves the live database unchanged', () => {
  test('the session that loads the backup is terminated', async () => {
    const loading = "datname LIKE 'shop_restoring_%' AND query LIKE 'COPY%'"
    let over = false
    const ending = endSessions(server, loading, (ended) => over || ended > 0)
    const failing = runRestore(url, [store], { confirm: 'shop' }).finally(() => {
      over = true
    })
    await expect(failing).rejects.toMatchObject({ kind: expect.stringMatching(/unreachable|tool/) })
    await ending
    await expectUntouched()
  })

  test('the stored bytes are damaged', async () => {
    flipBit(store)
    await expect(runRestore(url, [store], { confirm: 'shop' })).rejects.toMatchObject({ code: 'store/object-damaged' })
    await expectUntouched()
  })

  test('the loaded data differs from the backup', async () => {
    changeManifest(store, ({ fingerprint }) => ({
      fingerprint: { ...fingerprint, tables: fingerprint.tables.map((table) => ({ ...table, rows: table.rows + 1 })) },
    }))
    const failing = runRestore(url, [store], { confirm: 'shop' })
    await expect(failing).rejects.toMatchObject({ code: 'restore/differs' })
    await expectUntouched()
  })

  test.each(['Loading', 'Comparing', 'Gathering', 'Exchanging'])('a signal arrives in the phase %s', async (phase) => {
    const control = new AbortController()
    const reporter = reporterAtPhase(phase, () => {
      setTimeout(() => control.abort(new Failure('interrupted', 'stopped')), phase === 'Exchanging' ? 0 : 40)
    })
    const failing = runRestore(url, [store], { confirm: 'shop' }, { signal: control.signal, reporter })
    await expect(failing).rejects.toMatchObject({ code: 'interrupted' })
    await expectUntouched()
  })

  test('a killed restore is named by the next restore, which succeeds', async () => {
    const folder = await temporaryFolder('killed-restore')
    const environment = { DATABASE_URL: url, BACKUP_DIR: folder }
    expect((await startResguardo(['backup'], environment).finished).code).toBe(0)
    const killed = startResguardo(['restore', '--confirm', 'shop'], environment)
    await killed.said('Comparing')
    killed.child.kill('SIGKILL')
    await killed.finished
    await sleep(500)
    expect(await sales()).toBe(5)
    const [leftover = ''] = (await databases()).filter((name) => name !== 'shop')
    const again = await startResguardo(['restore', '--confirm', 'shop'], environment).finished
    expect(again.stderr).toContain(leftover)
    expect(again.code).toBe(0)
    await rm(folder, { recursive: true, force: true })
  })

  test('a session that may not be terminated stays connected, and no database is renamed or dropped', async () => {
    const superuser = new pg.Client({ connectionString: url })
    await superuser.connect()
    const { outcome } = await runRestore(sellerUrl(), [store], { 'dry-run': 'true' })
    expect(textOf(outcome)).toContain('cannot end sessions of postgres')
    const failing = runRestore(sellerUrl(), [store], { confirm: 'shop' })
    await expect(failing).rejects.toMatchObject({ code: 'restore/sessions-connected' })
    await superuser.query('SELECT 1')
    await superuser.end()
    await expectUntouched()
    await runRestore(sellerUrl(), [store], { confirm: 'shop' })
    expect(await sales()).toBe(20000)
  })

  test('a full disk is reported, and the live database and the other databases stay available', async ({ skip }) => {
    const disk = (await makeSmallDisk(server)) ?? skip('only root can mount a small disk')
    try {
      await server.query('postgres', 'ALTER DATABASE shop SET TABLESPACE small')
      await server.query('shop', 'INSERT INTO sale SELECT n, repeat(md5(n::text), 8) FROM generate_series(6, 60000) n')
      await backUpAfresh()
      await server.query('shop', 'TRUNCATE sale; INSERT INTO sale SELECT n FROM generate_series(1, 5) n')
      await disk.fill('38M')
      changeManifest(store, ({ database }) => ({ database: { ...database, bytes: 1 } }))
      const failing = runRestore(url, [store], { confirm: 'shop' })
      await expect(failing).rejects.toMatchObject({ code: 'disk/full' })
      await expectUntouched()
      await server.query('shop', 'INSERT INTO sale VALUES (6)')
    } finally {
      for (const name of await databases()) await server.dropDatabase(name)
      await disk.remove()
    }
  })
})

describe('restore refused before any change', () => {
  const refused = async (words: string | RegExp, inputs: Record<string, string> = {}) => {
    const reporter = recordingReporter()
    const failing = runRestore(url, [store], { confirm: 'shop', ...inputs }, { reporter })
    await expect(failing).rejects.toMatchObject({
      code: 'restore/blocked',
      details: expect.arrayContaining([expect.stringMatching(words)]),
      hint: expect.stringContaining('Nothing was changed'),
    })
    expect(reporter.texts('phase').some((title) => /Creating|Loading/.test(title))).toBe(false)
    await expectUntouched()
  }

  test('a missing role is named', async () => {
    await server.query('shop', 'DROP OWNED BY guest')
    await server.query('postgres', 'DROP ROLE guest')
    await refused(/Roles are missing: guest/)
    await server.query('postgres', "CREATE ROLE guest LOGIN PASSWORD 'secret'")
  })

  test('a missing extension is named with the package that contains it', async () => {
    const extensions = [{ name: 'vector', version: '0.7', schema: 'public' }]
    changeManifest(store, ({ database }) => ({ database: { ...database, extensions } }))
    await refused(/Extensions are missing: vector\. .*postgresql-15-pgvector/)
  })

  test('insufficient disk space is named', async () => {
    changeManifest(store, ({ database }) => ({ database: { ...database, bytes: 1e15 } }))
    const socket = toUrl({ ...server.address('shop') })
    const { outcome } = await runRestore(socket, [store], { 'dry-run': 'true' })
    expect(textOf(outcome)).toMatch(/1.20 PB (of disk space|needed)/)
    if (!textOf(outcome).includes('cannot be checked')) await refused(/1.20 PB (of disk space|needed)/)
  })

  test('a backup of a newer server version is named', async () => {
    changeManifest(store, ({ server: facts }) => ({ server: { ...facts, version: '19.1', major: 19 } }))
    await refused(/An older server may not be able to load the backup/)
  })

  test('a missing right to create databases is named', async () => {
    await server.query('postgres', 'ALTER ROLE seller NOCREATEDB')
    url = sellerUrl()
    await refused(/seller cannot create databases/)
    await server.query('postgres', 'ALTER ROLE seller CREATEDB')
  })

  test('a missing membership in a role that owns objects is named', async () => {
    await server.query('shop', 'CREATE TABLE other (); ALTER TABLE other OWNER TO guest')
    await backUpAfresh()
    url = sellerUrl()
    await refused(/seller is not a member of guest/)
  })
})

test('a setting that the role may not restore fails before the load and is named', async () => {
  await server.query('postgres', "ALTER ROLE guest IN DATABASE shop SET work_mem = '9MB'")
  const reporter = recordingReporter()
  const failing = runRestore(sellerUrl(), [store], { confirm: 'shop' }, { reporter })
  await expect(failing).rejects.toMatchObject({
    code: 'restore/settings-failed',
    message: expect.stringContaining('ALTER ROLE "guest" IN DATABASE'),
  })
  expect(reporter.texts('phase').some((title) => title.startsWith('Loading'))).toBe(false)
  await expectUntouched()
})

test("a restore of a table creates the table's schema if it does not exist", async () => {
  await server.query('shop', 'CREATE SCHEMA "odd ""x"; CREATE TABLE "odd ""x".t AS SELECT 1 AS a')
  await backUpAfresh()
  await runRestore(url, [store], { strategy: 'new', 'target-database': 'part', table: ['"odd ""x"."t"'] })
  expect(await server.query('part', 'SELECT a FROM "odd ""x".t')).toEqual([{ a: 1 }])
})
