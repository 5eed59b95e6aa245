// Code that a rehearsed migration leaves in the database
// A session with more rights than the rehearsed migration executes the code, during or after the migration.
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { drillWithRehearsal, type Rehearsed, writeFiles } from '../support/rehearsal.ts'

let server: TestPostgres
let folder: string
let backup: string
/** The server writes here: what a superuser alone can do. */
let loot: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('rehearsal-superuser')
  loot = join(folder, 'loot')
  await mkdir(loot)
  await chmod(loot, 0o777)
  const url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE ROLE shop_owner; ALTER DATABASE shop OWNER TO shop_owner;
     CREATE SCHEMA app AUTHORIZATION shop_owner;
     CREATE TABLE app.product AS SELECT i AS id, 'p' || i AS name FROM generate_series(1, 50) i;
     ALTER TABLE app.product OWNER TO shop_owner;
     CREATE TABLE app.empty (a int); ALTER TABLE app.empty OWNER TO shop_owner;
     CREATE FUNCTION app.audit() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; ALTER FUNCTION app.audit OWNER TO shop_owner;
     CREATE EVENT TRIGGER audit ON ddl_command_start EXECUTE FUNCTION app.audit();
     CREATE EVENT TRIGGER audit_end ON ddl_command_end EXECUTE FUNCTION app.audit();
     CREATE EVENT TRIGGER audit_drop ON sql_drop EXECUTE FUNCTION app.audit()`,
  )
  backup = (await backUpUrl(url, [openDirectoryStore(join(folder, 'store'))])).manifest.id
}, 120_000)

afterEach(async () => {
  for (const name of await readdir(loot)) await rm(join(loot, name))
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A function body that leaves a file where a superuser runs it. */
const takeLoot = (name: string): string =>
  `IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) THEN COPY (SELECT 1) TO '${loot}/${name}'; END IF;`

async function rehearse(sql: string, more = '', of = backup): Promise<Rehearsed> {
  const directory = await writeFiles(join(folder, 'checkout'), { 'm.sql': sql })
  return drillWithRehearsal({
    ...{ store: join(folder, 'store'), backup: of, temporary: join(folder, 'temporary') },
    server: { url: server.superuserUrl, database: 'rehearsal_scratch' },
    rehearsal: { directory, migrateCommand: `psql -X -v ON_ERROR_STOP=1 -f m.sql${more}` },
  })
}

async function harmless({ record, said }: Rehearsed): Promise<void> {
  expect(record.rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed' })
  expect(await readdir(loot)).toEqual([])
  expect(await server.query('postgres', "SELECT rolname FROM pg_roles WHERE rolname ~ '^resguardo_'")).toEqual([])
  expect(await server.query('postgres', "SELECT 1 FROM pg_database WHERE datname = 'rehearsal_scratch'")).toEqual([])
}

test('a temporary view named like a system catalog is not read by the function that records locks', async () => {
  const views = ['pg_locks', 'pg_database'].map(
    (name) => `CREATE TEMP VIEW ${name} AS SELECT c.*, public.evil() FROM pg_catalog.${name} c;`,
  )
  await harmless(
    await rehearse(`
      CREATE FUNCTION public.evil() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ${takeLoot('view')} RETURN 1; END $$;
      GRANT EXECUTE ON FUNCTION public.evil TO PUBLIC;
      ${views.join('\n')}
      CREATE TABLE app.more (a int); DROP TABLE app.more;`),
  )
})

test("a dumped event trigger whose function the migration replaces runs only as the migration's role", async () => {
  await harmless(
    await rehearse(`
      CREATE OR REPLACE FUNCTION app.audit() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ${takeLoot('event-trigger')} END $$;
      CREATE TABLE app.more (a int)`),
  )
})

test("a dumped event trigger runs for the migration, but not when the rehearsal's role is created", async () => {
  const url = await server.createDatabase('hostile')
  await server.query(
    'hostile',
    `CREATE TABLE public.t AS SELECT 1 AS a;
     CREATE FUNCTION public.evil() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ${takeLoot('dump')} RAISE NOTICE 'fired %', tg_event; END $$;
     CREATE EVENT TRIGGER evil_start ON ddl_command_start EXECUTE FUNCTION public.evil()`,
  )
  const { manifest } = await backUpUrl(url, [openDirectoryStore(join(folder, 'store'))])
  const rehearsed = await rehearse('CREATE TABLE public.more (a int)', ' 2>&1', manifest.id)
  await harmless(rehearsed)
  expect(rehearsed.said.join('\n')).toContain('fired ddl_command_start')
})

test('a dumped login trigger whose function the migration replaces is not run by a superuser', async (context) => {
  if (server.tools.major < 17) return context.skip()
  const url = await server.createDatabase('greeting')
  await server.query(
    'greeting',
    `CREATE TABLE public.t AS SELECT 1 AS a;
     CREATE FUNCTION public.greet() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ${takeLoot('login-dump')} END $$;
     CREATE EVENT TRIGGER greet ON login EXECUTE FUNCTION public.greet()`,
  )
  const { manifest } = await backUpUrl(url, [openDirectoryStore(join(folder, 'store'))])
  await harmless(
    await rehearse(
      `CREATE OR REPLACE FUNCTION public.greet() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ${takeLoot('login')} END $$`,
      '',
      manifest.id,
    ),
  )
})

test('functions, operators and casts named like built-in ones are not called by the row counts', async () => {
  const names = ['public', 'app'].flatMap((schema) => [
    `CREATE FUNCTION ${schema}.format(text, name, name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN ${takeLoot(`format-${schema}`)} RETURN pg_catalog.format('%I.%I', $2, $3); END $$;`,
    `CREATE FUNCTION ${schema}.evil_eq(name, name) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN ${takeLoot(`operator-${schema}`)} RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;`,
    `CREATE OPERATOR ${schema}.= (FUNCTION = ${schema}.evil_eq, LEFTARG = name, RIGHTARG = name);`,
    `CREATE FUNCTION ${schema}.pg_total_relation_size(oid) RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN ${takeLoot(`size-${schema}`)} RETURN 1; END $$;`,
    `CREATE FUNCTION ${schema}.current_database() RETURNS name LANGUAGE plpgsql AS $$ BEGIN ${takeLoot(`database-${schema}`)} RETURN pg_catalog.current_database(); END $$;`,
  ])
  await harmless(
    await rehearse(`
      ${names.join('\n')}
      ALTER DATABASE rehearsal_scratch SET search_path = app, public, pg_catalog;
      ALTER ROLE CURRENT_USER SET search_path = app, public, pg_catalog;`),
  )
})

test('rules, policies, triggers, generated columns and index expressions do not run in the row counts', async () => {
  const evil = `CREATE FUNCTION public.evil(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN ${takeLoot('table')} RETURN $1; END $$;`
  const { record, ...rest } = await rehearse(`
      ${evil}
      ALTER TABLE app.product ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY evil ON app.product USING (public.evil(id) > 0);
      ALTER TABLE app.product ADD COLUMN computed int GENERATED ALWAYS AS (public.evil(id)) STORED;
      CREATE INDEX ON app.product (public.evil(id)) WHERE public.evil(id) > 0;
      DO $$ BEGIN CREATE RULE "_RETURN" AS ON SELECT TO app.empty DO INSTEAD SELECT public.evil(1) AS a;
      EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'a table cannot become a view: PostgreSQL 16 or later'; END $$;`)
  await harmless({ record, ...rest })
  expect(record.rehearsal?.tables.filter(({ table }) => table === 'app.product')).not.toMatchObject([{ rowsAfter: 0 }])
})

test('a migration that revokes all privileges on its tables cannot hide that it deleted rows', async () => {
  const { record } = await rehearse(`
      DELETE FROM app.product WHERE id > 10;
      ALTER TABLE app.product ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      REVOKE ALL ON DATABASE rehearsal_scratch FROM PUBLIC;
      REVOKE ALL ON app.product FROM PUBLIC, CURRENT_USER, shop_owner;
      REVOKE ALL ON SCHEMA app FROM PUBLIC, CURRENT_USER, shop_owner`)
  expect(record.rehearsal?.findings.join()).toContain('app.product lost 40 rows')
})

test('a migration cannot read or change the record of its locks, or become another role of Resguardo', async () => {
  const tries = [
    'SELECT * FROM resguardo_rehearsal.locks',
    'DELETE FROM resguardo_rehearsal.locks',
    'DROP SCHEMA resguardo_rehearsal CASCADE',
    'ALTER EVENT TRIGGER resguardo_rehearsal_locks DISABLE',
    'CREATE OR REPLACE FUNCTION resguardo_rehearsal.note_locks() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
    'CREATE TRIGGER t BEFORE INSERT ON resguardo_rehearsal.locks FOR EACH ROW EXECUTE FUNCTION app.nothing()',
    'SET ROLE postgres',
    'SET SESSION AUTHORIZATION postgres',
    'SET ROLE resguardo_observer_rehearsal_scratch',
    'ALTER ROLE resguardo_observer_rehearsal_scratch SUPERUSER',
    'ALTER ROLE CURRENT_USER SUPERUSER',
    'ALTER ROLE CURRENT_USER BYPASSRLS',
    'CREATE ROLE another',
    `COPY (SELECT 1) TO '${loot}/copy'`,
    'CREATE EXTENSION postgres_fdw',
    'CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION app.audit()',
  ]
  const blocks = tries.map(
    (each) =>
      `DO $try$ BEGIN EXECUTE $sql$${each}$sql$; RAISE NOTICE 'succeeded: %', $sql$${each}$sql$; EXCEPTION WHEN OTHERS THEN NULL; END $try$;`,
  )
  const { said, ...rest } = await rehearse(
    `CREATE FUNCTION app.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; ${blocks.join('\n')}`,
    ' 2>&1',
  )
  await harmless({ said, ...rest })
  expect(said.filter((line) => line.includes('succeeded'))).toEqual([])
})
