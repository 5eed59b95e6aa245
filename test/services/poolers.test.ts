// Connection poolers: a real PgBouncer in each of its modes, and poolers that assign sessions in turn.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openRecord } from '../../src/engines/postgres/record/open-record.ts'
import { resguardo } from '../support/command-line.ts'
import { memoryStore } from '../support/memory-store.ts'
import { type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { startTransactionPooler } from '../support/pooler.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, temporaryFolder } from '../support/real-world.ts'
import { runRestore } from '../support/restore-run.ts'

let server: TestPostgres
let folder: string
let url: string
const open: PgBouncer[] = []

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('poolers')
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE t (tenant_id int, n int); INSERT INTO t SELECT i % 2, i FROM generate_series(1, 9) i',
  )
})
afterEach(async () => {
  for (const pooler of open.splice(0)) await pooler.stop()
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const databaseFor = (how: string): string => `restored_${how.replaceAll(' ', '_')}`

async function bouncer(...how: [mode: Parameters<typeof startPgBouncer>[1], ignores: boolean]): Promise<PgBouncer> {
  const pooler = await startPgBouncer(server, ...how)
  open.push(pooler)
  return pooler
}

const advisoryLocks = () => server.query('postgres', "SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
/** Settings that sessions of the pooler would hand to its next client. */
const pathThrough = async (pooler: PgBouncer): Promise<string> => {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: pooler.url('shop') })
  await client.connect()
  const { rows } = await client.query('SHOW search_path')
  await client.end()
  return rows[0].search_path
}

describe('a backup through PgBouncer', () => {
  test.each([false, true])('in session mode is whole (options dropped: %s)', async (ignores) => {
    const pooler = await bouncer('session', ignores)
    const { manifest } = await backUpUrl(pooler.url('shop'), [memoryStore()], { waitForOtherRun: 0 })
    expect(manifest.fingerprint.tables).toMatchObject([{ rows: 9 }])
    await expect.poll(advisoryLocks).toEqual([])
    expect(await pathThrough(pooler)).toBe('"$user", public')
  })

  test.each([
    ['transaction', false],
    ['transaction', true],
    ['statement', false],
    ['statement', true],
  ] as const)('in %s mode is refused before it locks anything (options dropped: %s)', async (mode, ignores) => {
    const pooler = await bouncer(mode, ignores)
    const backup = backUpUrl(pooler.url('shop'), [memoryStore()], { waitForOtherRun: 0 })
    await expect(backup).rejects.toMatchObject({
      code: 'postgres/pooler',
      kind: 'refused',
      message: /pooler/,
      hint: /directly to the server/,
    })
    expect(await advisoryLocks()).toEqual([])
    expect(await pathThrough(pooler)).toBe('"$user", public')
    await backUpUrl(url, [memoryStore()], { waitForOtherRun: 0 })
  })

  test('in transaction mode is refused while other clients keep sessions busy', async () => {
    const pooler = await bouncer('transaction', true)
    const { default: pg } = await import('pg')
    const others = [1, 2].map(() => new pg.Client({ connectionString: pooler.url('shop') }))
    for (const other of others) {
      await other.connect()
      await other.query('BEGIN')
      await other.query('SELECT 1')
    }
    await expect(backUpUrl(pooler.url('shop'), [memoryStore()], { waitForOtherRun: 0 })).rejects.toMatchObject({
      code: 'postgres/pooler',
    })
    for (const other of others) await other.end()
  })

  test('of tenants, on the command line: exit code 3', async () => {
    const pooler = await bouncer('transaction', true)
    const words = [
      'backup',
      '--kind',
      'tenant',
      '--tenant',
      'all',
      '--tenant-column',
      'tenant_id',
      '--backup-dir',
      folder,
    ]
    const { code, stderr } = await resguardo(words, { DATABASE_URL: pooler.url('shop') })
    expect([code, stderr]).toEqual([3, expect.stringContaining('code: postgres/pooler')])
    expect(await advisoryLocks()).toEqual([])
  })
})

test('a backup through a pooler that hands out sessions in turn is refused', async () => {
  const pooler = await trusted(() => startTransactionPooler(server.port, server.user, 'shop'))
  try {
    const address = `postgresql://postgres@127.0.0.1:${pooler.port}/shop?sslmode=disable`
    await expect(backUpUrl(address, [memoryStore()], { waitForOtherRun: 0 })).rejects.toMatchObject({
      code: 'postgres/pooler',
    })
    expect(await advisoryLocks()).toEqual([])
  } finally {
    pooler.close()
  }
})

/** While the server asks nobody for a password. */
async function trusted<T>(work: () => Promise<T>): Promise<T> {
  const { readFile, writeFile } = await import('node:fs/promises')
  const file = join(server.folder, 'data', 'pg_hba.conf')
  const before = await readFile(file)
  await writeFile(file, 'host all all 127.0.0.1/32 trust\nlocal all all trust\n')
  await server.query('postgres', 'SELECT pg_reload_conf()')
  try {
    await expect
      .poll(() => server.query('postgres', "SELECT 1 FROM pg_hba_file_rules WHERE auth_method = 'trust'"))
      .not.toEqual([])
    return await work()
  } finally {
    await writeFile(file, before)
    await server.query('postgres', 'SELECT pg_reload_conf()')
  }
}

describe('a restore through PgBouncer', () => {
  const restores = [
    ['in place', (database: string) => ({ strategy: 'in-place', confirm: database, 'skip-safety-backup': 'true' })],
    ['by a swap', (database: string) => ({ confirm: database })],
  ] as const

  beforeAll(async () => {
    for (const [how] of restores) {
      await server.createDatabase(databaseFor(how))
      await server.query(databaseFor(how), 'CREATE TABLE t (n int)')
    }
  })

  test.each(restores)('%s works in session mode', async (how, inputs) => {
    const database = databaseFor(how)
    const store = memoryStore()
    const { manifest } = await backUpUrl(url, [store])
    const pooler = await bouncer('session', true)
    await runRestore(pooler.url(database), [store], { backup: manifest.id, name: 'shop', ...inputs(database) })
    await pooler.stop()
    expect(await server.query(database, 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 9 }])
  })

  test.each([
    ['in-place', 'transaction', false],
    ['swap', 'transaction', true],
    ['swap', 'statement', true],
  ] as const)('%s is refused in %s mode, also with --dry-run', async (strategy, mode, dryRun) => {
    const store = memoryStore()
    const { manifest } = await backUpUrl(url, [store])
    const pooler = await bouncer(mode, true)
    const inputs = { backup: manifest.id, confirm: 'shop', strategy, ...(dryRun && { 'dry-run': 'true' }) }
    await expect(runRestore(pooler.url('shop'), [store], inputs)).rejects.toMatchObject({ code: 'postgres/pooler' })
    expect(await advisoryLocks()).toEqual([])
  })
})

test('the record of runs, which needs no session, works in transaction mode, and refuses statement mode', async () => {
  const row = { id: 'a', kind: 'platform', trigger: 'manual', status: 'running', startedAt: new Date(0) } as const
  const save = async (mode: 'transaction' | 'statement'): Promise<void> => {
    const record = await openRecord((await bouncer(mode, true)).url('shop'), {
      table: '"BackupRun"',
      create: 'anywhere',
    })
    await record.save(row)
  }
  await expect(save('statement')).rejects.toMatchObject({ code: 'postgres/pooler' })
  await save('transaction')
  expect(await server.query('shop', 'SELECT id FROM "BackupRun"')).toEqual([{ id: 'a' }])
})
