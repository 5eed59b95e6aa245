// Drills on a temporary server: undamaged backups are proven, and damage is named.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { readCatalogue } from '../../src/operations/catalogue/read-catalogue.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { drill, dumpOf, leftoversIn, needing, openFolder, sentences } from '../support/drill.ts'
import { failureOf } from '../support/failure-of.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

let server: TestPostgres
let folder: string
let wide: string
let manifest: PostgresManifest

const store = (name = 'store') => openDirectoryStore(join(folder, name))
const leftovers = () => leftoversIn(folder)

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('drill-test')
  wide = await makeWideDatabase(server, 'wide')
  manifest = (await backUpUrl(wide, [store()])).manifest
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a drill on a temporary server', () => {
  test.each(['custom', 'plain', 'directory'] as const)('proves a whole database in format %s', async (format) => {
    const { manifest } = await backUpUrl(wide, [store(format)], dumpOf({ format }))
    const drilled = await drill([store(format)], manifest.id, folder)
    expect(sentences(drilled)).toEqual([])
    expect(drilled.record).toMatchObject({ verdict: 'proven', notes: [], backup: manifest.id })
    expect(drilled.failure).toBeUndefined()
    expect(await leftovers()).toEqual([])
  })

  test('writes its record into every store that holds the backup', async () => {
    const stores = [store('first'), store('second')]
    const { manifest } = await backUpUrl(wide, stores)
    const { record, recorded } = await drill(stores, manifest.id, folder)
    expect(recorded).toEqual(stores.map(({ address }) => address))
    for (const each of stores) {
      const { entries } = await readCatalogue(each)
      expect(entries[0]?.drills).toMatchObject([{ verdict: 'proven' }])
    }
    const path = join(folder, 'second', manifest.name, manifest.id, 'drills')
    const [file = ''] = await readdir(path)
    expect(JSON.parse(await readFile(join(path, file), 'utf8'))).toEqual(record)
    expect(record.phases.map(({ phase }) => phase)).toHaveLength(5)
    expect(JSON.stringify(record)).not.toContain('password')
  })

  test('names what is not as it was, records it as failed, and fails', async () => {
    const spoil = 'DELETE FROM "Product" WHERE id = 7; DROP POLICY everyone ON "Product"'
    const drilled = await drill([store('spoiled')], (await backUpUrl(wide, [store('spoiled')])).manifest.id, folder, {
      spoil,
    })
    expect(drilled.record.verdict).toBe('failed')
    expect(sentences(drilled)).toEqual([
      'public."Product": 20 rows in the backup, 19 restored',
      'POLICY: 1 in the backup, 0 restored (missing: public.Product everyone)',
    ])
    expect(drilled.failure).toMatchObject({ code: 'drill/failed' })
    expect((await readCatalogue(store('spoiled'))).entries[0]?.drills).toMatchObject([{ verdict: 'failed' }])
  })

  test('settings of the source database do not change what is compared', async () => {
    const url = await server.createDatabase('set')
    await server.query(
      'set',
      `ALTER DATABASE set SET bytea_output = 'escape'; ALTER DATABASE set SET datestyle = 'German'; ALTER DATABASE set SET intervalstyle = 'iso_8601';
       ALTER DATABASE set SET timezone = 'Asia/Tokyo'; ALTER DATABASE set SET extra_float_digits = 0; ALTER DATABASE set SET search_path = 'elsewhere'`,
    )
    await server.query(
      'set',
      `CREATE TABLE public.t AS SELECT '\\x00ff41'::bytea AS b, now() AS at, '1 mon 2 days'::interval AS i, 0.1::float8 * 3 AS f, current_date AS d`,
    )
    const made = await backUpUrl(url, [store()])
    expect(sentences(await drill([store()], made.manifest.id, folder))).toEqual([])
  })

  test('roles that are missing are stubbed, also for policies and default privileges', async () => {
    const url = await server.createDatabase('roles')
    await server.query('roles', 'CREATE ROLE "App ""x"" user"; CREATE ROLE reader')
    await server.query(
      'roles',
      `ALTER DATABASE roles OWNER TO "App ""x"" user"; CREATE TABLE t (a int); ALTER TABLE t OWNER TO "App ""x"" user";
       ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO reader USING (true); GRANT SELECT ON t TO reader;
       ALTER DEFAULT PRIVILEGES FOR ROLE "App ""x"" user" GRANT SELECT ON TABLES TO reader`,
    )
    const made = await backUpUrl(url, [store()])
    expect((await drill([store()], made.manifest.id, folder)).record).toMatchObject({ verdict: 'proven', notes: [] })
  })

  test('data that breaks its own rules does not restore, and that is a failed drill', async () => {
    const url = await server.createDatabase('orphans')
    await server.query(
      'orphans',
      `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a, secret text);
       SET session_replication_role = replica; INSERT INTO b VALUES (1, 'not for logs')`,
    )
    const made = await backUpUrl(url, [store()])
    const { record, failure } = await drill([store()], made.manifest.id, folder)
    expect(record.verdict).toBe('failed')
    expect(record.problem).toMatch(/could not be restored .* violates foreign key constraint "b_a_fkey"/)
    expect(failure?.code).toBe('drill/failed')
    expect(JSON.stringify(record)).not.toContain('not for logs')
  })

  test('a definition that needs a search_path is proven with that of the database, and named', async () => {
    const url = await server.createDatabase('trigger_when')
    await server.query(
      'trigger_when',
      `CREATE EXTENSION hstore; CREATE TABLE t (tags hstore); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER tr AFTER UPDATE ON t FOR EACH ROW WHEN (OLD.tags IS DISTINCT FROM NEW.tags) EXECUTE FUNCTION f()`,
    )
    const made = await backUpUrl(url, [store('trigger-when')])
    const { record, failure } = await drill([store('trigger-when')], made.manifest.id, folder)
    expect(failure).toBeUndefined()
    expect(record).toMatchObject({ verdict: 'proven', differences: [] })
    expect(record.notes.join()).toContain('trigger public.t tr could not be restored with the empty search_path')
    expect((await readCatalogue(store('trigger-when'))).entries[0]?.drills).toMatchObject([{ verdict: 'proven' }])
  })

  test('the checks of the user decide as well', async () => {
    const passing = {
      checkSql: ['SELECT true', 'SELECT count(*) FROM "Product"'],
      checkCommand: 'test "$DATABASE_URL"',
    }
    const good = await drill([store()], manifest.id, folder, passing)
    expect(good.record.checks.map(({ passed }) => passed)).toEqual([true, true, true])
    const failing = {
      checkSql: ['SELECT count(*) FROM empty', 'SELECT nonsense', 'SELECT true WHERE false', 'DELETE FROM "Product"'],
      checkCommand: 'exit 3',
    }
    const bad = await drill([store()], manifest.id, folder, failing)
    expect(bad.record.checks.map(({ passed }) => passed)).toEqual([false, false, false, false, false])
    expect(bad.record).toMatchObject({ verdict: 'failed', differences: [] })
    expect(bad.failure?.message).toContain('check did not pass: SELECT nonsense')
  })

  test('a damaged byte fails the drill of that copy, and leaves the other copy alone', async () => {
    const stores = [store('damaged'), store('whole')]
    const made = await backUpUrl(wide, stores)
    const path = join(folder, 'damaged', made.manifest.name, made.manifest.id, 'database.dump.zst')
    const bytes = await readFile(path)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
    await writeFile(path, bytes)
    const { record, failure, recorded } = await drill(stores, made.manifest.id, folder)
    expect(record).toMatchObject({ verdict: 'failed', differences: [] })
    expect(record.problem).toContain('database.dump.zst')
    expect(failure?.code).toBe('drill/failed')
    expect(recorded).toEqual([stores[0]?.address])
    expect(await leftovers()).toEqual([])
  })

  test('an extension that is missing is named with its package, and recorded as not drilled', async () => {
    const { id } = (await backUpUrl(wide, [store('lacking')])).manifest
    const { record, failure } = await drill([store('lacking')], id, folder, { manifest: needing('postgis') })
    expect(record).toMatchObject({ verdict: 'not-drilled', problem: expect.stringContaining('postgis') })
    expect(failure).toMatchObject({
      code: 'drill/missing-extension',
      hint: expect.stringContaining('postgresql-15-postgis-3'),
    })
    expect((await readCatalogue(store('lacking'))).entries[0]?.drills).toEqual([])
    expect(await leftovers()).toEqual([])
  })

  test('a server too old is named with its package, and nothing is recorded', async () => {
    const change = (same: PostgresManifest) => ({ ...same, server: { ...same.server, major: 99, version: '99.1' } })
    const failure = await failureOf(drill([store('untouched')], (await untouched()).id, folder, { manifest: change }))
    expect(failure.hint).toContain('postgresql-99')
    expect((await readCatalogue(store('untouched'))).entries[0]?.drills).toEqual([])
    expect(await leftovers()).toEqual([])
  })

  let kept: PostgresManifest | undefined
  const untouched = async (): Promise<PostgresManifest> => {
    const manifest: PostgresManifest = kept ?? (await backUpUrl(wide, [store('untouched')])).manifest
    kept = manifest
    return manifest
  }

  test('a locale that is missing is compared under C, and said', async () => {
    const change = (same: PostgresManifest): PostgresManifest => ({
      ...same,
      database: { ...same.database, collate: 'xx_XX.UTF-8' },
    })
    const { record } = await drill([store()], manifest.id, folder, { manifest: change })
    expect(record).toMatchObject({ verdict: 'proven', notes: [expect.stringContaining('xx_XX.UTF-8 is missing here')] })
  })

  test.each([200, 900, 1200, 1500, 1800, 2100, 2500])(
    'a signal after %i ms ends it within five seconds, with nothing left',
    async (after) => {
      const stop = new AbortController()
      const running = failureOf(
        drill([store()], manifest.id, folder, { signal: stop.signal, checkCommand: 'sleep 60' }),
      )
      await sleep(after)
      const began = performance.now()
      stop.abort(new Failure('interrupted', 'interrupted'))
      expect((await running).code).toBe('interrupted')
      expect(performance.now() - began).toBeLessThan(5000)
      expect(await leftovers()).toEqual([])
    },
  )
})

describe('a drill of a part of a database', () => {
  const parts: [string, object][] = [
    ['one table with a foreign key to another', { tables: ['public."Product"'] }],
    ['one schema', { schemas: ['public'] }],
    ['all but one schema', { excludeSchemas: ['Odd*'] }],
    ['all but one table', { excludeTables: ['public.empty'] }],
    ['a table without its rows', { excludeTableData: ['public."Product"'] }],
    ['the schema alone', { parts: 'schema-only' }],
  ]
  test.each(parts)('proves %s', async (_, selection) => {
    const url = await server.createDatabase('part')
    try {
      await server.query(
        'part',
        `CREATE SCHEMA "Odd one"; CREATE TABLE "Tenant" (id int PRIMARY KEY); CREATE TABLE "Product" (id int, tenant int REFERENCES "Tenant");
         CREATE TABLE empty (a int); CREATE TABLE "Odd one".t (a int); INSERT INTO "Tenant" VALUES (1); INSERT INTO "Product" VALUES (1, 1)`,
      )
      const made = await backUpUrl(url, [store('parts')], dumpOf({ selection: { ...everything, ...selection } }))
      const drilled = await drill([store('parts')], made.manifest.id, folder)
      expect(sentences(drilled)).toEqual([])
      expect(drilled.record.verdict).toBe('proven')
    } finally {
      await server.dropDatabase('part')
    }
  })
})
