// Unusual databases that pg_dump can dump: a backup of them works too, and reports what it did not check.
import { writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { compareDatabase } from '../../src/engines/postgres/compare/compare.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { largestValue } from '../../src/engines/postgres/dump/large-value.ts'
import { loadBackup } from '../../src/engines/postgres/load/load.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { payloadSources } from '../../src/streams/payload.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
const { signal } = new AbortController()
const store = () => openDirectoryStore(join(folder, 'store'))

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('strictness-test')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const make = async (name: string, encoding: string, statements: string): Promise<string> => {
  const url = await server.createDatabase(name, `ENCODING '${encoding}' LOCALE 'C'`)
  // The bytes of odd names and values are written by the server itself.
  await server.query(name, `DO $do$ BEGIN ${statements} END $do$`)
  return url
}

const hex = (bytes: string) => `convert_from('\\x${bytes}'::bytea, getdatabaseencoding())`

const backUp = async (url: string): Promise<PostgresManifest> => (await backUpUrl(url, [store()])).manifest

const restored = async (manifest: PostgresManifest): Promise<string[]> => {
  const { encoding } = manifest.database
  await server.dropDatabase('target')
  await server.createDatabase('target', `ENCODING '${encoding}' LOCALE 'C'`)
  const base = { address: server.address('target'), tools: server.tools, manifest, signal }
  const loaded = await loadBackup({
    ...base,
    jobs: 2,
    temporary: folder,
    payloads: payloadSources(store(), manifest, signal),
  })
  return (await compareDatabase({ ...base, ...loaded })).map(({ sentence }) => sentence)
}

describe('bytes without a Unicode character', () => {
  const values: [string, string, string][] = [
    ['a stray byte in WIN1252', 'WIN1252', '81'],
    ['a stray byte in LATIN1', 'LATIN1', '81ff'],
    ['a stray byte in WIN1257', 'WIN1257', 'a1'],
    ['values of SQL_ASCII that are not UTF-8', 'SQL_ASCII', 'e981ff'],
  ]
  test.each(values)('%s is backed up, restored and compared', async (name, encoding, bytes) => {
    // The server checks what it converts, so that such a byte comes by an escape.
    const escapes = bytes.replaceAll(/../g, (byte) => `\\x${byte}`)
    const url = await make(
      name,
      encoding,
      `CREATE TABLE t (a text); EXECUTE $e$INSERT INTO t VALUES (E'${escapes}')$e$;`,
    )
    const manifest = await backUp(url)
    expect(manifest.dump.sourceCounts).toBe('agreed')
    expect(await restored(manifest)).toEqual([])
  })

  test('names of another encoding are those of the database', async () => {
    const url = await make('names', 'LATIN1', `EXECUTE 'CREATE TABLE "t' || ${hex('e9')} || '" (a int)';`)
    const manifest = await backUp(url)
    expect(manifest.fingerprint.tables.map(({ table }) => table)).toEqual(['té'])
    expect(await restored(manifest)).toEqual([])
  })

  test.each([
    ['WIN1252', '\\x81'],
    ['SQL_ASCII', '\\xe9'],
  ])('names of %s that are not Unicode are dumped, and not said to be compared', async (encoding, byte) => {
    const statements = ['TABLE', 'SEQUENCE'].map(
      (kind, at) => `EXECUTE E'CREATE ${kind} "n${at}${byte}"${kind === 'TABLE' ? ' (a int)' : ''}';`,
    )
    const url = await make(`odd ${encoding}`, encoding, `${statements.join(' ')} CREATE TABLE plain (a int);`)
    const manifest = await backUp(url)
    expect(manifest.dump.sourceCounts).toBe('partly')
    expect(manifest.notes.join()).toContain('nor counted: 1.')
    expect(await restored(manifest)).toHaveLength(2)
  })
})

describe('tables that a query cannot count', () => {
  test('index, predicate and statistics expressions with functions that need a search_path', async () => {
    const url = await server.createDatabase('expressions')
    await server.query(
      'expressions',
      `CREATE FUNCTION h(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
       CREATE FUNCTION f(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT h(t)';
       CREATE TABLE a (v text); INSERT INTO a VALUES ('x'), ('y'); CREATE INDEX ON a (f(v));
       CREATE TABLE b (v text); INSERT INTO b VALUES ('x'); CREATE INDEX ON b (v) WHERE f(v) > '';
       CREATE TABLE c (v text); INSERT INTO c VALUES ('x'); CREATE STATISTICS s ON (f(v)) FROM c; ANALYZE c`,
    )
    const manifest = await backUp(url)
    expect(manifest.dump.sourceCounts).toBe('agreed')
    expect(manifest.fingerprint.tables.map(({ rows }) => rows)).toEqual([2, 1, 1])
  })

  test('code in an index expression does not run with the rights of a backup', async () => {
    const url = await server.createDatabase('planned')
    await server.query(
      'planned',
      `CREATE FUNCTION boom() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
         IF current_setting('application_name') = 'resguardo' AND current_setting('search_path') LIKE 'pg_catalog%' THEN
           RAISE EXCEPTION 'ran'; END IF; RETURN 'x'; END $$;
       CREATE FUNCTION f(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT public.boom()';
       CREATE TABLE t (a text); INSERT INTO t VALUES ('x'); CREATE INDEX ON t (f(a))`,
    )
    expect((await backUp(url)).dump.sourceCounts).toBe('agreed')
  })

  test('a damaged index, tables without columns, dropped columns and generated ones', async () => {
    const url = await server.createDatabase('odd tables')
    await server.query(
      'odd tables',
      `CREATE TABLE broken (a int PRIMARY KEY); INSERT INTO broken SELECT generate_series(1, 100);
       CREATE TABLE none (); INSERT INTO none DEFAULT VALUES; CREATE INDEX ON none ((1));
       CREATE TABLE dropped (a int, b text); INSERT INTO dropped VALUES (1, 'x'); ALTER TABLE dropped DROP COLUMN a; CREATE INDEX ON dropped (lower(b));
       CREATE TABLE made (a int GENERATED ALWAYS AS (1) STORED); INSERT INTO made DEFAULT VALUES; CREATE INDEX ON made ((a + 1)); CHECKPOINT`,
    )
    const [file] = await server.query<{ path: string }>(
      'odd tables',
      `SELECT current_setting('data_directory') || '/' || pg_relation_filepath('broken_pkey') AS path`,
    )
    await server.restart()
    writeFileSync(file?.path ?? '', Buffer.alloc(16_384))
    const manifest = await backUp(url)
    expect(manifest.dump.sourceCounts).toBe('agreed')
    expect(manifest.fingerprint.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['broken', 100],
      ['dropped', 1],
      ['made', 1],
      ['none', 1],
    ])
  })

  test('the largest value of a table is found by its row', async () => {
    await server.createDatabase('large')
    await server.query(
      'large',
      `CREATE TABLE t ("a b" text, c bytea); INSERT INTO t VALUES ('x', '\\x00'), ('y', repeat('z', 9000)::bytea)`,
    )
    const found = await withClient(server.address('large'), async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      const { rows } = await client.query<{ oid: string; name: string }>(
        `SELECT 'public.t'::regclass::oid::text AS oid, pg_export_snapshot() AS name`,
      )
      return largestValue(server.address('large'), rows[0]?.name ?? '', rows[0]?.oid ?? '')
    })
    expect(found).toEqual({ column: 'c', row: '(0,2)', bytes: 9000 })
  })
})

const asRole = (role: string): string => {
  const url = new URL(server.url('closed'))
  url.username = role
  url.password = 'x'
  return url.href
}

describe('a server that gives less than pg_dumpall asks for', () => {
  test('closed maintenance databases, and a role without rights on other databases', async () => {
    await server.createDatabase('closed')
    await server.query(
      'closed',
      `CREATE TABLE t (a int); CREATE ROLE reader LOGIN PASSWORD 'x' IN ROLE pg_read_all_data`,
    )
    await server.query('closed', 'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC')
    const manifest = await backUp(asRole('reader'))
    expect(manifest.payloads.map(({ role }) => role)).toEqual(['archive', 'globals'])
    await server.query('closed', 'GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC')
  })

  test('roles that cannot be read are left out with a note', async () => {
    await server.query('closed', `CREATE ROLE plain LOGIN PASSWORD 'x'; GRANT SELECT ON t TO plain`)
    await server.query('closed', 'REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC')
    const manifest = await backUp(asRole('plain'))
    expect(manifest.payloads.map(({ role }) => role)).toEqual(['archive'])
    expect(
      manifest.notes.some((note) => note.startsWith('globals.sql (roles and tablespaces) is not in this backup')),
    ).toBe(true)
  })
})

test('settings of a database that name what does not exist, unlogged tables on a standby', async () => {
  const url = await server.createDatabase('standby')
  await server.query(
    'standby',
    `CREATE TABLE t (a int); INSERT INTO t VALUES (1); CREATE UNLOGGED TABLE u (a int); INSERT INTO u VALUES (1);
     CREATE UNLOGGED SEQUENCE s; CREATE TEMP TABLE mine (a int);
     ALTER DATABASE standby SET default_tablespace = 'nowhere'; ALTER DATABASE standby SET temp_tablespaces = 'nowhere';
     ALTER DATABASE standby SET role = 'nobody there'; CHECKPOINT`,
  )
  const [data] = await server.query<{ path: string }>('postgres', `SELECT current_setting('data_directory') AS path`)
  await writeFile(join(data?.path ?? '', 'standby.signal'), '')
  await server.restart()
  const manifest = await backUp(url)
  expect(manifest.snapshot.standby).toBe(true)
  expect(manifest.dump.sourceCounts).toBe('agreed')
  expect(manifest.fingerprint.tables.map(({ table }) => table)).toEqual(['t'])
  expect(manifest.notes.join()).toContain('"public"."u"')
})
