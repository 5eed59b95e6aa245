// Definitions of restored objects: changes of meaning are found, and different texts with the same meaning are not.
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Difference } from '../../src/domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { compareDatabase } from '../../src/engines/postgres/compare/compare.ts'
import { normalizeDefinition } from '../../src/engines/postgres/definitions/normalize-definition.ts'
import { loadBackup } from '../../src/engines/postgres/load/load.ts'
import type { Loaded } from '../../src/engines/postgres/load/request.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { payloadSources } from '../../src/streams/payload.ts'
import { drill, openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { runRestore } from '../support/restore-run.ts'

/** Expressions whose operator is found along the search_path, which a restore empties. */
const citextExpressions = `
  CREATE EXTENSION citext;
  CREATE TABLE t (a citext, b citext, CONSTRAINT same CHECK (CASE a WHEN b THEN true ELSE true END));
  CREATE TABLE u (a citext DEFAULT CASE 'x'::citext WHEN 'X'::citext THEN 'same' ELSE 'other' END, c text);
  CREATE VIEW distinct_from AS SELECT a IS DISTINCT FROM b AS x FROM t;
  CREATE VIEW simple_case AS SELECT CASE a WHEN b THEN 'same' ELSE 'other' END AS x FROM t;
  CREATE VIEW null_if AS SELECT nullif(a, b) AS x FROM t;
  CREATE VIEW joined AS SELECT u.c FROM t JOIN u USING (a);
  CREATE VIEW naturally AS SELECT x.b FROM t x NATURAL JOIN (SELECT a FROM u) y;
  CREATE MATERIALIZED VIEW stored AS SELECT CASE a WHEN b THEN 1 ELSE 2 END AS x FROM t;
  CREATE INDEX by_case ON t ((CASE a WHEN b THEN 1 ELSE 2 END));
  CREATE POLICY by_case ON u USING (CASE a WHEN 'A' THEN true ELSE false END);
  CREATE FUNCTION atomic(p citext) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT CASE p WHEN 'A'::citext THEN true ELSE false END; END;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER by_case BEFORE UPDATE ON t FOR EACH ROW WHEN (CASE NEW.a WHEN OLD.a THEN true ELSE false END) EXECUTE FUNCTION touch();
  CREATE RULE by_case AS ON DELETE TO u WHERE CASE OLD.a WHEN 'A' THEN true ELSE false END DO INSTEAD NOTHING;
  CREATE VIEW unchanged AS SELECT a = b AS x, a IN ('A', 'B') AS y FROM t`
const citextObjects = [
  'VIEW public.distinct_from',
  'VIEW public.null_if',
  'default value for public.u.a',
  'function public.atomic(public.citext)',
  'index public.by_case',
  'materialized view public.stored',
  'policy by_case on public.u',
  'rule by_case on public.u',
  'table constraint same on public.t',
  'trigger by_case on public.t',
  'view public.distinct_from',
  'view public.joined',
  'view public.naturally',
  'view public.null_if',
  'view public.simple_case',
]

const run = promisify(execFile)

let server: TestPostgres
let folder: string
const { signal } = new AbortController()
const store = (name: string) => openDirectoryStore(join(folder, name))

interface Restored {
  readonly manifest: PostgresManifest
  readonly loaded: Loaded
  readonly database: string
}

async function restored(source: string, format: 'custom' | 'plain'): Promise<Restored> {
  const database = `${source}_${format}`
  const dump = { format, selection: everything, jobs: 2, sourceCounts: false, globals: false, lockTimeout: 5 }
  const { manifest } = await backUpUrl(server.url(source), [store(database)], { dump })
  await server.createDatabase(database)
  const payloads = payloadSources(store(database), manifest, signal)
  const address = server.address(database)
  const loaded = await loadBackup({
    address,
    tools: server.tools,
    manifest,
    payloads,
    jobs: 2,
    temporary: folder,
    signal,
  })
  return { manifest, loaded, database }
}

async function compared(
  { manifest, loaded }: Restored,
  database: string,
): Promise<{ found: Difference[]; notes: string[] }> {
  const notes: string[] = []
  const given = { address: server.address(database), tools: server.tools, manifest, signal, ...loaded }
  return { found: await compareDatabase({ ...given, onNote: (note) => notes.push(note) }), notes }
}

/**
 * What pg_dump prints of all definitions and rows, in the normal form (docs/decisions/0014) and without its random key
 * of psql's restricted mode.
 */
async function printed(database: string): Promise<string[]> {
  const { stdout } = await run(join(server.tools.folder, 'pg_dump'), [server.url(database)], { maxBuffer: 1 << 26 })
  const statements = stdout.replaceAll(/^(--|\\(un)?restrict ).*\n/gm, '').split(/;\n\n/)
  return statements.map((statement) => normalizeDefinition(statement))
}

/** `VIEW public.v`, as the sentence begins. */
const subjects = (found: readonly Difference[]) =>
  found.map(({ sentence }) => sentence.replace(/: (the definition|uses operator).*$/s, '')).sort()

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('definitions-test')
  await server.createDatabase('every')
  await server.query(
    'every',
    await readFile(join(import.meta.dirname, '../fixtures/definitions/every-kind.sql'), 'utf8'),
  )
  await server.createDatabase('citext')
  await server.query('citext', citextExpressions)
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a database with every kind of object', () => {
  let custom: Restored
  let plain: Restored

  beforeAll(async () => {
    custom = await restored('every', 'custom')
    plain = await restored('every', 'plain')
  })

  test('has the definitions of its backup after a restore', async () => {
    expect(await compared(custom, custom.database)).toEqual({ found: [], notes: [] })
    expect(Object.keys(custom.manifest.fingerprint.inventory?.objects ?? {}).length).toBeGreaterThan(35)
  })

  test('has them after a restore of plain SQL, but for those that may hold passwords', async () => {
    const { found, notes } = await compared(plain, plain.database)
    expect(found).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/^2 definitions not compared/)])
  })

  test('is printed by pg_dump as in the source, after the restore of a drill and after a swap', async () => {
    await server.createDatabase('live', 'TEMPLATE every')
    await backUpUrl(server.url('live'), [store('live')])
    const { record } = await drill([store('live')], 'latest', folder)
    expect([record.verdict, record.differences]).toEqual(['proven', []])
    const before = await printed('live')
    const [{ oid } = { oid: 0 }] = await server.query<{ oid: number }>(
      'live',
      'SELECT oid FROM pg_database WHERE datname = current_database()',
    )
    await runRestore(server.url('live'), [store('live')], { confirm: 'live' })
    expect(await server.query('live', 'SELECT oid FROM pg_database WHERE datname = current_database()')).not.toEqual([
      { oid },
    ])
    expect(await printed('live')).toEqual(before)
    expect(await printed(custom.database)).toEqual(before)
  })

  test('stores no digest of definitions that may hold passwords', () => {
    const objects = custom.manifest.fingerprint.inventory?.objects
    expect(objects?.['USER MAPPING']).toEqual({ count: 1, sha256: expect.any(String) })
    expect(objects?.SERVER).toEqual({ count: 1, sha256: expect.any(String) })
  })

  const changed: readonly [sql: string, subject: string][] = [
    [
      `CREATE OR REPLACE VIEW app.v9 AS SELECT a, b FROM (SELECT s AS a, v AS b FROM app.base) sub WHERE b IN ('a','c')`,
      'VIEW app.v9',
    ],
    [
      `CREATE OR REPLACE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$`,
      'FUNCTION app.trg()',
    ],
    [`ALTER FUNCTION app.f1 SET search_path = public`, 'FUNCTION app.f1(integer, text, integer[])'],
    [
      `ALTER DOMAIN app.dom DROP CONSTRAINT notbig; ALTER DOMAIN app.dom ADD CONSTRAINT notbig CHECK (value NOT IN (1000, 2001))`,
      'DOMAIN app.dom',
    ],
    [`ALTER DOMAIN app.dom SET DEFAULT 4`, 'DOMAIN app.dom'],
    [`ALTER TABLE app.base ALTER ts SET DEFAULT now() - interval '2 days'`, 'TABLE app.base'],
    [`ALTER TABLE app.like_t DROP g, ADD g int GENERATED ALWAYS AS (s + 1) STORED`, 'TABLE app.like_t'],
    [`ALTER TABLE app.chi ALTER c TYPE bigint`, 'TABLE app.chi'],
    [`ALTER TABLE app.parth1 ALTER k SET STORAGE MAIN`, 'TABLE app.parth1'],
    [`ALTER TABLE app.ul SET (fillfactor = 80)`, 'TABLE app.ul'],
    [`ALTER TABLE app.phash OWNER TO d_reader`, 'TABLE app.phash'],
    [`DROP INDEX app.i3; CREATE INDEX i3 ON app.base (ci)`, 'INDEX app.i3'],
    [`DROP INDEX app.i4; CREATE INDEX i4 ON app.base ((ci::text || 'y'))`, 'INDEX app.i4'],
    [`ALTER POLICY pol ON app.base USING (true)`, 'POLICY app.base pol'],
    [`CREATE OR REPLACE RULE ru AS ON DELETE TO app.base DO ALSO NOTHING`, 'RULE app.base ru'],
    [`ALTER TABLE app.base ENABLE TRIGGER tr1`, 'TRIGGER app.base tr1'],
    [
      `CREATE OR REPLACE AGGREGATE app.agg(int) (sfunc = int4pl, stype = int, initcond = '1', parallel = safe)`,
      'AGGREGATE app.agg(integer)',
    ],
    [`DROP COLLATION app.coll2; CREATE COLLATION app.coll2 (provider = libc, locale = 'POSIX')`, 'COLLATION app.coll2'],
    [`ALTER TYPE app.comp ADD ATTRIBUTE c int CASCADE`, 'TYPE app.comp'],
    [`ALTER TYPE app.mood ADD VALUE 'glad' BEFORE 'ok'`, 'TYPE app.mood'],
    [`ALTER SEQUENCE app.sq INCREMENT 2`, 'SEQUENCE app.sq'],
    [`ALTER OPERATOR app.=== (int, int) SET (RESTRICT = neqsel)`, 'OPERATOR app.==='],
    [`ALTER EVENT TRIGGER et ENABLE`, 'EVENT TRIGGER et'],
    [`ALTER STATISTICS app.sts SET STATISTICS 60`, 'STATISTICS app.sts'],
    [`ALTER TEXT SEARCH CONFIGURATION app.tsc DROP MAPPING FOR word`, 'TEXT SEARCH CONFIGURATION app.tsc'],
    [`ALTER TEXT SEARCH DICTIONARY app.tsd (stopwords = german)`, 'TEXT SEARCH DICTIONARY app.tsd'],
    [`ALTER PUBLICATION pub2 SET (publish = 'insert, delete')`, 'PUBLICATION pub2'],
    [`ALTER SERVER far OPTIONS (SET host 'other')`, 'SERVER far'],
    [`ALTER USER MAPPING FOR d_owner SERVER far OPTIONS (SET password 'other')`, 'USER MAPPING d_owner SERVER far'],
    [`ALTER FOREIGN TABLE app.ft OPTIONS (SET table_name 'y')`, 'FOREIGN TABLE app.ft'],
    [
      `ALTER TABLE app.fk DROP CONSTRAINT fk_base_fkey, ADD CONSTRAINT fk_base_fkey FOREIGN KEY (base) REFERENCES app.base`,
      'FK CONSTRAINT app.fk fk_base_fkey',
    ],
    [`COMMENT ON COLUMN app.base.v IS 'dd'`, 'COMMENT app.COLUMN base.v'],
    [`GRANT DELETE ON app.base TO d_reader`, 'ACL app.TABLE base'],
    [
      `ALTER TABLE app.part DETACH PARTITION app.part1; ALTER TABLE app.part ATTACH PARTITION app.part1 FOR VALUES IN ('sad')`,
      'TABLE ATTACH app.part1',
    ],
  ]
  test('has a difference for each definition that changed', async () => {
    await server.createDatabase('changed', `TEMPLATE ${custom.database}`)
    for (const [sql] of changed) await server.query('changed', sql)
    const { found } = await compared(custom, 'changed')
    const expected = [...new Set(changed.map(([, subject]) => subject))]
    expect(subjects(found)).toEqual(expect.arrayContaining(expected))
    expect(JSON.stringify(found)).not.toMatch(/secret|RETURN OLD/)
  })

  test('has a difference for a changed definition after a restore of plain SQL, too', async () => {
    await server.query(plain.database, `ALTER TABLE app.base ALTER v SET DEFAULT 'y'; ALTER EVENT TRIGGER et ENABLE`)
    expect(subjects((await compared(plain, plain.database)).found)).toEqual(['EVENT TRIGGER et', 'TABLE app.base'])
  })
})

describe('expressions that find another operator after a restore', () => {
  test('are named in a comparison, and those that find the same one are not', async () => {
    const { found } = await compared(await restored('citext', 'custom'), 'citext_custom')
    expect(subjects(found)).toEqual(citextObjects)
  })

  test('fail a drill', async () => {
    const { manifest } = await backUpUrl(server.url('citext'), [store('drill')])
    const { record } = await drill([store('drill')], manifest.id, folder)
    expect(record.verdict).toBe('failed')
    expect(subjects(record.differences)).toEqual(citextObjects)
  })

  test('fail a swap before the names change', async () => {
    await backUpUrl(server.url('citext'), [store('swap')])
    const swap = runRestore(server.url('citext'), [store('swap')], { confirm: 'citext' })
    await expect(swap).rejects.toMatchObject({ code: 'restore/differs' })
    expect(await server.query('postgres', `SELECT FROM pg_database WHERE datname LIKE 'citext\\_restore%'`)).toEqual([])
  })
})
