import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'
import { memoryStore } from '../support/memory-store.ts'
import { oddObjects } from '../support/odd-objects.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { linesOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

let server: TestPostgres
let wide: string
const store = memoryStore()

beforeAll(async () => {
  server = await startPostgres()
  wide = await makeWideDatabase(server, 'wide')
  await server.query(
    'wide',
    `CREATE EXTENSION IF NOT EXISTS citext; CREATE TYPE public.size AS ENUM ('s', 'l');
     CREATE TABLE public."Shoe 🥾" (id serial PRIMARY KEY, name citext, size public.size); CREATE INDEX ON public."Shoe 🥾" (name);
     INSERT INTO public."Shoe 🥾" (name, size) SELECT 'shoe ' || n, 's' FROM generate_series(1, 50) n`,
  )
  await server.query('wide', oddObjects)
  await backUpUrl(wide, [store])
})

afterAll(() => server?.stop())

const count = async (database: string, table: string) =>
  (await server.query<{ n: number }>(database, `SELECT count(*)::int AS n FROM ${table}`))[0]?.n

test('the whole backup goes into a new database, with owner, grants and settings', async () => {
  await server.query(
    'wide',
    `CREATE ROLE boss; ALTER DATABASE wide OWNER TO boss; ALTER DATABASE wide SET work_mem = '6MB'; COMMENT ON DATABASE wide IS 'w'`,
  )
  const { outcome } = await runRestore(wide, [store], { strategy: 'new', 'target-database': 'copy of "wide" 🐘' })
  expect(outcome.outputs.database).toBe('copy of "wide" 🐘')
  expect(await count('copy of "wide" 🐘', '"Product"')).toBe(await count('wide', '"Product"'))
  const about = await server.query(
    'postgres',
    `SELECT pg_get_userbyid(datdba) AS owner, shobj_description(oid, 'pg_database') AS comment,
            (SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = oid AND setrole = 0) AS settings
       FROM pg_database WHERE datname IN ('wide', 'copy of "wide" 🐘') ORDER BY datname`,
  )
  expect(about).toHaveLength(2)
  expect(about[0]).toEqual(about[1])
})

test('a target that exists is refused and left alone', async () => {
  await server.createDatabase('taken')
  const failing = runRestore(wide, [store], { strategy: 'new', 'target-database': 'taken' })
  await expect(failing).rejects.toMatchObject({ code: 'restore/blocked' })
  const [row] = await server.query<{ n: number }>(
    'postgres',
    "SELECT count(*)::int AS n FROM pg_database WHERE datname = 'taken'",
  )
  expect(row?.n).toBe(1)
})

test('selected tables go into a new database, with what they need', async () => {
  await runRestore(wide, [store], { strategy: 'new', 'target-database': 'shoes', table: ['public.Shoe 🥾'] })
  expect(await count('shoes', '"Shoe 🥾"')).toBe(50)
  await expect(count('shoes', '"Tenant"')).rejects.toMatchObject({ code: 'postgres/error' })
})

test('selected tables go into a new schema of the live database, which stays as it is', async () => {
  await server.query('wide', 'DELETE FROM public."Shoe 🥾" WHERE id > 5')
  const inputs = { table: ['public."Shoe 🥾"'], 'target-schema': 'rescued "x" 🛟', confirm: 'wide' }
  const { outcome } = await runRestore(wide, [store], inputs)
  expect(linesOf(outcome)[0]).toContain('schema rescued "x" 🛟 of wide')
  expect(await count('wide', '"rescued ""x"" 🛟"."Shoe 🥾"')).toBe(50)
  expect(await count('wide', 'public."Shoe 🥾"')).toBe(5)
  const [type] = await server.query<{ type: string }>(
    'wide',
    `SELECT format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = '"rescued ""x"" 🛟"."Shoe 🥾"'::regclass AND attname = 'name'`,
  )
  expect(type?.type).toBe('citext')
  await expect(runRestore(wide, [store], inputs)).rejects.toMatchObject({ code: 'restore/schema-exists' })
  const left = await server.query('postgres', "SELECT FROM pg_database WHERE datname LIKE 'wide\\_restore\\_%'")
  expect(left).toEqual([])
  await expect(runRestore(wide, [store], { undo: 'true', 'dry-run': 'true' })).rejects.toMatchObject({
    code: 'restore/nothing-to-undo',
    hint: expect.stringContaining('DROP SCHEMA "rescued ""x"" 🛟" CASCADE'),
  })
})

test.each(['Odd%', 'public'])('a whole schema goes into a new schema of the live database: %s', async (pattern) => {
  const names = 'SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE $1'
  const [row] = await server.query<{ name: string }>('wide', names, [pattern])
  const name = row?.name ?? ''
  const target = `again ${pattern}`
  await runRestore(wide, [store], { schema: [name], 'target-schema': target, confirm: 'wide' })
  const sql = `SELECT count(*)::int AS n FROM pg_class c WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`
  const [again] = await server.query<{ n: number }>('wide', sql, [target])
  const [there] = await server.query<{ n: number }>('wide', sql, [name])
  expect(again).toEqual(there)
})

test.each(['public', 'shop'])('a schema that was dropped comes back under its own name: %s', async (schema) => {
  const [database, own] = [`dropped_${schema}`, memoryStore()]
  const url = await server.createDatabase(database)
  await server.query(database, `CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await server.query(database, `CREATE TABLE ${schema}.item AS SELECT generate_series(1, 3) AS n`)
  await backUpUrl(url, [own])
  await server.query(database, `DROP SCHEMA ${schema} CASCADE`)
  await runRestore(url, [own], { confirm: database, schema: [schema], 'target-schema': schema })
  expect(await count(database, `${schema}.item`)).toBe(3)
})

test('a copy goes into schema public if that was dropped, and is marked', async () => {
  const own = memoryStore()
  const url = await server.createDatabase('no_public')
  await server.query('no_public', 'CREATE SCHEMA shop; CREATE TABLE shop.item AS SELECT 1 AS n')
  await backUpUrl(url, [own])
  await server.query('no_public', 'DROP SCHEMA public')
  await runRestore(url, [own], { confirm: 'no_public', schema: ['shop'], 'target-schema': 'public' })
  expect(await count('no_public', 'public.item')).toBe(1)
  const [row] = await server.query('no_public', "SELECT obj_description('public'::regnamespace) AS comment")
  expect(row).toEqual({ comment: expect.stringContaining('"role":"copy"') })
})

test('a table that the backup does not have is refused, and nothing is left behind', async () => {
  const failing = runRestore(wide, [store], { strategy: 'new', 'target-database': 'nothing', table: ['public.NoSuch'] })
  await expect(failing).rejects.toMatchObject({
    code: 'restore/not-in-backup',
    message: expect.stringContaining('NoSuch'),
  })
  expect(await server.query('postgres', "SELECT FROM pg_database WHERE datname = 'nothing'")).toEqual([])
})

test('a backup of a part never takes the place of the whole', async () => {
  const part = memoryStore()
  const selection = {
    schemas: [],
    excludeSchemas: [],
    tables: ['public."Tenant"'],
    excludeTables: [],
    excludeTableData: [],
  }
  const dump = { format: 'custom' as const, jobs: 2, sourceCounts: true, globals: false, lockTimeout: 5 }
  await backUpUrl(wide, [part], { dump: { ...dump, selection: { ...selection, parts: 'all' } } })
  const failing = runRestore(wide, [part], { confirm: 'wide' })
  await expect(failing).rejects.toMatchObject({ code: 'restore/blocked' })
})

describe('a table that needs objects of another schema', () => {
  const needs: Record<string, string> = {
    type: 'm other.mood, n other.mood[], c other.pair',
    domain: 'm other.positive',
    default: 'm int DEFAULT other.seven()',
    check: 'm int CHECK (other.fits(m))',
    sequence: "m int DEFAULT nextval('other.counted')",
    generated: 'm int, g boolean GENERATED ALWAYS AS (other.fits(id)) STORED',
    collation: 'm text COLLATE other.german',
    extension: 'm ext.citext',
    row: 'm other.parent',
  }
  beforeAll(async () => {
    const url = await server.createDatabase('far')
    const tables = Object.entries(needs).map(
      ([name, columns]) =>
        `CREATE TABLE t_${name} (id int PRIMARY KEY, ${columns}); INSERT INTO t_${name} (id) VALUES (1);`,
    )
    await server.query(
      'far',
      `CREATE SCHEMA other; CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
       CREATE TYPE other.mood AS ENUM ('a', 'b'); CREATE TYPE other.pair AS (x int, y other.mood);
       CREATE DOMAIN other.positive AS int CHECK (VALUE > 0); CREATE SEQUENCE other.counted;
       CREATE COLLATION other.german (provider = icu, locale = 'de'); CREATE TABLE other.parent (id int PRIMARY KEY);
       CREATE FUNCTION other.seven() RETURNS int LANGUAGE sql RETURN 7;
       CREATE FUNCTION other.fits(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
       CREATE FUNCTION other.kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       ${tables.join('\n')}
       CREATE TABLE t_index (id int PRIMARY KEY); CREATE INDEX ON t_index (other.fits(id)); INSERT INTO t_index VALUES (1);
       CREATE TABLE t_trigger (id int PRIMARY KEY); INSERT INTO t_trigger VALUES (1);
       CREATE TRIGGER kept BEFORE INSERT ON t_trigger FOR EACH ROW EXECUTE FUNCTION other.kept();
       CREATE TABLE t_child (m int) INHERITS (other.parent); INSERT INTO t_child VALUES (1, 1);
       CREATE TABLE other.whole (id int) PARTITION BY RANGE (id);
       CREATE TABLE t_part PARTITION OF other.whole FOR VALUES FROM (0) TO (10); INSERT INTO t_part VALUES (1);
       CREATE TYPE mood AS ENUM ('q'); CREATE TABLE t_both (id int PRIMARY KEY, a mood, b other.mood)`,
    )
    await backUpUrl(url, [store])
  })

  const rescue = (target: Record<string, string>, name: string) =>
    runRestore(server.url('far'), [store], { table: [`public.t_${name}`], name: 'far', confirm: 'far', ...target })

  test.each([...Object.keys(needs), 'index', 'trigger', 'child', 'part'])(
    '%s: is restored into a new schema with these objects',
    async (name) => {
      await rescue({ 'target-schema': `rescued_${name}` }, name)
      expect(await count('far', `rescued_${name}.t_${name}`)).toBe(1)
    },
  )

  test('is copied completely, although the backup is read after pg_dump has ended', async () => {
    const slow: Store = {
      ...store,
      readUnverified: async (...given) => {
        await sleep(1500)
        return store.readUnverified(...given)
      },
    }
    const options = { table: ['public.t_row'], name: 'far', confirm: 'far', 'target-schema': 'rescued_slowly' }
    await runRestore(server.url('far'), [slow], options)
    expect(await count('far', 'rescued_slowly.t_row')).toBe(1)
  })

  test('of the same name is refused with an alternative, and nothing is changed', async () => {
    await expect(rescue({ 'target-schema': 'rescued_both' }, 'both')).rejects.toMatchObject({
      code: 'restore/several-schemas',
      hint: expect.stringContaining('--strategy new'),
    })
    expect(await server.query('far', `SELECT FROM pg_namespace WHERE nspname = 'rescued_both'`)).toEqual([])
    await rescue({ strategy: 'new', 'target-database': 'far_both' }, 'both')
    expect(await count('far_both', 't_both')).toBe(0)
  })
})
