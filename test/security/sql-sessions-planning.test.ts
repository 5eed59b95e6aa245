// Code that runs during query planning
// PostgreSQL evaluates expressions of indexes, statistics, constraints and partition keys while it plans a query.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readerOf } from '../../src/engines/postgres/compare/reader.ts'
import { countTable } from '../../src/engines/postgres/compare/tables.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { startCounting } from '../../src/engines/postgres/dump/counts.ts'
import { holdSnapshot } from '../../src/engines/postgres/dump/snapshot.ts'
import { openReadingRights } from '../../src/engines/postgres/owners/open-reading-rights.ts'
import { type Finished, resguardo } from '../support/command-line.ts'
import { type HostileDatabase, loggingSettings, makeHostileDatabase } from '../support/hostile-database.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let shop: HostileDatabase
let reader: string

/** Arguments without a column: the planner computes the value once. */
const known = `CREATE FUNCTION public.known(what text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.trap(what); RETURN 1; END $$;`
const places = `
  ${known}
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

const codeOf = ({ stdout }: Finished): string | undefined =>
  (JSON.parse(stdout) as { error?: { code: string } }).error?.code

describe('functions with constant arguments in indexes, statistics, constraints and partition keys', () => {
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
  ])("functions do not run with superuser rights during a superuser's command: %s", async (words) => {
    const done = await run(shop.url, ...words.split(' '), ...(/tenant/.test(words) ? rules : []))
    expect(codeOf(done)).toBeUndefined()
    expect((await shop.trapped()).filter(({ superuser }) => superuser)).toEqual([])
  })

  test.each([['backup'], ['test-restore'], ['migration-gate --max-age 1h']])(
    'functions are not run by a role that can read all tables: %s',
    async (words) => {
      await run(reader, ...words.split(' '))
      expect(await shop.escaped()).toEqual([])
    },
  )

  test.each([['backup --kind tenant --tenant all'], ['tenants plan']])(
    'a role that can read all tables refuses to run them unless it trusts their author: %s',
    async (words) => {
      expect(codeOf(await run(reader, ...words.split(' ')))).toBe('tenant/code-rights')
      expect(await shop.escaped()).toEqual([])
      expect(codeOf(await run(reader, ...words.split(' '), '--code-as-superuser'))).toBeUndefined()
      expect(new Set((await shop.escaped()).map(({ user }) => user))).toEqual(new Set(['reader']))
    },
  )

  test('functions run if the connected role or a superuser is their author', async () => {
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

  test('functions do not run with superuser rights during a restore or the dry run of its undo', async () => {
    for (const words of [['backup'], ['restore', '--confirm', 'shop'], ['restore', '--undo', '--dry-run']]) {
      expect(codeOf(await run(shop.url, ...words))).toBeUndefined()
      expect((await shop.trapped()).filter(({ superuser }) => superuser)).toEqual([])
    }
  })
})

describe("index created after Resguardo's check", () => {
  const late = (table: string) => shop.asOwner(`CREATE INDEX ON public."${table}" ((n + public.known('late')))`)
  const superusers = async () => (await shop.trapped()).filter(({ superuser }) => superuser)

  beforeAll(() =>
    shop.asOwner(`CREATE TABLE public."Counted" (n int); CREATE TABLE public."Compared" (n int); CREATE TABLE public."Read" (n int);
      INSERT INTO public."Counted" VALUES (1); INSERT INTO public."Compared" VALUES (1), (2)`),
  )

  test('functions of the index do not run with superuser rights when a backup counts rows', async () => {
    const held = await holdSnapshot(server.address('shop'), 5)
    await late('Counted')
    await shop.trapped()
    const { rows, failed } = await startCounting(server.address('shop'), held).result
    await held.release()
    expect([rows.get('"public"."Counted"'), failed.size]).toEqual([1, 0])
    expect(await superusers()).toEqual([])
  })

  test('functions of the index do not run with superuser rights when a comparison counts rows', async () => {
    await late('Compared')
    await shop.trapped()
    const expected = { schema: 'public', table: 'Compared', rows: 2 }
    const relation = { schema: 'public', name: 'Compared', kind: 'r', condition: null, root: null } as const
    const counted = withClient(server.address('shop'), (client) =>
      countTable(readerOf(client), { expected, relation, encoding: 'UTF8' }),
    )
    expect(await counted).toMatchObject({ rows: 2 })
    await expect(
      withClient(server.address('shop'), (client) =>
        countTable(readerOf(client), {
          expected,
          relation: { ...relation, condition: 'WHERE n > 0' },
          encoding: 'UTF8',
        }),
      ),
    ).rejects.toMatchObject({ code: 'postgres/code-rights' })
    expect(await superusers()).toEqual([])
  })

  test("functions of the index run with the rights of the table's owner when tenants are read", async () => {
    const read = { tables: async () => [{ schema: 'public', table: 'Read' }], codeAsSuperuser: false }
    const { address, close } = await openReadingRights(server.address('shop'), read)
    await late('Read')
    await shop.trapped()
    await withClient(address, (client) => client.query('SELECT count(*) FROM public."Read"'))
    await close()
    const ran = await shop.trapped()
    expect(ran.map(({ what }) => what)).toContain('late')
    expect(ran.filter(({ superuser }) => superuser)).toEqual([])
  })
})

describe('extension configuration table with a filter', () => {
  let place: HostileDatabase
  const code = async (...words: string[]) => codeOf(await run(place.url, 'backup', '--allow-empty', ...words))

  beforeAll(async () => {
    place = await makeHostileDatabase(server, 'configured')
    await place.asOwner(`SET search_path = pg_catalog; ${known} CREATE TABLE public.settings (n int);
      CREATE FUNCTION public.chosen(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN public.trap('filter'); END $$`)
    await filtered('WHERE n > 0')
  })

  const filtered = (condition: string) =>
    server.query(
      'configured',
      `SET search_path = pg_catalog; CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
       DO $$ BEGIN ALTER EXTENSION hstore ADD TABLE public.settings; EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL; END $$;
       UPDATE pg_extension SET extconfig = ARRAY['public.settings'::regclass::oid], extcondition = ARRAY['${condition}']
        WHERE extname = 'hstore'`,
    )

  test('an owner cannot create an index on the table while the snapshot is open', async () => {
    const held = await holdSnapshot(server.address('configured'), 5)
    await expect(place.asOwner(`SET lock_timeout = 100; CREATE INDEX ON public.settings (n)`)).rejects.toMatchObject({
      code: '55P03',
    })
    await place.asOwner(`INSERT INTO public.settings VALUES (1)`)
    await held.release()
    expect(await code()).toBeUndefined()
  })

  test('a backup is refused if planning or the filter would run code of another role', async () => {
    await place.asOwner(
      `SET search_path = pg_catalog; CREATE INDEX planned ON public.settings ((n + public.known('index')))`,
    )
    await place.trapped()
    expect(await code()).toBe('postgres/code-rights')
    await place.asOwner('DROP INDEX public.planned')
    await server.query('configured', 'ALTER EXTENSION hstore ADD FUNCTION public.chosen(int)')
    await filtered('WHERE public.chosen(n)')
    await place.trapped()
    expect(await code()).toBe('postgres/code-rights')
    expect((await place.trapped()).filter(({ superuser }) => superuser)).toEqual([])
    expect(await code('--code-as-superuser')).toBeUndefined()
    expect((await place.trapped()).some(({ superuser }) => superuser)).toBe(true)
  })
})
