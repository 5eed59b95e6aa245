import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { textOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

const id = pg.escapeIdentifier
const literal = pg.escapeLiteral
/** Quotes, spaces, emoji, a backslash, and in all 63 bytes long, so that suffixes must cut it between characters. */
const live = `shop "live" it's \\ 🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒 é`
const owner = `owner "of" it's 🐘`
const app = `app 'role' "x" 🛒`
const reader = 'reader $(x) é'

let server: TestPostgres
let url: string

beforeAll(async () => {
  server = await startPostgres({ settings: { max_prepared_transactions: '5', wal_level: 'logical' } })
  await server.query(
    'postgres',
    `CREATE ROLE ${id(owner)}; CREATE ROLE ${id(app)} LOGIN PASSWORD 'secret'; CREATE ROLE ${id(reader)};
     CREATE ROLE granter; CREATE ROLE "only connects" LOGIN PASSWORD 'secret'`,
  )
})

afterAll(() => server?.stop())

beforeEach(async () => {
  const names = await server.query<{ name: string }>(
    'postgres',
    "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'",
  )
  for (const { name } of names) await server.dropDatabase(name)
  url = await server.createDatabase(live, `OWNER ${id(owner)}`)
  await server.query(
    live,
    `CREATE TABLE "Order" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
     ALTER TABLE "Order" OWNER TO ${id(owner)}; GRANT SELECT, INSERT, UPDATE, DELETE ON "Order" TO ${id(app)};
     INSERT INTO "Order" (note) SELECT 'n' || n FROM generate_series(1, 500) n;
     REVOKE ALL ON DATABASE ${id(live)} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE ${id(live)} TO ${id(app)};
     GRANT CREATE ON DATABASE ${id(live)} TO granter WITH GRANT OPTION; GRANT CONNECT ON DATABASE ${id(live)} TO granter, ${id(reader)};
     SET ROLE granter; GRANT CREATE ON DATABASE ${id(live)} TO ${id(reader)}; RESET ROLE;
     ALTER DATABASE ${id(live)} SET search_path = "$user", public, ${id('odd, "path"')};
     ALTER DATABASE ${id(live)} SET work_mem = '5MB'; ALTER DATABASE ${id(live)} SET "shop.tax" = 'a, ''b'' "c" \\ é';
     ALTER DATABASE ${id(live)} SET DateStyle = 'German, DMY';
     ALTER ROLE ${id(app)} IN DATABASE ${id(live)} SET statement_timeout = '7s';
     ALTER ROLE ${id(app)} IN DATABASE ${id(live)} SET search_path = '';
     ALTER ROLE ${id(reader)} IN DATABASE ${id(live)} SET "shop.tenant" = '🛒';
     ALTER DATABASE ${id(live)} CONNECTION LIMIT 17;
     COMMENT ON DATABASE ${id(live)} IS ${literal('It\'s "ours" \\ 🛒\n\nresguardo restore: not a marker')}`,
  )
})

const query = <T>(database: string, sql: string, values?: unknown[]) => server.query<T>(database, sql, values)
const named = async (pattern: string) =>
  (
    await query<{ name: string }>('postgres', 'SELECT datname AS name FROM pg_database WHERE datname LIKE $1', [
      pattern,
    ])
  ).map(({ name }) => name)
const orders = async (database = live): Promise<number> =>
  (await query<{ n: number }>(database, 'SELECT count(*)::int AS n FROM public."Order"'))[0]?.n ?? -1

/** Everything about a database that is not in it. */
async function properties(database: string) {
  return query(
    'postgres',
    `SELECT pg_get_userbyid(datdba) AS owner, datconnlimit, datistemplate, datallowconn, pg_encoding_to_char(encoding), datcollate, datctype,
            regexp_replace(shobj_description(oid, 'pg_database'), E'\\n\\nresguardo restore: \\\\{.*$', '') AS comment,
            (SELECT jsonb_agg(a ORDER BY a) FROM (SELECT jsonb_build_array(pg_get_userbyid(grantor), grantee::regrole, privilege_type, is_grantable) AS a
               FROM aclexplode(datacl)) AS acl) AS acl,
            (SELECT jsonb_agg(jsonb_build_array(setrole::regrole, setconfig) ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = oid) AS settings
       FROM pg_database WHERE datname = $1`,
    [database],
  )
}

function appUrl(): string {
  return toUrl({ ...server.address(live), user: app, password: 'secret' })
}

describe('a swap', () => {
  test('cannot be undone after a later restore in place, which names its safety backup', async () => {
    const store = memoryStore()
    const { manifest } = await backUpUrl(url, [store])
    const swapped = await runRestore(url, [store], { confirm: live })
    const { outcome } = await runRestore(url, [store], { confirm: live, strategy: 'in-place', backup: manifest.id })
    const safety = String(outcome.outputs['safety-backup-id'])
    const refused = runRestore(url, [store], { undo: 'true', 'dry-run': 'true' })
    await expect(refused).rejects.toMatchObject({
      code: 'restore/nothing-to-undo',
      hint: expect.stringContaining(safety),
    })
    const before = String(swapped.outcome.outputs['kept-database'])
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining(before) })
    await runRestore(url, [store], { confirm: live, backup: manifest.id })
    const kept = await runRestore(url, [store], { undo: 'true', confirm: live })
    expect(kept.outcome.failure).toBeUndefined()
    await expect(runRestore(url, [store], { undo: 'true', 'dry-run': 'true' })).rejects.toMatchObject({
      hint: expect.stringContaining(safety),
    })
  })

  test('brings the backup back, keeps the old database, and undo swaps back', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    await query(live, 'DELETE FROM public."Order" WHERE id > 100')
    const before = await properties(live)
    const { outcome } = await runRestore(url, [store], { confirm: live })
    expect(await orders()).toBe(500)
    expect(await properties(live)).toEqual(before)
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
    const told = await runRestore(url, [store], { undo: 'true', 'dry-run': 'true' })
    expect(told.outcome.document).toMatchObject({
      kept: { name: kept },
      live: { name: live },
      lost: ['public.Order: 2 rows inserted or changed, 1 row deleted.', 'public.made: a new table, 1 row.'],
    })
    expect(await orders()).toBe(500)
    const undone = await runRestore(url, [store], { undo: 'true', confirm: live })
    expect(await orders()).toBe(100)
    expect(await properties(live)).toEqual(before)
    expect(await orders(String(undone.outcome.outputs['kept-database']))).toBe(500)
    await expect(runRestore(url, [store], { undo: 'true', confirm: live })).rejects.toMatchObject({
      code: 'restore/nothing-to-undo',
    })
  })

  test('nothing written before the swap and nothing acknowledged after it is lost, and the application goes on', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const pool = new pg.Pool({ connectionString: appUrl(), max: 4 })
    pool.on('error', () => {})
    const acknowledged: { note: string; database: number }[] = []
    let stop = false
    const write = async (writer: number) => {
      for (let n = 0; !stop; n += 1) {
        const note = `w${writer}-${n}`
        const answer = await pool
          .query(
            'INSERT INTO public."Order" (note) VALUES ($1) RETURNING (SELECT oid::int FROM pg_database WHERE datname = current_database()) AS oid',
            [note],
          )
          .catch(() => undefined)
        if (answer) acknowledged.push({ note, database: answer.rows[0].oid })
        else await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const writers = [write(1), write(2), write(3)]
    await expect.poll(() => acknowledged.length).toBeGreaterThan(10)
    const { outcome } = await runRestore(url, [store], { confirm: live })
    const written = acknowledged.length
    await expect.poll(() => acknowledged.length).toBeGreaterThan(written + 10)
    stop = true
    await Promise.all(writers)
    await pool.end()
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
    const store = memoryStore()
    await backUpUrl(url, [store])
    const before = await properties(live)
    await query('postgres', `UPDATE pg_database SET datallowconn = false WHERE datname = $1`, [live])
    await runRestore(url, [store], { confirm: live })
    expect(await properties(live)).toEqual(before)
    for (const name of await named('shop%')) await server.dropDatabase(name)
    const { outcome } = await runRestore(url, [store], { confirm: live })
    expect(outcome.outputs['kept-database']).toBeUndefined()
    expect(await orders()).toBe(500)
    expect(await properties(live)).toEqual(before)
  })

  test('a dry run prints the checklist and changes nothing', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const { outcome } = await runRestore(url, [store], { 'dry-run': 'true' })
    const text = textOf(outcome)
    expect(text).toContain('[ok]')
    expect(text).toContain('[plan]')
    expect(text).not.toContain('[blocked]')
    expect(text).toContain('nothing was changed')
    expect(await named('shop%')).toEqual([live])
  })

  test('without the name typed nothing is done', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    await expect(runRestore(url, [store], {})).rejects.toMatchObject({
      code: 'restore/not-confirmed',
      hint: expect.stringContaining('--confirm'),
    })
    await expect(runRestore(url, [store], { confirm: 'shop' })).rejects.toMatchObject({ code: 'restore/not-confirmed' })
    await expect(runRestore(url, [store], { undo: 'true', confirm: 'shop' })).rejects.toMatchObject({
      code: 'restore/nothing-to-undo',
    })
  })

  test('prepared transactions, replication slots and active subscriptions block it by name', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(`SELECT pg_create_logical_replication_slot('the_slot', 'pgoutput')`)
    await client.query(`BEGIN; INSERT INTO public."Order" (note) VALUES ('p'); PREPARE TRANSACTION 'the gid'`)
    await client.query(`CREATE SUBSCRIPTION the_sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`)
    await client.query('UPDATE pg_subscription SET subenabled = true')
    const { outcome } = await runRestore(url, [store], { 'dry-run': 'true' })
    for (const name of ['the gid', 'the_slot', 'the_sub']) expect(textOf(outcome)).toContain(name)
    expect(outcome.failure).toMatchObject({ code: 'restore/blocked' })
    await expect(runRestore(url, [store], { confirm: live })).rejects.toMatchObject({
      code: 'restore/blocked',
    })
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
    const { createServer } = await import('node:http')
    let asked = 0
    const http = createServer((_, answer) => {
      asked += 1
      answer.writeHead(asked < 3 ? 503 : 200).end()
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => http.once('listening', resolve))
    const { port } = http.address() as { port: number }
    const store = memoryStore()
    await backUpUrl(url, [store])
    const ran: string[] = []
    const { reporter } = await runRestore(
      url,
      [store],
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
    const store = memoryStore()
    await backUpUrl(url, [store])
    const ran: string[] = []
    const runUserCommand = async (command: string) => ran.push(command) && (command === 'stop api' ? 3 : 0)
    const failing = runRestore(
      url,
      [store],
      { confirm: live, before: ['stop api'], after: ['start api'] },
      { runUserCommand },
    )
    await expect(failing).rejects.toMatchObject({
      code: 'restore/hook-failed',
      message: expect.stringContaining('exited with 3: stop api'),
    })
    expect(ran).toEqual(['stop api', 'start api'])
    expect(await named('shop%')).toEqual([live])
  })

  test('an application that stays unhealthy fails the command and says how to undo', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const { outcome } = await runRestore(
      url,
      [store],
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
