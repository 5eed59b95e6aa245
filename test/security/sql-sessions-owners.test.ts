// Tables of several owners in one session
// Code on the table of one role runs with the rights of another role, because one session writes both tables.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { type HostileDatabase, loggingSettings, makeHostileDatabase } from '../support/hostile-database.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres({ settings: loggingSettings })
  folder = await temporaryFolder('owner-rights')
  await server.query('postgres', 'CREATE ROLE colleague; CREATE ROLE deputy IN ROLE colleague')
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** On the notes of `app`: tries to read and to change what only `colleague` may. */
const stealing = `
  CREATE FUNCTION public.steal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    BEGIN UPDATE public.vault SET secret = 'stolen'; PERFORM public.trap('changed'); EXCEPTION WHEN insufficient_privilege THEN PERFORM public.trap('not changed'); END;
    BEGIN IF EXISTS (SELECT FROM public.filtered) THEN PERFORM public.trap('read'); END IF; EXCEPTION WHEN insufficient_privilege THEN PERFORM public.trap('not read'); END;
    RETURN coalesce(NEW, OLD); END $$;
  CREATE TRIGGER note_steals BEFORE INSERT OR DELETE ON public."Note" FOR EACH ROW EXECUTE FUNCTION public.steal()`

const ofColleague = `
  CREATE TABLE public.vault (secret text); INSERT INTO public.vault VALUES ('kept');
  CREATE TABLE public.filtered (secret text); INSERT INTO public.filtered VALUES ('kept');
  ALTER TABLE public.filtered ENABLE ROW LEVEL SECURITY; GRANT SELECT ON public.filtered TO app;
  ALTER TABLE public.vault OWNER TO colleague; ALTER TABLE public.filtered OWNER TO colleague`

const invoices = `
  CREATE TABLE public."Invoice" (id int PRIMARY KEY, "tenantId" text REFERENCES public."Tenant");
  INSERT INTO public."Invoice" VALUES (1, 'a')`

/**
 * A database with objects of a superuser, and a backup of its tenants; one tenant has lost its notes since the backup.
 */
async function madeWith(name: string, sql: string): Promise<HostileDatabase> {
  const database = await makeHostileDatabase(server, name, { tables: true })
  await database.asOwner(stealing)
  await server.query(name, `SET search_path = pg_catalog; ${ofColleague}; ${sql}`)
  expect(
    (await run(database, 'backup', '--kind', 'tenant', '--tenant', 'all', '--code-as-superuser')).stderr,
  ).not.toMatch(/^error/m)
  await server.query(
    name,
    `SET session_replication_role = replica; DELETE FROM public."Note" WHERE "tenantId" OPERATOR(pg_catalog.=) 'a'`,
  )
  await database.trapped()
  return database
}

const run = ({ name, url }: HostileDatabase, ...words: string[]) =>
  resguardo([...words, '--store', `file:${join(folder, name)}`], { DATABASE_URL: url })

async function restored(
  database: HostileDatabase,
  ...words: string[]
): Promise<{ code: string | undefined; ran: Set<string> }> {
  const restore = [
    'restore',
    '--kind',
    'tenant',
    '--tenant',
    'a',
    '--mode',
    'replace',
    '--confirm',
    database.name,
    '--json',
  ]
  const done = await run(database, ...restore, ...words)
  const document: { error?: { code: string } } = JSON.parse(done.stdout)
  return { code: document.error?.code, ran: new Set((await database.trapped()).map(({ what }) => what)) }
}

describe('tenant restore by a superuser', () => {
  test("a trigger on one owner's tables cannot access other owners' tables or bypass their policies", async () => {
    const database = await madeWith('single', 'SELECT')
    const { code, ran } = await restored(database)
    expect(code).toBeUndefined()
    expect(ran).toContain('not changed')
    expect(ran).toContain('not read')
    expect(ran).not.toContain('changed')
    expect(ran).not.toContain('read')
  })

  test('a restore of tables with several owners, one of whom wrote code, is refused without running it', async () => {
    const database = await madeWith('several', `${invoices}; ALTER TABLE public."Invoice" OWNER TO colleague`)
    const refused = { code: 'restore/code-rights', ran: new Set() }
    expect(await restored(database)).toEqual(refused)
    expect(await restored(database, '--dry-run')).toEqual(refused)
    expect((await restored(database, '--dry-run', '--code-as-superuser')).ran).toContain('changed')
  })

  test('a restore is allowed if the author of the code has the rights of all table owners', async () => {
    const database = await madeWith(
      'deputies',
      `${invoices}; ALTER TABLE public."Invoice" OWNER TO deputy; GRANT deputy TO app`,
    )
    try {
      expect((await restored(database, '--dry-run')).ran).toContain('changed')
    } finally {
      await server.query('postgres', 'REVOKE deputy FROM app')
    }
  })

  test("a restore is refused if policies restrict the code and are forced on the tenant's table", async () => {
    const database = await madeWith(
      'forced',
      'ALTER TABLE public."Note" FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY',
    )
    expect(await restored(database)).toEqual({ code: 'restore/code-rights', ran: new Set() })
  })

  test("a restore into a superuser's tables is refused if an ordinary role wrote code for them", async () => {
    const database = await madeWith(
      'superusers',
      'ALTER TABLE public."Note" OWNER TO postgres; ALTER TABLE public."Tenant" OWNER TO postgres',
    )
    expect(await restored(database)).toEqual({ code: 'restore/code-rights', ran: new Set() })
  })
})

describe('run recorded by a superuser', () => {
  test("code of an ordinary role on a superuser's table does not run", async () => {
    const database = await makeHostileDatabase(server, 'recorded', { tables: true })
    await server.query(
      'recorded',
      `SET search_path = pg_catalog;
       CREATE TABLE public."BackupRun" (
         "id" TEXT PRIMARY KEY, "kind" TEXT NOT NULL, "trigger" TEXT NOT NULL, "status" TEXT NOT NULL, "startedAt" TIMESTAMP(3) NOT NULL,
         "finishedAt" TIMESTAMP(3), "checksum" TEXT, "bytes" BIGINT, "location" TEXT, "error" TEXT, "manifest" TEXT);
       GRANT TRIGGER ON public."BackupRun" TO app`,
    )
    await database.asOwner(
      'CREATE TRIGGER run_fired BEFORE INSERT OR UPDATE ON public."BackupRun" FOR EACH ROW EXECUTE FUNCTION public.fired()',
    )
    const done = await run(database, 'backup', '--record')
    expect(await database.escaped()).toEqual([])
    expect(done.stderr).toMatch(/not recorded.*code of app/)
  })
})
