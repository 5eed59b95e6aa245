// Connections during a restore
// Another role connects to a database that is being restored, before the grants of the live database are applied.
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { runRestore } from '../support/restore-run.ts'

let server: TestPostgres
let url: string
let store: MemoryStore

beforeAll(async () => {
  server = await startPostgres()
  await server.query(
    'postgres',
    `CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE mallory LOGIN PASSWORD 'mallory';
     CREATE ROLE keeper LOGIN PASSWORD 'keeper' CREATEDB; GRANT app TO keeper; GRANT pg_signal_backend TO keeper`,
  )
})
afterAll(() => server?.stop())

beforeEach(async () => {
  const names = await server.query<{ name: string }>(
    'postgres',
    "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'",
  )
  for (const { name } of names) await server.dropDatabase(name)
  url = await server.createDatabase('shop', 'OWNER app')
  await server.query(
    'shop',
    `SET ROLE app; CREATE TABLE secret (v text); INSERT INTO secret SELECT repeat('x', 900) FROM generate_series(1, 20000);
     CREATE FUNCTION read_secret() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.secret'`,
  )
  store = memoryStore({ address: 's3://far' })
})

/** Effective rights on a database, of everybody and of its owner. */
const rights = (database: string) =>
  server.query(
    'postgres',
    `SELECT coalesce(grantee::regrole::text, '?') AS grantee, privilege_type, is_grantable FROM pg_database,
            aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = $1 ORDER BY 1, 2`,
    [database],
  )

/**
 * Restores while a role tries to connect, again and again, to whatever database is being loaded; gives those it got
 * into.
 */
async function restoreAgainst(role: string, target: string): Promise<readonly string[]> {
  const got = new Set<string>()
  const tried = new Set<string>()
  let done = false
  const restored = runRestore(target, [store], { confirm: 'shop' }).finally(() => {
    done = true
  })
  while (!done) {
    const found = await server.query<{ name: string }>(
      'postgres',
      "SELECT datname AS name FROM pg_database WHERE datname LIKE 'shop\\_restoring\\_%'",
    )
    for (const { name } of found) {
      tried.add(name)
      if (await mayConnect(role, name)) got.add(name)
    }
  }
  await restored
  expect(tried.size).toBe(1)
  return [...got]
}

async function mayConnect(role: string, database: string): Promise<boolean> {
  const client = new pg.Client(toUrl({ ...server.address(database), user: role, password: role }))
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

const loginUrl = (role: string) => toUrl({ ...server.address('shop'), user: role, password: role })

describe('restore by a superuser', () => {
  test.each(['mallory', 'app'])(
    'another role cannot connect to the new database, and the grants are unchanged after the restore: %s',
    async (role) => {
      await backUpUrl(url, [store])
      const before = await rights('shop')
      expect(await restoreAgainst(role, url)).toEqual([])
      expect(await rights('shop')).toEqual(before)
      expect(await mayConnect('mallory', 'shop')).toBe(true)
    },
  )

  test('a database that only some roles may connect to has the same grants after the restore', async () => {
    await server.query('postgres', 'REVOKE ALL ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO app')
    await backUpUrl(url, [store])
    const before = await rights('shop')
    await runRestore(url, [store], { confirm: 'shop' })
    expect(await rights('shop')).toEqual(before)
  })

  test('a database restored under another name has the default grants after the restore', async () => {
    await backUpUrl(url, [store])
    const before = await rights('shop')
    await runRestore(url, [store], { strategy: 'new', 'target-database': 'copy' })
    expect(await rights('copy')).toEqual(before)
  })
})

describe('restore by an ordinary role', () => {
  test('no other role can connect to the new database, and the grants are unchanged after the restore', async () => {
    await backUpUrl(url, [store])
    const before = await rights('shop')
    expect(await restoreAgainst('mallory', loginUrl('keeper'))).toEqual([])
    expect(await rights('shop')).toEqual(before)
  })
})
