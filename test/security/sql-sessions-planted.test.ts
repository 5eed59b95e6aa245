// Objects changed during a restore
// Code of an ordinary role runs during a restore and changes objects that a superuser restores or plans later.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Finished, resguardo } from '../support/command-line.ts'
import { type HostileDatabase, loggingSettings, makeHostileDatabase } from '../support/hostile-database.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres({ settings: loggingSettings })
  folder = await temporaryFolder('planted')
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a statement of the owner once, in a session of a restore. */
const planting = (statement: string): string => `
  CREATE FUNCTION public.plant() RETURNS void LANGUAGE plpgsql VOLATILE AS $plant$
  BEGIN
    IF session_user::text !~ '^resguardo' THEN RETURN; END IF;
    EXECUTE $sql$${statement}$sql$;
    PERFORM public.trap('planted');
  EXCEPTION WHEN duplicate_object OR duplicate_table OR duplicate_function THEN NULL;
  END $plant$;
  CREATE FUNCTION public.planted(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.plant(); RETURN 1; END $$;
  CREATE FUNCTION public.known(what text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.trap(what); RETURN 1; END $$;`
const whileRowsAreCopied = `CREATE TABLE public.entry (n int CHECK (public.planted(n) = 1)); INSERT INTO public.entry VALUES (1);`
const whileTablesAreMade = `CREATE TABLE public.seed (n int, g int GENERATED ALWAYS AS (public.planted(1)) STORED); INSERT INTO public.seed VALUES (1);`

async function backedUp(name: string, asOwner: string, asSuperuser = ''): Promise<HostileDatabase> {
  const database = await makeHostileDatabase(server, name)
  await database.asOwner(`SET search_path = pg_catalog; ${asOwner}`)
  if (asSuperuser) await server.query(name, `SET search_path = pg_catalog; ${asSuperuser}`)
  expect((await run(database, 'backup')).stderr).not.toMatch(/^error/m)
  await database.trapped()
  return database
}

function run({ name, url }: HostileDatabase, ...words: string[]): Promise<Finished> {
  return resguardo([...words, '--store', `file:${join(folder, name)}`], { DATABASE_URL: url })
}

async function restored(database: HostileDatabase, ...words: string[]): Promise<string | undefined> {
  const done = await run(
    database,
    'restore',
    '--strategy',
    'new',
    '--target-database',
    `${database.name}_copy`,
    '--json',
    ...words,
  )
  return (JSON.parse(done.stdout) as { error?: { code: string } }).error?.code
}

/** What ran with other rights than those of the owner. */
async function escaped(database: HostileDatabase, wasPlanted = true): Promise<unknown[]> {
  const all = await database.trapped()
  if (wasPlanted) expect(all.map(({ what }) => what)).toContain('planted')
  return all.filter(({ user }) => user !== 'app')
}

const target = `CREATE TABLE public.customer (id int PRIMARY KEY); INSERT INTO public.customer SELECT generate_series(1, 5);`
const keyOf = (table: string): string => `
  CREATE TABLE public.${table} (customer int REFERENCES public.customer); INSERT INTO public.${table} VALUES (1);`

describe('foreign key of a superuser that references a table of another owner', () => {
  test("the foreign key is created before that table's indexes, so that their functions do not run", async () => {
    const database = await backedUp(
      'keyed',
      `${planting('')} ${target} CREATE INDEX ON public.customer ((id + public.known('index')))`,
      `${keyOf('ledger')}
       CREATE ROLE colleague; ${keyOf('letter')} ALTER TABLE public.letter OWNER TO colleague; GRANT SELECT, REFERENCES ON public.customer TO colleague`,
    )
    expect(await restored(database)).toBeUndefined()
    expect(await escaped(database, false)).toEqual([])
    const made = `SELECT count(*)::int AS n FROM pg_constraint WHERE contype = 'f'`
    expect(await server.query('keyed_copy', made)).toEqual([{ n: 2 }])
    expect(await server.query('keyed_copy', `SELECT FROM pg_index WHERE indexprs IS NOT NULL`)).toHaveLength(1)
  })

  test('the restore is refused if code of the owner created an index in the meantime', async () => {
    const index = `CREATE INDEX late ON public.customer ((id + public.known('index')))`
    const database = await backedUp('indexed', `${planting(index)} ${target} ${whileRowsAreCopied}`, keyOf('ledger'))
    expect(await restored(database)).toBe('restore/code-rights')
    expect(await escaped(database)).toEqual([])
  })
})

test("an index added by the owner to a superuser's partition is not attached with superuser rights", async () => {
  const index = `CREATE INDEX part_n_idx ON public.part ((n + public.known('attached')))`
  const database = await backedUp(
    'attached',
    `${planting(index)} ${whileRowsAreCopied}`,
    `CREATE TABLE public.parts (n int) PARTITION BY LIST (n); CREATE TABLE public.part PARTITION OF public.parts FOR VALUES IN (1);
     CREATE INDEX ON public.parts (n); CREATE INDEX other ON public.part ((n + 1)); ALTER TABLE public.part OWNER TO app`,
  )
  const code = await restored(database, '--on-error', 'report')
  expect(await escaped(database)).toEqual([])
  expect(code).toBe('restore/code-rights')
})

test('a CHECK constraint added to a table runs as its owner when a primary key sets the column NOT NULL', async () => {
  const change = `ALTER TABLE public.customer ALTER id DROP NOT NULL, ADD CHECK (id > 0 OR public.known('implied') = 1)`
  const database = await backedUp('implied', `${planting(change)} ${target} ${whileRowsAreCopied}`)
  expect(await restored(database)).toBe('restore/differs')
  expect(await escaped(database)).toEqual([])
})

test('a CHECK constraint added to a domain runs as its owner when a literal of the domain is evaluated', async () => {
  const database = await backedUp(
    'literal',
    `${planting('ALTER DOMAIN public.late ADD CHECK (public.trap(VALUE))')} ${whileRowsAreCopied}
     CREATE DOMAIN public.late AS text; CREATE TYPE public.pair AS (a public.late);
     CREATE TABLE public.held (n int); CREATE POLICY seen ON public.held USING (n > 0 OR '(policy)'::public.pair IS NULL);
     CREATE INDEX ON public.held (n) WHERE n > 0 OR '(index)'::public.pair IS NULL`,
  )
  expect(await restored(database)).toBe('restore/differs')
  expect(await escaped(database)).toEqual([])
})

test('a superuser restores no literal whose type an ordinary role can change; enum literals are restored', async () => {
  const database = await backedUp(
    'typed',
    `${planting('ALTER DOMAIN public.late ADD CHECK (public.trap(VALUE))')} CREATE DOMAIN public.late AS text;
     CREATE TYPE public.pair AS (a public.late); CREATE TYPE public.mood AS ENUM ('good')`,
    `CREATE TABLE public.lent (n int, m public.mood DEFAULT 'good'); INSERT INTO public.lent VALUES (1);
     CREATE POLICY glad ON public.lent USING (m <> 'good')`,
  )
  expect(await restored(database)).toBeUndefined()
  await server.query('typed', `CREATE POLICY seen ON public.lent USING (n > 0 OR '(policy)'::public.pair IS NULL)`)
  expect((await run(database, 'backup')).code).toBe(0)
  await server.query('postgres', 'DROP DATABASE typed_copy')
  await database.trapped()
  expect(await restored(database)).toBe('restore/blocked')
  expect(await escaped(database, false)).toEqual([])
})

test("an owner's object with the name of a superuser's object is not assigned to the superuser", async () => {
  const database = await backedUp(
    'placed',
    `${planting(`CREATE VIEW public.report AS SELECT rolname, rolpassword FROM pg_authid; GRANT SELECT ON public.report TO PUBLIC`)} ${whileTablesAreMade}`,
    `CREATE VIEW public.report AS SELECT n FROM public.seed`,
  )
  expect(await restored(database, '--on-error', 'report')).toBe('restore/code-rights')
  expect(await escaped(database)).toEqual([])
  expect(await server.query('postgres', "SELECT FROM pg_database WHERE datname = 'placed_copy'")).toEqual([])
})

test('a restore is refused if code creates another object with a temporarily granted CREATE right', async () => {
  const name = 'lending'
  const statement = `CREATE OPERATOR place.= (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)`
  const database = await makeHostileDatabase(server, name)
  await server.query(name, 'CREATE SCHEMA place; GRANT ALL ON SCHEMA place TO app')
  await database.asOwner(
    `SET search_path = pg_catalog; ${planting(statement)}
     CREATE TABLE place.seed (n int, g int GENERATED ALWAYS AS (public.planted(1)) STORED, i int GENERATED ALWAYS AS IDENTITY)`,
  )
  await server.query(name, 'REVOKE CREATE ON SCHEMA place FROM app')
  expect((await run(database, 'backup', '--allow-empty')).stderr).not.toMatch(/^error/m)
  await database.trapped()
  expect(await restored(database, '--on-error', 'report')).toBe('restore/code-rights')
  expect(await escaped(database)).toEqual([])
})
