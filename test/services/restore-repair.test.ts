// Objects that cannot be restored under pg_restore's empty search_path, or at all: they do not prevent the restore of
// the data.
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifestFile } from '../../src/domain/backups/backup.ts'
import { requirePostgres } from '../../src/domain/manifest/manifest.ts'
import { parseManifest } from '../../src/domain/manifest/manifest-json.ts'
import { loadBackup } from '../../src/engines/postgres/load/load.ts'
import { payloadSources } from '../../src/streams/payload.ts'
import { drill, openFolder } from '../support/drill.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { linesOf, textOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres({ settings: { allow_in_place_tablespaces: 'on' } })
  folder = await openFolder('repair-test')
  await server.query('postgres', `CREATE TABLESPACE apart LOCATION ''`)
  await server.query(
    'postgres',
    'CREATE ROLE app; CREATE ROLE other; GRANT other TO app; CREATE ROLE member LOGIN CREATEDB IN ROLE app PASSWORD $$secret$$; GRANT CREATE ON TABLESPACE apart TO app',
  )
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Makes a database of `app` and backs it up. */
const made = async (name: string, sql: string): Promise<{ url: string; store: MemoryStore; id: string }> => {
  const url = await server.createDatabase(name, 'OWNER app')
  await server.query(
    name,
    `ALTER DATABASE ${name} SET search_path = lib, public; CREATE SCHEMA lib AUTHORIZATION app; GRANT ALL ON SCHEMA public TO app, other`,
  )
  await server.query(name, sql)
  const store = memoryStore({ address: `memory:${name}` })
  const { manifest } = await backUpUrl(url, [store])
  return { url, store, id: manifest.id }
}

const rows = async (database: string, table: string): Promise<number | undefined> =>
  (await server.query<{ n: number }>(database, `SELECT count(*)::int AS n FROM ${table}`))[0]?.n

/** Functions that find another one by search_path. */
const functions = `
  CREATE FUNCTION lib.base(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
  CREATE FUNCTION public.f(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN base(t); END';
  CREATE FUNCTION public.g(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT base(t)';`

const needy = `SET ROLE app; ${functions}
  CREATE TABLE a (v text); CREATE INDEX a_expression ON a (f(v)); INSERT INTO a VALUES ('A');
  CREATE TABLE b (v text); CREATE INDEX b_predicate ON b (v) WHERE g(v) > ''; INSERT INTO b VALUES ('B');
  CREATE TABLE c (v text CHECK (f(v) > '')); INSERT INTO c VALUES ('C');
  CREATE TABLE d (v text, w text GENERATED ALWAYS AS (f(v)) STORED); INSERT INTO d VALUES ('D');
  CREATE DOMAIN word AS text CHECK (f(value) > ''); CREATE TABLE e (v word); INSERT INTO e VALUES ('E');
  CREATE TABLE u (v text); CREATE UNIQUE INDEX u_unique ON u (g(v)); INSERT INTO u VALUES ('F');
  CREATE TABLE x (v text, EXCLUDE USING btree (f(v) WITH =)); INSERT INTO x VALUES ('G');
  CREATE TABLE p (v text CHECK (f(v) > '')) PARTITION BY LIST (v); CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('h'); INSERT INTO p VALUES ('h');
  CREATE MATERIALIZED VIEW m1 AS SELECT f(v) AS v FROM a; CREATE MATERIALIZED VIEW m2 AS SELECT g(v) AS v FROM m1;
  CREATE TABLE k (v text); INSERT INTO k VALUES ('K'); ALTER TABLE k ADD CONSTRAINT later CHECK (f(v) > '') NOT VALID;
  CREATE EXTENSION unaccent SCHEMA lib; CREATE FUNCTION lib.un(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN unaccent(t); END';
  CREATE TABLE alone (v text); CREATE INDEX alone_un ON alone (un(v)) TABLESPACE apart; INSERT INTO alone VALUES ('é');
  RESET ROLE; GRANT CREATE, USAGE ON SCHEMA lib TO other; ALTER ROLE other IN DATABASE needy SET search_path = special;
  CREATE SCHEMA special AUTHORIZATION other; SET ROLE other;
  CREATE FUNCTION special.inner_h() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x'::text $$;
  CREATE FUNCTION special.h(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN inner_h() || t; END';
  SET search_path = special; CREATE TABLE special.o (v text); CREATE INDEX o_role ON special.o (special.h(v)); INSERT INTO special.o VALUES ('O')`

describe('objects that need the search_path of the database', () => {
  let backup: Awaited<ReturnType<typeof made>>

  beforeAll(async () => {
    backup = await made('needy', needy)
  })

  test('are repaired in a drill, which proves the backup and names them', async () => {
    const { record } = await drill([backup.store], backup.id, folder)
    expect(record.differences).toEqual([])
    expect(record.problem).toBeUndefined()
    expect(record.verdict).toBe('proven')
    const repaired = record.notes.filter((note) => note.includes('was restored with that of the database'))
    const names = [
      'a_expression',
      'b_predicate',
      'lib.c',
      'lib.d',
      'lib.e',
      'u_unique',
      'x_f_excl',
      'p1',
      'm1',
      'm2',
      'o_role',
    ]
    for (const name of names) expect(repaired.join('\n')).toContain(name)
    expect(repaired.find((note) => note.includes('o_role'))).toContain('(special)')
  })

  test('are repaired where only their table is restored', async () => {
    const inputs = { strategy: 'new', 'target-database': 'only', table: ['lib.alone'] }
    const { outcome } = await runRestore(backup.url, [backup.store], inputs)
    expect(outcome.failure).toBeUndefined()
    expect(textOf(outcome)).toMatch(/alone_un .*was restored with that of the database \(lib, public\)/)
    expect(await rows('only', 'lib.alone')).toBe(1)
  })

  test('are repaired in a restore with the rights of their owners, and swapped in', async () => {
    const { outcome } = await runRestore(backup.url, [backup.store], { confirm: 'needy' })
    expect(outcome.failure).toBeUndefined()
    const statistics = linesOf(outcome).filter((line) => line.includes(' Could not gather statistics of '))
    expect(statistics.join()).toMatch(/ lib\.a\b(?!.*lib\.c\b)/)
    expect(await rows('needy', 'lib.m2')).toBe(1)
    expect(await rows('needy', 'lib.d WHERE w = lower(v)')).toBe(1)
    const placed = await server.query(
      'needy',
      `SELECT FROM pg_indexes WHERE indexname = 'alone_un' AND tablespace = 'apart'`,
    )
    expect(placed).toHaveLength(1)
    const logins = await server.query('postgres', `SELECT FROM pg_roles WHERE rolname LIKE 'resguardo_restore_%'`)
    expect(logins).toEqual([])
  })
})

describe('a repair', () => {
  // For the superuser, the table depends on no code of app: only the search_path leads to it.
  const sql = (owner: string) => `
    REVOKE ALL ON SCHEMA public FROM app, other;
    SET ROLE app; CREATE FUNCTION lib.base(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN t; END'; SET ROLE ${owner};
    CREATE FUNCTION lib.f(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN base(t); END';
    CREATE TABLE lib.mine (v text CHECK (lib.f(v) > '')); INSERT INTO lib.mine VALUES ('x')`

  test.each([
    { name: 'of_superuser', owner: 'postgres', inputs: {} },
    { name: 'as_superuser', owner: 'app', inputs: { 'code-as-superuser': 'true' } },
    { name: 'as_member', owner: 'app', inputs: {}, user: 'member' },
  ])(
    'runs no code with rights that the owner of the object or of the code lacks: $name',
    async ({ name, owner, inputs, user }) => {
      const { url, store } = await made(name, sql(owner))
      const as = new URL(url)
      if (user) Object.assign(as, { username: user, password: 'secret' })
      const request = { strategy: 'new', 'target-database': `${name}_never`, ...inputs }
      await expect(runRestore(as.href, [store], request)).rejects.toMatchObject({
        code: 'restore/inconsistent-backup',
        message: expect.stringContaining('function base(text) does not exist'),
      })
    },
  )
})

describe('objects that cannot be restored', () => {
  let backup: Awaited<ReturnType<typeof made>>
  const fails = `BEGIN IF current_setting('application_name') = 'resguardo' AND current_setting('failing.off', true) IS NULL THEN RAISE EXCEPTION 'far away'; END IF; RETURN t; END`

  beforeAll(async () => {
    const sql = `SET ROLE app; CREATE FUNCTION lib.fine() RETURNS text LANGUAGE sql AS $$ SELECT 'x'::text $$;
      SET failing.off = 'on';
      CREATE FUNCTION public.fails(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ ${fails} $$;
      CREATE TABLE good (v text); INSERT INTO good VALUES ('a'), ('b'); CREATE INDEX good_fails ON good (fails(v));
      CREATE MATERIALIZED VIEW away AS SELECT fails(v) AS v FROM good; CREATE TABLE lost (v text CHECK (fails(v) > '')); INSERT INTO lost VALUES ('l')`
    backup = await made('broken', sql)
  })

  test('fail a drill with every name', async () => {
    const { record, failure } = await drill([backup.store], backup.id, folder)
    expect(record.verdict).toBe('failed')
    for (const name of ['good_fails', 'away', 'lost']) expect(record.problem).toContain(name)
    expect(failure?.code).toBe('drill/failed')
  })

  test('stop a restore, unless they are only to be reported', async () => {
    const into = (database: string, more = {}) =>
      runRestore(backup.url, [backup.store], { strategy: 'new', 'target-database': database, ...more })
    await expect(into('stopped')).rejects.toMatchObject({ code: 'restore/load-failed' })
    const { outcome } = await into('rescued', { 'on-error': 'report' })
    expect(outcome.failure).toMatchObject({ code: 'restore/incomplete', exitCode: 4 })
    for (const name of ['good_fails', 'away', 'lost']) expect(outcome.failure?.details.join('\n')).toContain(name)
    expect(await rows('rescued', 'lib.good')).toBe(2)
  })

  test('fail a restore in one pass, which says what restores the others', async () => {
    const plain = memoryStore({ address: 'memory:plain' })
    const dump = {
      format: 'plain',
      selection: everything,
      jobs: 2,
      sourceCounts: true,
      globals: false,
      lockTimeout: 5,
    } as const
    await backUpUrl(backup.url, [plain], { dump })
    const into = { strategy: 'new', 'target-database': 'never', 'code-as-superuser': 'true' }
    const fails = (hint: string) => ({ code: 'restore/load-failed', hint: expect.stringContaining(hint) })
    await expect(runRestore(backup.url, [plain], into)).rejects.toMatchObject(fails('| psql -d DATABASE'))
    const plan = await runRestore(backup.url, [plain], { ...into, 'on-error': 'report', 'dry-run': 'true' })
    expect(textOf(plan.outcome)).toContain('--on-error has no effect')
    const inPlace = { strategy: 'in-place', confirm: 'broken', 'skip-safety-backup': 'true' }
    await expect(runRestore(backup.url, [backup.store], inPlace)).rejects.toMatchObject(fails('--strategy swap or new'))
    const custom = parseManifest(
      [...backup.store.objects].find(([key]) => key.endsWith(manifestFile))?.[1].content.toString() ?? '',
    )
    await server.createDatabase('streamed')
    const { signal } = new AbortController()
    const streamed = loadBackup({
      ...{
        address: server.address('streamed'),
        tools: server.tools,
        manifest: requirePostgres(custom),
        jobs: 2,
        signal,
      },
      ...{
        payloads: payloadSources(backup.store, custom, signal),
        temporary: folder,
        reserve: Number.MAX_SAFE_INTEGER,
      },
    })
    await expect(streamed).rejects.toMatchObject(fails('--temporary'))
  })

  test('are never swapped in without consent', async () => {
    const identity = () =>
      server.query<{ oid: number }>('postgres', `SELECT oid FROM pg_database WHERE datname = 'broken'`)
    const before = await identity()
    const swap = (onError: string) => runRestore(backup.url, [backup.store], { confirm: 'broken', 'on-error': onError })
    await expect(swap('report')).rejects.toMatchObject({ code: 'restore/incomplete' })
    expect(await identity()).toEqual(before)
    const left = await server.query('postgres', `SELECT FROM pg_database WHERE datname LIKE 'broken_restore%'`)
    expect(left).toEqual([])
    const { outcome } = await swap('accept')
    expect(outcome.failure?.code).toBe('restore/incomplete')
    expect(await identity()).not.toEqual(before)
    expect(await rows('broken', 'lib.good')).toBe(2)
  })

  test.each([
    { strategy: 'in-place', confirm: 'broken', 'on-error': 'report' },
    { strategy: 'new', 'target-database': 'x', 'on-error': 'accept' },
  ])('are not an option of %o', async (inputs) => {
    await expect(runRestore(backup.url, [backup.store], inputs)).rejects.toThrow('on-error')
  })
})
