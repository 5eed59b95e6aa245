// Code in a live database
// Triggers, constraints, defaults, policies, views and operators of a database run when a superuser uses Resguardo.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Finished, resguardo } from '../support/command-line.ts'
import {
  type HostileDatabase,
  loggingSettings,
  makeHostileDatabase,
  type Trapped,
} from '../support/hostile-database.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let shop: HostileDatabase

beforeAll(async () => {
  server = await startPostgres({ settings: loggingSettings })
  folder = await temporaryFolder('command-rights')
  shop = await makeHostileDatabase(server, 'shop', { tables: true, eventTriggers: true })
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (...words: string[]): Promise<Finished> =>
  resguardo([...words, '--store', `file:${join(folder, 'store')}`], { DATABASE_URL: shop.url })

async function succeeds(...words: string[]): Promise<Finished> {
  const done = await run(...words)
  expect(done.stderr).not.toMatch(/^error/m)
  expect(done.code).toBe(0)
  return done
}

/** What ran; none of it with the rights of a superuser. */
async function ran(): Promise<Trapped[]> {
  const all = await shop.trapped()
  expect(all.filter(({ superuser }) => superuser)).toEqual([])
  return all
}

describe('database with code of its owner', () => {
  test.each([
    ['of the whole database, in custom format', ['--format', 'custom']],
    ['of the whole database, in directory format', ['--format', 'directory']],
    ['of the whole database, as plain SQL', ['--format', 'plain']],
    ['of each tenant', ['--kind', 'tenant', '--tenant', 'all']],
    ['of all at one instant', ['--kind', 'all']],
  ])('code does not run during a backup: %s', async (_, words) => {
    await succeeds('backup', ...words)
    expect(await shop.trapped()).toEqual([])
  })

  test('code does not run during tenants plan', async () => {
    const { stdout } = await resguardo(['tenants', 'plan'], { DATABASE_URL: shop.url })
    expect(stdout).toContain('Note')
    expect(await shop.trapped()).toEqual([])
  })

  test('code does not run in production during a drill, and check SQL runs without superuser rights', async () => {
    await succeeds('backup')
    await succeeds('test-restore', '--check-sql', 'SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user')
    expect(await shop.trapped()).toEqual([])
  })

  test('code does not run during migration-gate', async () => {
    const { stdout, stderr } = await run('migration-gate', '--max-age', '1h')
    expect(stdout + stderr).toContain('shop')
    expect(await shop.trapped()).toEqual([])
  })

  test('triggers and constraints run as the owners of the tables during the restore of a tenant', async () => {
    await succeeds('backup', '--kind', 'tenant', '--tenant', 'all')
    await shop.asOwner(`UPDATE public."Note" SET text = 'lost' WHERE "tenantId" OPERATOR(pg_catalog.=) 'a'`)
    await shop.trapped()
    for (const words of [['--dry-run'], ['--confirm', 'shop']]) {
      await succeeds('restore', '--kind', 'tenant', '--tenant', 'a', '--mode', 'replace', ...words)
      const kinds = (await ran()).map(({ what }) => what)
      for (const kind of ['trigger', 'check', 'generated', 'domain']) expect(kinds).toContain(kind)
    }
    expect(
      await server.query('shop', 'SELECT count(*)::int AS lost FROM public."Note" WHERE text::text = $$lost$$'),
    ).toEqual([{ lost: 0 }])
    await shop.trapped()
    expect(await server.query('shop', "SELECT FROM pg_catalog.pg_roles WHERE rolname ~ '^resguardo'")).toEqual([])
  })

  test('triggers and constraints on the table of recorded runs run as the owner of the table', async () => {
    await shop.asOwner(`
      CREATE TABLE public."BackupRun" (
        "id" TEXT PRIMARY KEY CHECK (public.ok(id, 'check')), "kind" TEXT NOT NULL, "trigger" TEXT NOT NULL, "status" TEXT NOT NULL,
        "startedAt" TIMESTAMP(3) NOT NULL, "finishedAt" TIMESTAMP(3), "checksum" TEXT, "bytes" BIGINT, "location" TEXT, "error" TEXT,
        "manifest" TEXT, extra text DEFAULT public.same('', 'default'));
      CREATE TRIGGER run_fired BEFORE INSERT OR UPDATE ON public."BackupRun" FOR EACH ROW EXECUTE FUNCTION public.fired()`)
    await shop.trapped()
    await succeeds('backup', '--record')
    expect(new Set((await ran()).map(({ what }) => what))).toEqual(new Set(['trigger', 'check', 'default']))
    expect(await server.query('shop', 'SELECT status FROM public."BackupRun"')).toEqual([{ status: 'completed' }])
  })

  test('a constraint that resets the role set with ALTER DATABASE gains no rights', async () => {
    const other = await makeHostileDatabase(server, 'roled', { tables: true })
    const store = ['--store', `file:${join(folder, 'roled')}`]
    await other.asOwner(`
      CREATE FUNCTION public.returned(value text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_catalog.set_config('role', 'none', false); RETURN public.trap('returned'); END $$;
      CREATE TABLE public."BackupRun" (
        "id" TEXT PRIMARY KEY CHECK (public.returned("id")), "kind" TEXT NOT NULL, "trigger" TEXT NOT NULL, "status" TEXT NOT NULL,
        "startedAt" TIMESTAMP(3) NOT NULL, "finishedAt" TIMESTAMP(3), "checksum" TEXT, "bytes" BIGINT, "location" TEXT, "error" TEXT,
        "manifest" TEXT);
      ALTER TABLE public."Note" ADD CHECK (public.returned(text));
      ALTER DATABASE roled SET role = 'app'`)
    await other.trapped()
    for (const words of [
      ['backup', '--record'],
      ['backup', '--kind', 'tenant', '--tenant', 'all'],
      ['restore', '--kind', 'tenant', '--tenant', 'a', '--mode', 'replace', '--confirm', 'roled'],
    ]) {
      if (words[0] === 'restore') {
        await server.query('roled', `SET session_replication_role = replica; DELETE FROM public."Note"`)
        await other.trapped()
      }
      const done = await resguardo([...words, ...store], { DATABASE_URL: other.url })
      expect(done.stderr).not.toMatch(/^error/m)
      const all = await other.trapped()
      expect(all.filter(({ superuser }) => superuser)).toEqual([])
      if (words.length !== 5) expect(all.map(({ what }) => what)).toContain('returned')
    }
  })

  test('a cast of a user-defined type does not run when tenant rows are backed up and compared', async () => {
    const other = await makeHostileDatabase(server, 'cast')
    await other.asOwner(`
      CREATE TYPE public.kind AS ENUM ('a', 'b');
      CREATE FUNCTION public.plain(public.kind) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trap('cast'); RETURN 'a'; END $$;
      CREATE CAST (public.kind AS text) WITH FUNCTION public.plain(public.kind);
      CREATE TABLE public."Tenant" (id text PRIMARY KEY);
      CREATE TABLE public."Note" (id int PRIMARY KEY, "tenantId" text REFERENCES public."Tenant", kind public.kind);
      INSERT INTO public."Tenant" VALUES ('a'), ('b'); INSERT INTO public."Note" VALUES (1, 'a', 'a'), (2, 'b', 'a')`)
    const cli = (...words: string[]) =>
      resguardo([...words, '--store', `file:${join(folder, 'cast')}`, '--json'], { DATABASE_URL: other.url })
    expect((await cli('backup', '--kind', 'tenant', '--tenant', 'all')).code).toBe(0)
    await other.asOwner(`UPDATE public."Note" SET kind = 'b'`)
    await other.trapped()
    const done = await cli('restore', '--kind', 'tenant', '--tenant', 'a', '--mode', 'merge', '--confirm', 'cast')
    expect(JSON.parse(done.stdout).tables).toContainEqual(expect.objectContaining({ table: 'Note', updated: 1 }))
    expect((await other.trapped()).map(({ what }) => what)).not.toContain('cast')
  })

  test("an operator of another role is not used on a superuser's tables during the restore of a tenant", async () => {
    const other = await makeHostileDatabase(server, 'near', { shadows: 'all' })
    await server.query(
      'near',
      `SET search_path = pg_catalog;
       CREATE TABLE public."Tenant" (id varchar(20) PRIMARY KEY);
       CREATE TABLE public."Project" (id int PRIMARY KEY, "tenantId" varchar(20) REFERENCES public."Tenant");
       CREATE TABLE public."Task" (id int PRIMARY KEY, "projectId" int REFERENCES public."Project", note varchar(20));
       INSERT INTO public."Tenant" VALUES ('a'), ('b'); INSERT INTO public."Project" VALUES (1, 'a'), (2, 'b');
       INSERT INTO public."Task" VALUES (1, 1, 'x'), (2, 2, 'x')`,
    )
    const cli = (...words: string[]) =>
      resguardo([...words, '--store', `file:${join(folder, 'near')}`, '--json'], { DATABASE_URL: other.url })
    expect((await cli('backup', '--kind', 'tenant', '--tenant', 'all')).code).toBe(0)
    await server.query('near', `UPDATE public."Task" SET note = 'y' WHERE id OPERATOR(pg_catalog.=) 1`)
    await other.trapped()
    for (const mode of ['merge', 'replace', 'insert']) {
      const done = await cli('restore', '--kind', 'tenant', '--tenant', 'a', '--mode', mode, '--confirm', 'near')
      expect(JSON.parse(done.stdout)).toMatchObject({ done: true })
    }
    expect(await other.escaped()).toEqual([])
  })

  test('a user-defined type named like a built-in one is not used when the table of runs is created', async () => {
    const other = await makeHostileDatabase(server, 'typed', { eventTriggers: true })
    await other.asOwner(`CREATE DOMAIN public.text AS pg_catalog.text CHECK (public.trap('domain'))`)
    await resguardo(
      ['backup', '--record', '--record-create', '--allow-empty', '--store', `file:${join(folder, 'typed')}`],
      {
        DATABASE_URL: other.url,
      },
    )
    expect(await other.escaped()).toEqual([])
  })
})

describe('table replaced while a superuser waits for its lock', () => {
  test('functions of a view that replaces the table do not run when an undo counts rows', async () => {
    const other = await makeHostileDatabase(server, 'swapped')
    const cli = (...words: string[]) =>
      resguardo([...words, '--store', `file:${join(folder, 'swapped')}`], { DATABASE_URL: other.url })
    await other.asOwner('CREATE TABLE public.first (id int); CREATE TABLE public.second (id int)')
    await cli('backup')
    expect((await cli('restore', '--confirm', 'swapped')).stderr).not.toMatch(/^error/m)
    await other.trapped()
    const holder = new pg.Client({ connectionString: other.ownerUrl })
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE public.first')
    const undo = cli('restore', '--undo', '--dry-run')
    await server.untilLockAwaited()
    await other.asOwner(`
      DROP TABLE public.second;
      CREATE VIEW public.second AS SELECT '1'::xid AS xmin WHERE public.trap('view')`)
    await holder.end()
    expect((await undo).stdout).toContain('swapped')
    expect(await other.escaped()).toEqual([])
  })
})
