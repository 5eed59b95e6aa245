// Tables replaced with views
// A view replaces a table while a superuser waits for its lock, on servers where a session cannot exclude views.

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queryTables } from '../../src/engines/postgres/dump/query-tables.ts'
import { holdSnapshot } from '../../src/engines/postgres/dump/snapshot.ts'
import { type HostileDatabase, loggingSettings, makeHostileDatabase } from '../support/hostile-database.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres
let shop: HostileDatabase
/** A superuser, without `restrict_nonsystem_relation_kind`. */
let superuser: pg.Client

beforeAll(async () => {
  server = await startPostgres({ settings: loggingSettings })
  shop = await makeHostileDatabase(server, 'shop')
  await shop.asOwner('CREATE TABLE public.kept (id int); INSERT INTO public.kept VALUES (1)')
  superuser = new pg.Client({ connectionString: shop.url, options: '-c search_path=pg_catalog' })
  await superuser.connect()
})
afterAll(async () => {
  await superuser?.end()
  await server?.stop()
})

/** Does it while somebody waits for the table, which the owner has locked. */
async function whileWaiting<T>(table: string, work: () => Promise<T>, sql: string): Promise<PromiseSettledResult<T>> {
  const holder = new pg.Client({ connectionString: shop.ownerUrl })
  await holder.connect()
  await holder.query(`BEGIN; LOCK TABLE ${table}`)
  const settled = Promise.allSettled([work()])
  await server.untilLockAwaited()
  await holder.query(`${sql}; COMMIT`)
  await holder.end()
  return (await settled)[0]
}

describe('query of a table', () => {
  const count = (table: string) =>
    queryTables<{ n: string }>(superuser, `SELECT count(*)::text AS n FROM ONLY ${table} WHERE $1 <> ''`, ['x'])

  test('control: a query reads a table, also with parameters', async () => {
    expect(await count('public.kept')).toEqual([{ n: '1' }])
  })

  test.each([
    [
      'in its place',
      'gone',
      "DROP TABLE public.gone; CREATE VIEW public.gone AS SELECT 1 AS id WHERE public.trap('view')",
    ],
    [
      'that the table has become',
      'turned',
      `CREATE RULE "_RETURN" AS ON SELECT TO public.turned DO INSTEAD SELECT 1 AS id WHERE public.trap('view')`,
    ],
  ])('a query is refused if a view replaces the table while it waits: a view %s', async (_, table, sql) => {
    await shop.asOwner(`CREATE TABLE public.${table} (id int)`)
    const done = await whileWaiting(`public.${table}`, () => count(`public.${table}`), sql)
    expect(done).toMatchObject({ status: 'rejected', reason: { code: 'postgres/tables-changing' } })
    expect(await shop.escaped()).toEqual([])
    expect(await count('public.kept')).toEqual([{ n: '1' }])
  })
})

describe('snapshot', () => {
  test('a snapshot locks the named tables, even if a table is renamed while it waits', async () => {
    await shop.asOwner('CREATE TABLE public.moved (id int); CREATE TABLE public.other (id int)')
    const holding = () => holdSnapshot(server.address('shop'), 30)
    const exchange = 'ALTER TABLE public.moved RENAME TO away; ALTER TABLE public.other RENAME TO moved'
    const done = await whileWaiting('public.moved', holding, exchange)
    if (done.status === 'rejected') throw done.reason
    const locked = await server.query<{ oid: string }>(
      'shop',
      "SELECT relation::text AS oid FROM pg_catalog.pg_locks WHERE mode = 'AccessShareLock' AND pid <> pg_backend_pid()",
    )
    for (const { oid } of done.value.tables) expect(locked).toContainEqual({ oid })
    await done.value.release()
  })
})
