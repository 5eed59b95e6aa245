// Databases with automatic actions: event triggers that log or forbid DDL, and materialized views over servers that are
// down.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { drill, openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { runRestore } from '../support/restore-run.ts'

const logsDdl = `
  CREATE ROLE keeper;
  CREATE TABLE ddl_log (event text, tag text);
  CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (2); ALTER TABLE t OWNER TO keeper;
  CREATE MATERIALIZED VIEW m1 AS SELECT count(*) AS n FROM t; CREATE MATERIALIZED VIEW m2 AS SELECT n + 1 AS n FROM m1;
  CREATE MATERIALIZED VIEW m3 AS SELECT 1 AS n; CREATE INDEX ON m3 (n); GRANT SELECT ON m3 TO keeper; COMMENT ON TABLE t IS 'x';
  CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ddl_log VALUES (tg_event, tg_tag); END';
  CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no % here', tg_tag; END $$;
  CREATE EVENT TRIGGER a_start ON ddl_command_start EXECUTE FUNCTION log_ddl(); ALTER EVENT TRIGGER a_start ENABLE ALWAYS;
  CREATE EVENT TRIGGER b_end ON ddl_command_end EXECUTE FUNCTION log_ddl(); ALTER EVENT TRIGGER b_end ENABLE ALWAYS;
  CREATE EVENT TRIGGER c_drop ON sql_drop EXECUTE FUNCTION log_ddl(); ALTER EVENT TRIGGER c_drop ENABLE ALWAYS;
  CREATE EVENT TRIGGER d_rewrite ON table_rewrite EXECUTE FUNCTION log_ddl(); ALTER EVENT TRIGGER d_rewrite ENABLE REPLICA;
  CREATE EVENT TRIGGER e_plain ON ddl_command_end WHEN TAG IN ('REFRESH MATERIALIZED VIEW') EXECUTE FUNCTION log_ddl();
  COMMENT ON EVENT TRIGGER b_end IS 'logs';
  CREATE EVENT TRIGGER f_forbid ON ddl_command_start WHEN TAG IN ('DROP TABLE', 'DROP FUNCTION', 'REFRESH MATERIALIZED VIEW', 'COMMENT', 'DROP OWNED')
    EXECUTE FUNCTION forbid(); ALTER EVENT TRIGGER f_forbid ENABLE ALWAYS`

/** Filled while the other server, here the same one, can be reached; then it cannot. */
const readsForeign = ({ port, password }: TestPostgres) => `
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '${port}', dbname 'postgres');
  CREATE USER MAPPING FOR postgres SERVER far OPTIONS (user 'postgres', password '${password}');
  CREATE FOREIGN TABLE ft (datname name) SERVER far OPTIONS (schema_name 'pg_catalog', table_name 'pg_database');
  CREATE TABLE own (datname name); INSERT INTO own VALUES ('x');
  CREATE VIEW over_ft AS SELECT datname FROM ft;
  CREATE MATERIALIZED VIEW direct AS SELECT count(*) AS n FROM ft;
  CREATE MATERIALIZED VIEW by_view AS SELECT count(*) AS n FROM over_ft;
  CREATE MATERIALIZED VIEW by_matview AS SELECT n + 1 AS n FROM direct;
  CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM ft; END;
  CREATE MATERIALIZED VIEW by_function AS SELECT counted() AS n;
  CREATE TABLE parted (datname name) PARTITION BY LIST (datname);
  CREATE TABLE parted_own PARTITION OF parted FOR VALUES IN ('x'); INSERT INTO parted VALUES ('x');
  CREATE TABLE parted_sub PARTITION OF parted DEFAULT PARTITION BY LIST (datname);
  CREATE FOREIGN TABLE parted_far PARTITION OF parted_sub DEFAULT SERVER far OPTIONS (schema_name 'pg_catalog', table_name 'pg_database');
  CREATE MATERIALIZED VIEW by_partition AS SELECT count(*) AS n FROM parted;
  CREATE TABLE parent (datname name);
  CREATE FOREIGN TABLE child () INHERITS (parent) SERVER far OPTIONS (schema_name 'pg_catalog', table_name 'pg_database');
  CREATE MATERIALIZED VIEW by_child AS SELECT count(*) AS n FROM parent;
  CREATE FUNCTION by_text() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM public.ft); END';
  CREATE MATERIALIZED VIEW by_body AS SELECT by_text() AS n;
  CREATE MATERIALIZED VIEW over_body AS SELECT n FROM by_body;
  CREATE MATERIALIZED VIEW local AS SELECT count(*) AS n FROM own;
  CREATE VIEW over_own AS SELECT datname FROM own;
  CREATE MATERIALIZED VIEW local_view AS SELECT count(*) AS n FROM over_own;
  ALTER SERVER far OPTIONS (SET port '1')`
const unfilled = ['by_body', 'by_child', 'by_function', 'by_matview', 'by_partition', 'by_view', 'direct', 'over_body']

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('quiet-restore-test')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Source {
  readonly url: string
  readonly store: Store
  readonly id: string
  /** The same in plain format. */
  readonly plain: { readonly store: Store; readonly id: string }
}

async function backUp(name: string, sql: string): Promise<Source> {
  const url = await server.createDatabase(name)
  for (const statement of sql.split(/;\s*\n/)) await server.query(name, statement)
  const store = openDirectoryStore(join(folder, name))
  const { manifest } = await backUpUrl(url, [store])
  const plainStore = openDirectoryStore(join(folder, `${name}-plain`))
  const dump = {
    format: 'plain',
    selection: everything,
    jobs: 2,
    sourceCounts: true,
    globals: false,
    lockTimeout: 5,
  } as const
  const { manifest: plain } = await backUpUrl(url, [plainStore], { dump })
  return { url, store, id: manifest.id, plain: { store: plainStore, id: plain.id } }
}

type Format = 'archive' | 'plain'

/** A plain dump is restored in one session, whose rights objects of several owners would share. */
function restoreOver({ url, store, plain }: Source, strategy: string, format: Format) {
  const inPlace = strategy === 'in-place' ? { 'skip-safety-backup': 'true' } : {}
  const confirm = new URL(url).pathname.slice(1)
  const asSuperuser = format === 'plain' ? { 'code-as-superuser': 'true' } : {}
  return runRestore(url, [format === 'plain' ? plain.store : store], { confirm, strategy, ...asSuperuser, ...inPlace })
}

async function isFilled(database: string): Promise<Record<string, boolean>> {
  const rows = await server.query<{ name: string; filled: boolean }>(
    database,
    `SELECT relname AS name, relispopulated AS filled FROM pg_class WHERE relkind = 'm' ORDER BY 1`,
  )
  return Object.fromEntries(rows.map(({ name, filled }) => [name, filled]))
}

describe('a database that logs and forbids DDL by event triggers', () => {
  let source: Awaited<ReturnType<typeof backUp>>
  const logged = () => server.query('audited', 'SELECT event, tag FROM public.ddl_log')

  beforeAll(async () => {
    source = await backUp('audited', logsDdl)
  })

  test('is proven by a drill', async () => {
    const { record } = await drill([source.store], source.id, folder)
    expect(record).toMatchObject({ verdict: 'proven', differences: [] })
  })

  test.each([
    ['swap', 'archive'],
    ['in-place', 'archive'],
    ['swap', 'plain'],
    ['in-place', 'plain'],
  ] as const)('is restored by %s without a line more, from format %s', async (strategy, format) => {
    const before = await logged()
    const { outcome } = await restoreOver(source, strategy, format)
    expect(outcome.failure).toBeUndefined()
    expect(await logged()).toEqual(before)
    expect(await isFilled('audited')).toEqual({ m1: true, m2: true, m3: true })
  })
})

describe('a database with materialized views over a server that is down', () => {
  let source: Awaited<ReturnType<typeof backUp>>
  const filled = { ...Object.fromEntries(unfilled.map((name) => [name, false])), local: true, local_view: true }

  beforeAll(async () => {
    source = await backUp('distant', readsForeign(server))
  })

  test.each(['archive', 'plain'] as const)(
    'is proven by a drill that names the views, from format %s',
    async (format) => {
      const { store, id } = format === 'plain' ? source.plain : source
      const { record } = await drill([store], id, folder)
      expect(record).toMatchObject({ verdict: 'proven', differences: [] })
      const named = record.notes.flatMap((note) => note.match(/public\.\w+/g) ?? [])
      expect(named.sort()).toEqual(unfilled.map((name) => `public.${name}`))
    },
  )

  test.each([
    ['swap', 'archive'],
    ['in-place', 'archive'],
    ['swap', 'plain'],
    ['in-place', 'plain'],
  ] as const)(
    'is restored by %s, and only the views over local tables are filled, from format %s',
    async (strategy, format) => {
      const { outcome } = await restoreOver(source, strategy, format)
      expect(outcome.failure).toBeUndefined()
      expect(await isFilled('distant')).toEqual(filled)
    },
  )
})
