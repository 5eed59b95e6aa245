// Attack class: code in expressions of an index, statistics, a constraint or a partition key, which PostgreSQL runs while it plans a query.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Finished, resguardo } from '../support/command-line.ts'
import { type HostileDatabase, loggingSettings, makeHostileDatabase } from '../support/hostile-database.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let shop: HostileDatabase
let reader: string

/** Arguments without a column: the planner computes the value once. */
const places = `
  CREATE FUNCTION public.known(what text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.trap(what); RETURN 1; END $$;
  CREATE FUNCTION public.holds(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.trap(what); END $$;
  CREATE TABLE public."Tenant" (id text PRIMARY KEY, n int);
  CREATE TABLE public."Note" (id int PRIMARY KEY, "tenantId" text REFERENCES public."Tenant", n int);
  CREATE TABLE public."Line" (id int PRIMARY KEY, note int REFERENCES public."Note", n int);
  CREATE TABLE public."Color" (id int PRIMARY KEY, n int);
  CREATE TABLE public."Parent" (id int, "tenantId" text, n int);
  CREATE TABLE public."Child" (CHECK (n > 0 OR public.holds('check of a child'))) INHERITS (public."Parent");
  CREATE TABLE public."Event" (id int, "tenantId" text, n int) PARTITION BY RANGE ((n + public.known('partition key')));
  CREATE TABLE public."Event1" PARTITION OF public."Event" FOR VALUES FROM (0) TO (1000);
  ALTER TABLE public."Event1" ADD CHECK (n > 0 OR public.holds('check of a partition'));
  INSERT INTO public."Tenant" VALUES ('a', 1), ('b', 1); INSERT INTO public."Note" VALUES (1, 'a', 1), (2, 'b', 1);
  INSERT INTO public."Line" VALUES (1, 1, 1), (2, 2, 1); INSERT INTO public."Color" VALUES (1, 1);
  INSERT INTO public."Parent" VALUES (1, 'a', 1); INSERT INTO public."Child" VALUES (1, 'a', 1); INSERT INTO public."Event" VALUES (1, 'a', 1);
  CREATE TABLE public."BackupRun" ("id" TEXT PRIMARY KEY, "kind" TEXT NOT NULL, "trigger" TEXT NOT NULL, "status" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL, "finishedAt" TIMESTAMP(3), "checksum" TEXT, "bytes" BIGINT, "location" TEXT, "error" TEXT, "manifest" TEXT);
  CREATE INDEX ON public."BackupRun" ((length("id") + public.known('index of the record')));
  CREATE INDEX ON public."Tenant" ((n + public.known('index')));
  CREATE INDEX ON public."Note" (n) WHERE public.holds('index predicate');
  CREATE STATISTICS public.line_statistics ON (n + public.known('statistics')), id FROM public."Line";
  CREATE INDEX ON public."Color" ((n + public.known('index of a shared table')));
  CREATE INDEX ON public."Child" ((n + public.known('index of a child')));
  CREATE INDEX ON public."Event1" ((n + public.known('index of a partition')))`

const rules = ['--tenant-rule', 'public.Color: shared']

beforeAll(async () => {
  server = await startPostgres({ settings: loggingSettings })
  folder = await temporaryFolder('planning')
  shop = await makeHostileDatabase(server, 'shop')
  await shop.asOwner(`SET search_path = pg_catalog; ${places}`)
  await server.query('postgres', `CREATE ROLE reader LOGIN PASSWORD 'reader' IN ROLE pg_read_all_data`)
  reader = Object.assign(new URL(shop.url), { username: 'reader', password: 'reader' }).href
  await shop.trapped()
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (url: string, ...words: string[]): Promise<Finished> =>
  resguardo([...words, ...(words[0] === 'tenants' ? [] : ['--store', `file:${join(folder, 'store')}`]), '--json'], {
    DATABASE_URL: url,
  })

const codeOf = ({ stdout }: Finished): string | undefined => (JSON.parse(stdout) as { error?: { code: string } }).error?.code

describe('functions of constants in indexes, statistics, checks and partition keys', () => {
  test.each([
    ['backup'],
    ['backup --format directory'],
    ['backup --kind tenant --tenant all'],
    ['backup --kind tenant --tenant a --include-shared'],
    ['backup --kind all'],
    ['tenants plan'],
    ['tenants plan --no-counts'],
    ['test-restore'],
    ['restore --kind tenant --tenant a --mode replace --dry-run'],
    ['restore --kind tenant --tenant a --mode insert --confirm shop'],
    ['restore --kind tenant --tenant a --mode merge --confirm shop'],
    ['restore --kind tenant --tenant a --mode replace --confirm shop'],
    ['migration-gate --max-age 1h'],
    ['backup --record'],
    ['restore --dry-run'],
    ['restore --strategy in-place --confirm shop'],
  ])('run with no rights of a superuser during %s', async (words) => {
    const done = await run(shop.url, ...words.split(' '), ...(/tenant/.test(words) ? rules : []))
    expect(codeOf(done)).toBeUndefined()
    expect((await shop.trapped()).filter(({ superuser }) => superuser)).toEqual([])
  })

  test.each([['backup'], ['test-restore'], ['migration-gate --max-age 1h']])(
    'are not run by a role that reads all tables during %s',
    async (words) => {
      await run(reader, ...words.split(' '))
      expect(await shop.escaped()).toEqual([])
    },
  )

  test.each([['backup --kind tenant --tenant all'], ['tenants plan']])(
    'have a role that reads all tables refuse %s, unless it trusts their author',
    async (words) => {
      expect(codeOf(await run(reader, ...words.split(' ')))).toBe('tenant/code-rights')
      expect(await shop.escaped()).toEqual([])
      expect(codeOf(await run(reader, ...words.split(' '), '--code-as-superuser'))).toBeUndefined()
      expect(new Set((await shop.escaped()).map(({ user }) => user))).toEqual(new Set(['reader']))
    },
  )

  test('are no obstacle to their author, nor where a superuser is the author', async () => {
    expect(codeOf(await run(shop.ownerUrl, 'tenants', 'plan'))).toBeUndefined()
    expect(await shop.escaped()).toEqual([])
    await server.query(
      'shop',
      `SET search_path = pg_catalog;
      ALTER FUNCTION public.known OWNER TO ${server.user}; ALTER FUNCTION public.holds OWNER TO ${server.user}`,
    )
    expect(codeOf(await run(reader, 'tenants', 'plan'))).toBeUndefined()
    await server.query('shop', 'ALTER FUNCTION public.known OWNER TO app; ALTER FUNCTION public.holds OWNER TO app')
    await shop.trapped()
  })

  test('are refused in a partition key when a superuser restores, and not counted by an undo', async () => {
    expect(codeOf(await run(shop.url, 'restore', '--confirm', 'shop'))).toBe('restore/owner-rights')
    expect((await shop.trapped()).filter(({ superuser }) => superuser)).toEqual([])
    await shop.asOwner('DROP TABLE public."Event"')
    for (const words of [['backup'], ['restore', '--confirm', 'shop'], ['restore', '--undo', '--dry-run']]) {
      expect(codeOf(await run(shop.url, ...words))).toBeUndefined()
      expect((await shop.trapped()).filter(({ superuser }) => superuser)).toEqual([])
    }
  })
})
