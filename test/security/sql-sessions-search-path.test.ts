// search_path of Resguardo's sessions
// Objects of a database replace built-in functions, operators and catalogs in Resguardo's SQL.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAddress, toolEnvironment } from '../../src/engines/postgres/connection/address.ts'
import { resetSettings, type SessionKind, withClient } from '../../src/engines/postgres/connection/connect.ts'
import { readTool } from '../../src/streams/processes/read-tool.ts'
import { resguardo } from '../support/command-line.ts'
import { type HostileDatabase, loggingSettings, makeHostileDatabase } from '../support/hostile-database.ts'
import { startSessionPooler, startTransactionPooler } from '../support/pooler.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let shadowed: HostileDatabase

beforeAll(async () => {
  server = await startPostgres({ settings: loggingSettings })
  folder = await temporaryFolder('search-path')
  shadowed = await makeHostileDatabase(server, 'shadowed', { shadows: 'all' })
  await server.query(
    'shadowed',
    'CREATE TABLE public.product (id int PRIMARY KEY, name text); INSERT INTO public.product VALUES (1, $$a$$)',
  )
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const pinned = 'pg_catalog, pg_temp'
const pathOf = (url: string, kind: SessionKind = 'pinned'): Promise<string> =>
  withClient(
    parseAddress(url),
    async (client) => (await client.query("SELECT current_setting('search_path') AS path")).rows[0].path,
    kind,
  ).then((path: string) => path.replaceAll(/,\s*/g, ', '))

describe('search_path of a session', () => {
  test('control: the replacement objects run in a session with the search_path of the database', async () => {
    await withClient(
      parseAddress(shadowed.url),
      async (client) => {
        await resetSettings(client)
        await client.query("SELECT format('%I', relname) FROM pg_class WHERE relname !~ '^pg_'")
      },
      'resettable',
    )
    const run = await shadowed.escaped()
    expect(new Set(run.map(({ what }) => what))).toEqual(new Set(['function format', 'view pg_class', 'operator !~']))
    expect(run.every(({ superuser }) => superuser)).toBe(true)
  })

  test.each([
    ['-c search_path=public'],
    ['--search_path=public'],
    ['-c search_path=public\\'],
    ['-csearch_path=public -c role=none'],
  ])('the search_path cannot be set by connection options in a URL: %s', async (options) => {
    expect(await pathOf(`${shadowed.url}&options=${encodeURIComponent(options)}`)).toBe(pinned)
  })

  test('the search_path cannot be set by settings of the role or the database', async () => {
    await server.query('shadowed', `ALTER ROLE postgres IN DATABASE shadowed SET search_path = public`)
    expect(await pathOf(shadowed.url)).toBe(pinned)
    expect(await pathOf(shadowed.url, 'resettable')).toBe(pinned)
    await server.query('shadowed', `ALTER ROLE postgres IN DATABASE shadowed RESET search_path`)
  })

  test('the search_path is fixed in sessions of client tools', async () => {
    const address = parseAddress(`${shadowed.url}&options=${encodeURIComponent('-c search_path=public')}`)
    await withClient(address, async () => {})
    const said = await readTool({
      command: join(server.tools.folder, 'psql'),
      arguments: ['-X', '-A', '-t', '-c', 'SHOW search_path'],
      environment: toolEnvironment(address),
    })
    expect(said.trim()).toBe(pinned)
  })

  test('a temporary table does not replace a system catalog', async () => {
    await withClient(parseAddress(shadowed.url), async (client) => {
      await client.query('CREATE TEMP TABLE pg_class (relname text)')
      const { rows } = await client.query<{ many: number }>('SELECT count(*)::int AS many FROM pg_class')
      expect(rows[0]?.many).toBeGreaterThan(300)
    })
  })

  test.each(['drop', 'refuse'] as const)(
    'the search_path is fixed behind a session pooler that does not forward connection options: %s',
    async (manner) => {
      const pooler = await startSessionPooler(server.port, manner)
      try {
        const url = Object.assign(new URL(shadowed.url), { port: String(pooler.port) }).href
        expect(await pathOf(url)).toBe(pinned)
        await withClient(parseAddress(url), (client) =>
          client.query("SELECT format('%I', relname) FROM pg_class WHERE relname !~ '^pg_'"),
        )
      } finally {
        pooler.close()
      }
      expect(await shadowed.escaped()).toEqual([])
    },
  )

  test('the search_path is fixed behind a transaction pooler, and is not left set for other clients', async () => {
    await trustUs()
    await server.query('postgres', 'ALTER DATABASE shadowed SET role = app')
    const pooler = await startTransactionPooler(server.port, server.user, 'shadowed')
    try {
      const address = parseAddress(`postgresql://postgres@127.0.0.1:${pooler.port}/shadowed?sslmode=disable`)
      await withClient(address, async (client) => {
        for (let time = 0; time < 3; time += 1) {
          await client.query("SELECT format('%I', relname) FROM pg_class WHERE relname !~ $1", ['^pg_'])
          await client.query('BEGIN')
          await client.query("SELECT format('%I', relname) FROM pg_class WHERE relname !~ '^pg_'")
          await client.query('COMMIT')
          const { rows: quiet } = await client.query(
            "SELECT current_user::text AS role, current_setting('session_replication_role') AS triggers",
          )
          expect(quiet).toEqual([{ role: 'postgres', triggers: 'replica' }])
          await expect(client.query('SELECT 1 / $1::int', [0])).rejects.toThrow('division by zero')
        }
      })
      const [left] = await server.query<{ many: string }>(
        'postgres',
        "SELECT string_agg(DISTINCT query, ';') AS many FROM pg_stat_activity WHERE datname = 'shadowed' AND state <> 'idle'",
      )
      expect(left?.many).toBeNull()
    } finally {
      pooler.close()
      await server.query('postgres', 'ALTER DATABASE shadowed RESET role')
    }
    expect(await shadowed.escaped()).toEqual([])
  })
})

describe('database that replaces every built-in object', () => {
  const environment = { RESGUARDO_NO_COLOR: '1' }
  const commands: [string, () => string[]][] = [
    ['a backup in custom format', () => ['backup']],
    ['a backup in directory format', () => ['backup', '--format', 'directory']],
    ['a backup as plain SQL', () => ['backup', '--format', 'plain']],
  ]
  test.each(commands)('the replacement objects gain no rights from a backup: %s', async (_, words) => {
    const done = await resguardo(
      [...words(), '--database-url', shadowed.url, '--store', `file:${join(folder, 'store')}`],
      environment,
    )
    expect(done.stderr).not.toMatch(/^error/m)
    expect(done.code).toBe(0)
    expect(await shadowed.escaped()).toEqual([])
  })

  test('the replacement objects gain no rights when a run is recorded in a table found by search_path', async () => {
    const words = ['backup', '--database-url', shadowed.url, '--store', `file:${join(folder, 'store')}`]
    const done = await resguardo([...words, '--record-url', shadowed.url, '--record', '--record-create'], environment)
    expect(done.stderr).not.toMatch(/^error/m)
    expect(await server.query('shadowed', 'SELECT status FROM postgres."BackupRun"')).toEqual([{ status: 'completed' }])
    expect(await shadowed.escaped()).toEqual([])
  })
})

/** Lets everybody in without a password from now on: the pooler of the tests knows none. */
async function trustUs(): Promise<void> {
  const file = join(server.folder, 'data', 'pg_hba.conf')
  await writeFile(file, `host all all 127.0.0.1/32 trust\n${await readFile(file, 'utf8')}`)
  await server.query('postgres', 'SELECT pg_reload_conf()')
}
