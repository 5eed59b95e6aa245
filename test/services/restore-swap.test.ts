// A restore that swaps the restored database with the live one, and its undo.
import { createServer } from 'node:http'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { appUrl, createOddShop, createRoles, live, properties } from '../support/odd-shop.ts'
import { startWriters } from '../support/order-writers.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { textOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

let server: TestPostgres
let url: string
let store: MemoryStore
let manifest: PostgresManifest

beforeAll(async () => {
  server = await startPostgres({ settings: { max_prepared_transactions: '5', wal_level: 'logical' } })
  await createRoles(server)
})

afterAll(() => server?.stop())

beforeEach(async () => {
  const names = await server.query<{ name: string }>(
    'postgres',
    "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'",
  )
  for (const { name } of names) await server.dropDatabase(name)
  url = await createOddShop(server)
  store = memoryStore()
  manifest = (await backUpUrl(url, [store])).manifest
})

/** Restores the backup into the odd shop. */
const restore = (inputs: Parameters<typeof runRestore>[2], more?: Parameters<typeof runRestore>[3]) =>
  runRestore(url, [store], inputs, more)

const query = <T>(database: string, sql: string, values?: unknown[]) => server.query<T>(database, sql, values)
const named = async (pattern: string) =>
  (
    await query<{ name: string }>('postgres', 'SELECT datname AS name FROM pg_database WHERE datname LIKE $1', [
      pattern,
    ])
  ).map(({ name }) => name)
const orders = async (database = live): Promise<number> =>
  (await query<{ n: number }>(database, 'SELECT count(*)::int AS n FROM public."Order"'))[0]?.n ?? -1

describe('a swap', () => {
  test('cannot be undone after a later restore in place, which names its safety backup', async () => {
    const swapped = await restore({ confirm: live })
    const { outcome } = await restore({ confirm: live, strategy: 'in-place', backup: manifest.id })
    const safety = String(outcome.outputs['safety-backup-id'])
    const refused = restore({ undo: 'true', 'dry-run': 'true' })
    await expect(refused).rejects.toMatchObject({
      code: 'restore/nothing-to-undo',
      hint: expect.stringContaining(safety),
    })
    const before = String(swapped.outcome.outputs['kept-database'])
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining(before) })
    await restore({ confirm: live, backup: manifest.id })
    const kept = await restore({ undo: 'true', confirm: live })
    expect(kept.outcome.failure).toBeUndefined()
    await expect(restore({ undo: 'true', 'dry-run': 'true' })).rejects.toMatchObject({
      hint: expect.stringContaining(safety),
    })
  })

  test('brings the backup back, keeps the old database, and undo swaps back', async () => {
    await query(live, 'DELETE FROM public."Order" WHERE id > 100')
    const before = await properties(server, live)
    const { outcome } = await restore({ confirm: live })
    expect(await orders()).toBe(500)
    expect(await properties(server, live)).toEqual(before)
    const kept = String(outcome.outputs['kept-database'])
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(63)
    expect(kept).toMatch(/^shop "live" .*_before_\d{8}T\d{6}Z$/)
    expect(await orders(kept)).toBe(100)
    expect(textOf(outcome)).toContain(`resguardo restore --undo --confirm '${live.replaceAll("'", "'\\''")}'`)
    expect(await named('%\\_restoring\\_%')).toEqual([])

    await query(
      live,
      `INSERT INTO public."Order" (note) VALUES ('new'); UPDATE public."Order" SET note = 'x' WHERE id = 1;
                       DELETE FROM public."Order" WHERE id = 2; CREATE TABLE public.made (); INSERT INTO public.made DEFAULT VALUES`,
    )
    await query(live, 'SELECT pg_stat_force_next_flush()')
    const told = await restore({ undo: 'true', 'dry-run': 'true' })
    expect(told.outcome.document).toMatchObject({
      kept: { name: kept },
      live: { name: live },
      lost: ['public.Order: 2 rows inserted or changed, 1 row deleted.', 'public.made: a new table, 1 row.'],
    })
    expect(await orders()).toBe(500)
    const undone = await restore({ undo: 'true', confirm: live })
    expect(await orders()).toBe(100)
    expect(await properties(server, live)).toEqual(before)
    expect(await orders(String(undone.outcome.outputs['kept-database']))).toBe(500)
    await expect(restore({ undo: 'true', confirm: live })).rejects.toMatchObject({ code: 'restore/nothing-to-undo' })
  })

  test('nothing written before the swap and nothing acknowledged after it is lost, and the application goes on', async () => {
    const { acknowledged, stop } = startWriters(appUrl(server))
    await expect.poll(() => acknowledged.length).toBeGreaterThan(10)
    const { outcome } = await restore({ confirm: live })
    const written = acknowledged.length
    await expect.poll(() => acknowledged.length).toBeGreaterThan(written + 10)
    await stop()
    const kept = String(outcome.outputs['kept-database'])
    for (const database of [live, kept]) {
      const [row] = await query<{ oid: number; notes: string[] }>(
        database,
        'SELECT oid::int, (SELECT array_agg(note) FROM public."Order") AS notes FROM pg_database WHERE datname = current_database()',
      )
      const here = acknowledged.filter((write) => write.database === row?.oid).map(({ note }) => note)
      expect(here.length).toBeGreaterThan(10)
      expect(row?.notes).toEqual(expect.arrayContaining(here))
    }
    expect(outcome.outputs['closed-seconds']).toBeLessThan(3)
  })

  test('works when the live database is corrupt, and when it is gone', async () => {
    const before = await properties(server, live)
    await query('postgres', `UPDATE pg_database SET datallowconn = false WHERE datname = $1`, [live])
    await restore({ confirm: live })
    expect(await properties(server, live)).toEqual(before)
    for (const name of await named('shop%')) await server.dropDatabase(name)
    const { outcome } = await restore({ confirm: live })
    expect(outcome.outputs['kept-database']).toBeUndefined()
    expect(await orders()).toBe(500)
    expect(await properties(server, live)).toEqual(before)
  })

  test('a dry run prints the checklist and changes nothing', async () => {
    const { outcome } = await restore({ 'dry-run': 'true' })
    const text = textOf(outcome)
    expect(text).toContain('[ok]')
    expect(text).toContain('[plan]')
    expect(text).not.toContain('[blocked]')
    expect(text).toContain('nothing was changed')
    expect(await named('shop%')).toEqual([live])
  })

  test('without the name typed nothing is done', async () => {
    await expect(restore({})).rejects.toMatchObject({
      code: 'restore/not-confirmed',
      hint: expect.stringContaining('--confirm'),
    })
    await expect(restore({ confirm: 'shop' })).rejects.toMatchObject({ code: 'restore/not-confirmed' })
    await expect(restore({ undo: 'true', confirm: 'shop' })).rejects.toMatchObject({ code: 'restore/nothing-to-undo' })
  })

  test('prepared transactions, replication slots and active subscriptions block it by name', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`SELECT pg_create_logical_replication_slot('the_slot', 'pgoutput')`)
    await client.query(`BEGIN; INSERT INTO public."Order" (note) VALUES ('p'); PREPARE TRANSACTION 'the gid'`)
    await client.query(`CREATE SUBSCRIPTION the_sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`)
    await client.query('UPDATE pg_subscription SET subenabled = true')
    const { outcome } = await restore({ 'dry-run': 'true' })
    for (const name of ['the gid', 'the_slot', 'the_sub']) expect(textOf(outcome)).toContain(name)
    expect(outcome.failure).toMatchObject({ code: 'restore/blocked' })
    await expect(restore({ confirm: live })).rejects.toMatchObject({ code: 'restore/blocked' })
    const clean = [
      "ROLLBACK PREPARED 'the gid'",
      "SELECT pg_drop_replication_slot('the_slot')",
      'ALTER SUBSCRIPTION the_sub DISABLE',
      'ALTER SUBSCRIPTION the_sub SET (slot_name = NONE)',
      'DROP SUBSCRIPTION the_sub',
    ]
    for (const statement of clean) await client.query(statement)
    await client.end()
    expect(await named('shop%')).toEqual([live])
  })
})

describe('commands and health around a swap', () => {
  test('run around the swap alone, and a health URL is polled at the end', async () => {
    let asked = 0
    const http = createServer((_, answer) => {
      asked += 1
      answer.writeHead(asked < 3 ? 503 : 200).end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => http.once('listening', resolve))
    const { port } = http.address() as { port: number }
    const ran: string[] = []
    const { reporter } = await restore(
      {
        confirm: live,
        before: ['stop api'],
        after: ['start api'],
        'health-url': `http://127.0.0.1:${port}/health?token=secret`,
      },
      { runUserCommand: async (command) => ran.push(command) - ran.length },
    )
    http.close()
    expect(ran).toEqual(['stop api', 'start api'])
    expect(asked).toBe(3)
    const phases = reporter.texts('phase')
    expect(phases.indexOf('Running: stop api')).toBeGreaterThan(phases.indexOf('Gathering statistics (ANALYZE)'))
    expect(phases.join()).not.toContain('secret')
  })

  test('a failing command before it stops everything, and the application is started again', async () => {
    const ran: string[] = []
    const runUserCommand = async (command: string) => ran.push(command) && (command === 'stop api' ? 3 : 0)
    const failing = restore({ confirm: live, before: ['stop api'], after: ['start api'] }, { runUserCommand })
    await expect(failing).rejects.toMatchObject({
      code: 'restore/hook-failed',
      message: expect.stringContaining('exited with 3: stop api'),
    })
    expect(ran).toEqual(['stop api', 'start api'])
    expect(await named('shop%')).toEqual([live])
  })

  test('an application that stays unhealthy fails the command and says how to undo', async () => {
    const { outcome } = await restore(
      {
        confirm: live,
        after: ['start api'],
        'health-url': 'http://127.0.0.1:9/',
        'health-timeout': '1s',
      },
      { runUserCommand: async () => 0 },
    )
    expect(outcome.failure).toMatchObject({
      code: 'restore/unhealthy',
      hint: expect.stringContaining('restore --undo --confirm'),
    })
    expect(outcome.outputs['kept-database']).toBeDefined()
    expect(await named('%before%')).toHaveLength(1)
  })

  test('a database with one of everything is swapped in from every format', { timeout: 240_000 }, async () => {
    const wide = await makeWideDatabase(server, 'wide')
    for (const format of ['custom', 'plain', 'directory'] as const) {
      const store = memoryStore()
      const dump = { format, jobs: 2, sourceCounts: true, globals: false, lockTimeout: 5 }
      await backUpUrl(wide, [store], { dump: { ...dump, selection: everything } })
      await query('wide', 'TRUNCATE "Tenant" CASCADE')
      await runRestore(wide, [store], { confirm: 'wide' })
      expect(await query('wide', 'SELECT count(*)::int AS n FROM "Tenant"')).toEqual([{ n: 3 }])
    }
  })
})
