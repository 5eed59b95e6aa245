// Databases that a killed restore leaves: the next restore drops them, and no other database.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { withMarker } from '../../src/engines/postgres/live/marker.ts'
import { newDatabaseName } from '../../src/engines/postgres/live/names.ts'
import { type Finished, type Running, resguardo, startResguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { allProcesses } from '../support/process-tree.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let environment: Record<string, string>
const stopped: number[] = []

beforeAll(async () => {
  server = await startPostgres()
  const url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE TABLE sale AS SELECT g AS id, (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 30) i) AS b FROM generate_series(1, 12000) g`,
  )
  folder = await temporaryFolder('killed-restore')
  environment = { DATABASE_URL: url, BACKUP_DIR: join(folder, 'backups'), TMPDIR: folder }
  expect((await resguardo(['backup'], environment)).code).toBe(0)
  await server.query('shop', 'DELETE FROM sale WHERE id > 5')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => expect(await databases()).toEqual(['shop']))

afterEach(async () => {
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT')
  for (const name of await databases()) if (name !== 'shop') await server.dropDatabase(name)
})

const databases = async (): Promise<string[]> => {
  const sql = "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1"
  return (await server.query<{ name: string }>('postgres', sql)).map(({ name }) => name)
}
const restoring = async (): Promise<string[]> => (await databases()).filter((name) => name.includes('_restoring_'))
const dryRun = (): Promise<Finished> => resguardo(['restore', '--dry-run'], environment)
const restoreCopy = (...more: string[]): Running =>
  startResguardo(['restore', '--strategy', 'new', '--target-database', 'copy', ...more], environment)

async function poll(condition: () => Promise<boolean>, running?: Running): Promise<void> {
  while (!(await condition())) {
    if (running && running.child.exitCode !== null) throw new Error((await running.finished).stderr)
    await sleep(5)
  }
}

async function kill(running: Running): Promise<void> {
  running.child.kill('SIGKILL')
  await running.finished
}

/** Stops the server's sessions that load, so that the restore goes on until `afterEach`. */
async function stall(running: Running): Promise<void> {
  const postmaster = Number((await readFile(join(server.folder, 'data/postmaster.pid'), 'utf8')).split('\n')[0])
  await poll(async () => {
    const loading = allProcesses().filter(
      ({ parent, words }) => parent === postmaster && / shop_restoring_\S+ .* COPY/.test(words),
    )
    for (const { pid } of loading) process.kill(pid, 'SIGSTOP')
    return stopped.push(...loading.map(({ pid }) => pid)) > 0
  }, running)
}

test('the database of a restore killed during CREATE DATABASE is listed, and the next restore drops it', async () => {
  const blocker = new pg.Client({ connectionString: server.superuserUrl })
  await blocker.connect()
  // CREATE DATABASE waits for the lock of its template.
  await blocker.query('BEGIN; ALTER DATABASE template0 RENAME TO other')
  const running = restoreCopy()
  const creating = "SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND wait_event_type = 'Lock'"
  await poll(async () => (await server.query('postgres', creating)).length === 1, running)
  await kill(running)
  await blocker.query('ROLLBACK')
  await blocker.end()
  await poll(async () => (await restoring()).length === 1)
  const [left = ''] = await restoring()
  const [comment] = await server.query(
    'postgres',
    `SELECT shobj_description(oid, 'pg_database') AS text FROM pg_database WHERE datname = '${left}'`,
  )
  expect(comment).toEqual({ text: null })
  const named = await dryRun()
  expect([named.code, named.stdout.includes(left)]).toEqual([0, true])
  expect(await databases()).toEqual(['shop', left])
  const again = await restoreCopy().finished
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining(left)])
  expect(await databases()).toEqual(['copy', 'shop'])
  expect(await server.query('copy', 'SELECT count(*)::int AS n FROM sale')).toEqual([{ n: 12000 }])
})

test('the database of a restore killed during the load is dropped by the next restore of any strategy', async () => {
  const killed = restoreCopy()
  await stall(killed)
  await kill(killed)
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT')
  const [left = ''] = await restoring()
  await poll(
    async () => (await server.query('postgres', `SELECT FROM pg_stat_activity WHERE datname = '${left}'`)).length === 0,
  )
  const again = await resguardo(
    ['restore', '--strategy', 'new', '--target-schema', 'old', '--table', 'public.sale', '--confirm', 'shop'],
    environment,
  )
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining(left)])
  expect(await databases()).toEqual(['shop'])
  await server.query('shop', 'DROP SCHEMA old CASCADE')
})

test('the database of a running restore is neither reported as a leftover nor dropped', async () => {
  const running = restoreCopy()
  await stall(running)
  const [made = ''] = await restoring()
  const { stdout } = await dryRun()
  const [step = ''] = stdout.split('\n').filter((line) => line.includes(made))
  expect(step).toMatch(/is running: process \d+, resguardo, as postgres, .*since \d{4}-/)
  expect(stdout).not.toContain('interrupted')
  const second = await restoreCopy().finished
  expect(second.stderr).toContain('code: restore/already-running')
  expect(await restoring()).toEqual([made])
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT')
  expect((await running.finished).code).toBe(0)
  expect(await databases()).toEqual(['copy', 'shop'])
})

test('the error of a blocked restore names the restoring session and no lock holder of another database', async () => {
  await server.createDatabase('other')
  const foreign = await Promise.all(
    ['shop', 'other', 'template1'].map(async (database) => {
      const client = new pg.Client({ connectionString: server.url(database), application_name: 'foreign' })
      await client.connect()
      await client.query("SELECT pg_advisory_lock(hashtext('resguardo restore'), hashtext('shop'))")
      return client
    }),
  )
  try {
    const running = restoreCopy()
    await stall(running)
    const [session] = await server.query<{ pid: number }>(
      'postgres',
      `SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND objid = hashtext('shop')::oid AND application_name = 'resguardo'`,
    )
    const { stdout } = await dryRun()
    expect(stdout).toContain(`is running: process ${session?.pid}, resguardo, as postgres`)
    const ofOther = await resguardo(['restore', '--dry-run', '--name', 'shop'], {
      ...environment,
      DATABASE_URL: server.url('other'),
    })
    expect(ofOther.stdout).not.toMatch(/is running|_restoring_/)
    for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT')
    expect((await running.finished).code).toBe(0)
  } finally {
    for (const client of foreign) await client.end()
  }
})

test('a leftover of another database whose long name has the same beginning is not dropped or reported', async () => {
  const [own, other] = ['a', 'b'].map((end) => 'x'.repeat(40) + end.repeat(23)) as [string, string]
  const made = newDatabaseName(other, 'restoring', '20260101T000000Z', new Set())
  environment = { ...environment, DATABASE_URL: await server.createDatabase(own) }
  try {
    await server.query(own, 'CREATE TABLE sale AS SELECT 1 AS id')
    await server.createDatabase(made)
    await server.query('postgres', `ALTER DATABASE "${made}" ALLOW_CONNECTIONS false`)
    expect((await resguardo(['backup'], environment)).code).toBe(0)
    const { code, stdout } = await dryRun()
    expect([code, stdout.includes(made)]).toEqual([0, false])
    const { code: ended, stderr } = await restoreCopy().finished
    expect([ended, stderr.includes(made)]).toEqual([0, false])
    expect(await databases()).toEqual(['copy', 'shop', own, made].sort())
  } finally {
    environment = { ...environment, DATABASE_URL: server.url('shop') }
  }
})

test('databases that are in use, renamed, open to connections or of other origin are not dropped', async () => {
  const stamp = '20260101T000000Z'
  const comment = withMarker(undefined, {
    role: 'restoring',
    database: 'shop',
    backup: 'x',
    time: '2026-01-01T00:00:00.000Z',
  })
  const used = `shop_restoring_${stamp}`
  const opened = `shop_restoring_${stamp}_3`
  const names = [used, `shop_restoring_${stamp}_2`, opened, 'shop_saved', `shopping_restoring_${stamp}`]
  for (const name of names) await server.createDatabase(name)
  for (const name of [used, opened, 'shop_saved'])
    await server.query('postgres', `COMMENT ON DATABASE "${name}" IS '${comment}'`)
  await server.query('postgres', `ALTER DATABASE "shopping_restoring_${stamp}" ALLOW_CONNECTIONS false`)
  const user = new pg.Client({ connectionString: server.url(used) })
  await user.connect()
  const { stdout } = await dryRun()
  expect(stdout).toMatch(new RegExp(`${used} .*in use by process \\d+`))
  for (const name of [opened, 'shop_saved']) expect(stdout).toContain(name)
  expect((await restoreCopy().finished).code).toBe(0)
  expect(await databases()).toEqual(['copy', 'shop', ...names].sort())
  await user.end()
})
