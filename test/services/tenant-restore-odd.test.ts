// Unusual schemas and values that a restore of a tenant must handle.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { makeTenantZip, plainRules, type RestoreOptions, restoreZip } from '../support/tenant-zip.ts'

let server: TestPostgres
let made = 0

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server?.stop())

interface Shop {
  readonly name: string
  readonly url: string
  query<T = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>
  /** All rows of all tables, as text. */
  content(): Promise<unknown>
}

async function shopWith(sql: string): Promise<Shop> {
  made += 1
  const name = `odd${made}`
  const url = await server.createDatabase(name)
  await server.query(name, sql)
  const query: Shop['query'] = (text, values) => server.query(name, text, values)
  return {
    name,
    url,
    query,
    content: async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      const { rows: tables } = await client.query<{ t: string }>(
        `SELECT c.oid::regclass::text AS t FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
          WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`,
      )
      const content: Record<string, unknown> = {}
      for (const { t } of tables)
        content[t] = (await client.query<{ r: string }>(`SELECT r::text AS r FROM ${t} r ORDER BY 1`)).rows.map(
          ({ r }) => r,
        )
      await client.end()
      return content
    },
  }
}

const tenants = (...ids: string[]): string =>
  `CREATE TABLE "Tenant" (id text PRIMARY KEY); INSERT INTO "Tenant" VALUES ${ids.map((id) => `('${id.replaceAll("'", "''")}')`).join(', ')};`

/** Deletes tenant `a` by the statements, restores it, and wants everything as it was. */
async function roundTrip(
  shop: Shop,
  destroy: string,
  wish: Partial<RestoreOptions> & { excel?: boolean; tenant?: string } = {},
) {
  const { excel = false, tenant = 'a', ...more } = wish
  const before = await shop.content()
  const path = await makeTenantZip(shop.url, { tenant, excel, rules: more.rules ?? plainRules })
  await shop.query(destroy)
  const restored = await restoreZip(shop.url, { path, ...more })
  expect(await shop.content()).toEqual(before)
  return { path, restored, before }
}

describe('values', () => {
  const columns = `a text, b text[], c jsonb, d bytea, e timestamptz, f json, g float8, h char(5), i int4range, j interval, k xml, l varchar(3), m bool`
  const row = `ARRAY[NULL, '', 'NULL', '"', 'a,b', E'x\\ny'], '{"a": [1, null, "\\""]}', '\\x00ff0a22', '2026-11-24 02:00:00.123456+01', '{"a" : 1,  "a": 2}', 0.1 + 0.2, 'ab', '[1,5)', '1 mon 2 days 03:04:05.6', '<a>é</a>', 'ñé', true`
  const texts = [
    `''`,
    'NULL',
    `'"'`,
    `E'a\\nb,"'`,
    `'\\.'`,
    `E'a\\n\\\\.\\nb'`,
    `'\\N'`,
    `E'\\r\\n'`,
    `' lead'`,
    `'=1+1'`,
    `'''x'`,
    `'-'`,
    `'🐘'`,
    `E'\\t'`,
  ]
  const sql = `${tenants('a', 'b')}
    CREATE TABLE "Odd" (id serial PRIMARY KEY, "tenantId" text REFERENCES "Tenant", ${columns});
    CREATE TABLE "Bag" ("tenantId" text REFERENCES "Tenant", a text, f json);
    CREATE TABLE "Only" ("tenantId" text REFERENCES "Tenant");
    INSERT INTO "Only" VALUES ('a'), ('a'), ('b');
    ${texts.map((each) => `INSERT INTO "Odd" ("tenantId", ${columns.replaceAll(/ [a-z0-9[\]()]+(?=,|$)/g, '')}) VALUES ('a', ${each}, ${row}), ('b', ${each}, ${row}); INSERT INTO "Bag" VALUES ('a', ${each}, '{}'), ('a', ${each}, '{}'), ('b', ${each}, NULL);`).join('\n')}
    INSERT INTO "Odd" ("tenantId", a) VALUES (NULL, 'of nobody')`
  const destroy = `DELETE FROM "Only" WHERE "tenantId" = 'a'; DELETE FROM "Bag" WHERE "tenantId" = 'a'; DELETE FROM "Odd" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`

  test('come back exactly, straight from COPY', async () => {
    await roundTrip(await shopWith(sql), destroy)
  })

  test('come back exactly from a ZIP for spreadsheets', async () => {
    await roundTrip(await shopWith(sql), destroy, { excel: true })
  })

  test('are equal to themselves: nothing to do, nothing in the way', async () => {
    const shop = await shopWith(sql)
    for (const mode of ['insert', 'merge'] as const) {
      const { restored } = await roundTrip(shop, 'SELECT 1', { mode })
      expect(restored.tables.map(({ unchanged, inserted }) => [unchanged, inserted])).toEqual(
        expect.arrayContaining([
          [14, 0],
          [28, 0],
        ]),
      )
    }
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
  })

  test('in a table without a key that differ are refused, or replaced', async () => {
    const shop = await shopWith(sql)
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    const whole = await shop.content()
    await shop.query(`DELETE FROM "Bag" WHERE ctid = (SELECT min(ctid) FROM "Bag" WHERE "tenantId" = 'a')`)
    const before = await shop.content()
    for (const mode of ['insert', 'merge'] as const) {
      await expect(restoreZip(shop.url, { path, mode })).rejects.toMatchObject({
        code: 'tenant/rows-taken',
        message: expect.stringMatching(/public\.Bag.*no primary key/),
      })
      expect(await shop.content()).toEqual(before)
    }
    const { tables } = await restoreZip(shop.url, { path, mode: 'replace', dryRun: true })
    expect(tables.find(({ table }) => table === 'Bag')).toMatchObject({ inserted: 1, deleted: 0, unchanged: 27 })
    expect(await shop.content()).toEqual(before)
    await restoreZip(shop.url, { path, mode: 'replace' })
    expect(await shop.content()).toEqual(whole)
  })
})

describe('tenants called', () => {
  test.each([
    "o'neill",
    'with space',
    'two\nlines',
    '🐘',
    '../up',
    '"quoted"',
    '',
    `'; DROP TABLE "Tenant"; --`,
    '\\.',
  ])('%j', async (tenant) => {
    const quoted = `'${tenant.replaceAll("'", "''")}'`
    const shop = await shopWith(`${tenants('b', tenant)}
      CREATE TABLE "Note" (id serial PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant" ON DELETE CASCADE);
      CREATE TABLE "Line" (id serial PRIMARY KEY, note int NOT NULL REFERENCES "Note" ON DELETE CASCADE);
      INSERT INTO "Note" ("tenantId") SELECT id FROM "Tenant"; INSERT INTO "Line" (note) SELECT id FROM "Note"`)
    await roundTrip(shop, `DELETE FROM "Tenant" WHERE id = ${quoted}`, { tenant })
    await roundTrip(shop, 'SELECT 1', { tenant, mode: 'replace' })
    const path = await makeTenantZip(shop.url, { tenant: 'b' })
    await restoreZip(shop.url, { path, as: `${tenant}2`, remapKeys: true })
    expect(await shop.query('SELECT "tenantId" FROM "Note" WHERE "tenantId" = $1', [`${tenant}2`])).toHaveLength(1)
  })
})

describe('keys', () => {
  const circle = `${tenants('a', 'b')}
    CREATE TABLE "Team" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", leader int NOT NULL);
    CREATE TABLE "Person" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", team int NOT NULL REFERENCES "Team");
    WITH t AS (INSERT INTO "Team" VALUES (1, 'a', 1), (2, 'b', 2), (3, 'a', 3)) INSERT INTO "Person" VALUES (1, 'a', 1), (2, 'b', 2), (3, 'a', 3), (4, 'a', 1);
    ALTER TABLE "Team" ADD FOREIGN KEY (leader) REFERENCES "Person"`
  const without = `WITH t AS (DELETE FROM "Team" WHERE "tenantId" = 'a') DELETE FROM "Person" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`

  test('in a circle, NOT NULL and not deferrable', async () => {
    const shop = await shopWith(circle)
    await roundTrip(shop, without)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    await roundTrip(shop, without, { mode: 'merge' })
    await roundTrip(shop, without, { excel: true })
  })

  test('in a circle get new values, and keep to each other', async () => {
    const shop = await shopWith(circle)
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    await restoreZip(shop.url, { path, as: 'c', remapKeys: true })
    const [row] = await shop.query(
      `SELECT count(*)::int AS n, count(*) FILTER (WHERE t."tenantId" = 'c' AND l."tenantId" = 'c')::int AS own FROM "Person" p
         JOIN "Team" t ON t.id = p.team JOIN "Person" l ON l.id = t.leader WHERE p."tenantId" = 'c'`,
    )
    expect(row).toEqual({ n: 3, own: 3 })
  })

  test('to the table itself, in any order of rows', async () => {
    const shop = await shopWith(`${tenants('a', 'b')}
      CREATE TABLE "Part" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", parent int REFERENCES "Part");
      INSERT INTO "Part" VALUES (3, 'a', 1), (2, 'a', 3), (1, 'a', NULL), (4, 'b', NULL), (5, 'a', 5)`)
    await roundTrip(shop, `DELETE FROM "Part" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    await restoreZip(shop.url, { path, as: 'c', remapKeys: true })
    const rows = await shop.query(
      `SELECT p.parent IS NULL AS top, q."tenantId" AS of FROM "Part" p LEFT JOIN "Part" q ON q.id = p.parent WHERE p."tenantId" = 'c'`,
    )
    expect(rows).toHaveLength(4)
    expect(rows.filter(({ of }) => of === 'c')).toHaveLength(3)
  })

  test('that lead to a tenant only through the table itself', async () => {
    const shop = await shopWith(`${tenants('a', 'b')}
      CREATE TABLE "Folder" (id int PRIMARY KEY, owner text REFERENCES "Tenant", parent int REFERENCES "Folder");
      INSERT INTO "Folder" VALUES (1, 'a', NULL), (2, NULL, 1), (3, NULL, 2), (4, 'b', NULL), (5, NULL, 4), (6, NULL, NULL)`)
    await roundTrip(shop, `DELETE FROM "Folder" WHERE id IN (1, 2, 3); DELETE FROM "Tenant" WHERE id = 'a'`)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    await roundTrip(shop, 'DELETE FROM "Folder" WHERE id IN (2, 3)', { mode: 'insert' })
  })

  test('of several columns, identities ALWAYS, computed columns, partitions', async () => {
    const shop = await shopWith(`${tenants('a', 'b')}
      CREATE TABLE "Bill" ("tenantId" text REFERENCES "Tenant", no int, at date, total int, twice int GENERATED ALWAYS AS (total * 2) STORED,
        PRIMARY KEY ("tenantId", no, at)) PARTITION BY RANGE (at);
      CREATE TABLE "Bill_1" PARTITION OF "Bill" FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
      CREATE TABLE "Bill_2" PARTITION OF "Bill" DEFAULT PARTITION BY LIST ("tenantId");
      CREATE TABLE "Bill_2a" PARTITION OF "Bill_2" DEFAULT;
      CREATE TABLE "BillLine" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tid text, bill int, at date, what text,
        FOREIGN KEY (tid, bill, at) REFERENCES "Bill" ON DELETE CASCADE);
      INSERT INTO "Bill" SELECT t, n, date '2026-01-20' + n, n FROM generate_series(1, 20) n, unnest(ARRAY['a', 'b']) t;
      INSERT INTO "BillLine" (tid, bill, at, what) SELECT "tenantId", no, at, 'line' FROM "Bill", generate_series(1, 3)`)
    const destroy = `DELETE FROM "BillLine" WHERE tid = 'a'; DELETE FROM "Bill" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`
    await roundTrip(shop, destroy)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    await roundTrip(shop, `DELETE FROM "BillLine" WHERE tid = 'a' AND bill = 3`, { mode: 'insert' })
    await roundTrip(
      shop,
      `UPDATE "BillLine" SET what = 'changed' WHERE tid = 'a' AND bill < 4; UPDATE "Bill" SET total = 0 WHERE "tenantId" = 'a' AND no > 10`,
      { mode: 'merge' },
    )
    await roundTrip(shop, destroy, { mode: 'merge' })
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    await restoreZip(shop.url, { path, as: 'c', remapKeys: true })
    expect(await shop.query(`SELECT FROM "BillLine" WHERE tid = 'c'`)).toHaveLength(60)
  })

  test('in tables and columns that are called as they like', async () => {
    const table = `"we""ird, 'n' $1 % \\ /x.csv"`
    const key = `"a ""key"",
in two lines"`
    const shop = await shopWith(`${tenants('a', 'b')}
      CREATE SCHEMA "odd.schema"; CREATE TABLE "odd.schema".${table} (${key} serial PRIMARY KEY, "tenantId" text REFERENCES "Tenant", "🐘" text, "'" int);
      CREATE TABLE "Line" (id serial PRIMARY KEY, of int NOT NULL REFERENCES "odd.schema".${table});
      INSERT INTO "odd.schema".${table} ("tenantId", "🐘") SELECT id, 'x' FROM "Tenant"; INSERT INTO "Line" (of) VALUES (1), (2)`)
    const destroy = `DELETE FROM "Line" WHERE of = 1; DELETE FROM "odd.schema".${table} WHERE "tenantId" = 'a'`
    await roundTrip(shop, destroy)
    await roundTrip(shop, destroy, { excel: true })
    const { path } = await roundTrip(shop, `UPDATE "odd.schema".${table} SET "🐘" = 'y' WHERE "tenantId" = 'a'`, {
      mode: 'merge',
    })
    await roundTrip(shop, 'SELECT 1', { mode: 'replace', triggers: 'off' })
    const { tables } = await restoreZip(shop.url, { path, mode: 'replace', dryRun: true })
    expect(tables).toHaveLength(3)
    await restoreZip(shop.url, { path, as: 'c', remapKeys: true })
  })

  test('of partitions whose triggers are off meanwhile, and then as before', async () => {
    const shop = await shopWith(`${tenants('a', 'b')}
      CREATE TABLE "Bill" ("tenantId" text REFERENCES "Tenant", no int, total int, PRIMARY KEY (no)) PARTITION BY LIST (no);
      CREATE TABLE "Bill_1" PARTITION OF "Bill" FOR VALUES IN (1); CREATE TABLE "Bill_2" PARTITION OF "Bill" DEFAULT;
      INSERT INTO "Bill" VALUES ('a', 1, 1), ('a', 2, 2), ('b', 3, 3);
      CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.total := -1; RETURN NEW; END $$;
      CREATE TRIGGER all_of_it BEFORE INSERT ON "Bill" FOR EACH ROW EXECUTE FUNCTION meddle();
      CREATE TRIGGER only_here BEFORE INSERT ON "Bill_1" FOR EACH ROW EXECUTE FUNCTION meddle();
      ALTER TABLE "Bill_1" ENABLE ALWAYS TRIGGER only_here; ALTER TABLE ONLY "Bill_2" DISABLE TRIGGER all_of_it`)
    const states =
      'SELECT tgrelid::regclass::text AS t, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2'
    const before = await shop.query(states)
    await roundTrip(shop, `DELETE FROM "Bill" WHERE "tenantId" = 'a'`, { triggers: 'off' })
    await roundTrip(shop, 'SELECT 1', { triggers: 'off', mode: 'replace' })
    expect(await shop.query(states)).toEqual(before)
  })

  test('that are themselves foreign keys follow them', async () => {
    const shop = await shopWith(`${tenants('a', 'b')}
      CREATE TABLE "User" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "tenantId" text NOT NULL REFERENCES "Tenant");
      CREATE TABLE "Profile" (id uuid PRIMARY KEY REFERENCES "User", bio text);
      CREATE TABLE "Badge" (id text PRIMARY KEY, profile uuid NOT NULL REFERENCES "Profile");
      INSERT INTO "User" ("tenantId") VALUES ('a'), ('a'), ('b');
      INSERT INTO "Profile" SELECT id, "tenantId" FROM "User";
      INSERT INTO "Badge" SELECT 'badge ' || id, id FROM "Profile"`)
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    const before = await shop.query(`SELECT count(*)::int AS n FROM "Badge"`)
    await restoreZip(shop.url, { path, as: 'c', remapKeys: true })
    const rows = await shop.query(
      `SELECT b.id FROM "Badge" b JOIN "Profile" p ON p.id = b.profile JOIN "User" u ON u.id = p.id WHERE u."tenantId" = 'c'`,
    )
    expect(before).toEqual([{ n: 3 }])
    expect(rows).toHaveLength(2)
  })
})

describe('a schema that has changed', () => {
  const sql = `${tenants('a', 'b')} CREATE TABLE "Note" (id int PRIMARY KEY, "tenantId" text REFERENCES "Tenant", body text); INSERT INTO "Note" VALUES (1, 'a', 'x'), (2, 'b', 'y')`

  test('by columns that fill themselves takes the rows, and says so; the order of columns means nothing', async () => {
    const shop = await shopWith(sql)
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    await shop.query(
      `DELETE FROM "Note"; ALTER TABLE "Note" DROP body; ALTER TABLE "Note" ADD color text DEFAULT 'red' NOT NULL, ADD body text, ADD more int`,
    )
    const { notes } = await restoreZip(shop.url, { path })
    expect(await shop.query('SELECT * FROM "Note"')).toEqual([
      { id: 1, tenantId: 'a', color: 'red', body: 'x', more: null },
    ])
    expect(notes).toEqual([
      'public.Note.color is not in the backup, and is set to its default.',
      'public.Note.more is not in the backup, and is set to NULL.',
    ])
  })

  test('by a table that the backup does not know is replaced only where the tenant has no rows in it', async () => {
    const shop = await shopWith(sql)
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    await shop.query(
      `CREATE TABLE "New" (id int PRIMARY KEY, note int REFERENCES "Note" ON DELETE CASCADE); INSERT INTO "New" VALUES (1, 2)`,
    )
    await restoreZip(shop.url, { path, mode: 'replace' })
    await shop.query(`INSERT INTO "New" VALUES (2, 1)`)
    const before = await shop.content()
    await expect(restoreZip(shop.url, { path, mode: 'replace' })).rejects.toMatchObject({
      code: 'tenant/newer-rows',
      message: expect.stringMatching(/public\.New/),
    })
    expect(await shop.content()).toEqual(before)
  })
})

describe('shared rows', () => {
  test('are put in where they are missing, and never changed', async () => {
    const sql = `CREATE TABLE "Currency" (code text PRIMARY KEY, name text); CREATE TABLE "Tenant" (id text PRIMARY KEY, currency text REFERENCES "Currency");`
    const shop = await shopWith(
      `${sql} INSERT INTO "Currency" VALUES ('EUR', 'Euro'), ('USD', 'Dollar'); INSERT INTO "Tenant" VALUES ('a', 'EUR')`,
    )
    const other = await shopWith(`${sql} INSERT INTO "Currency" VALUES ('USD', 'Buck')`)
    const path = await makeTenantZip(shop.url, { tenant: 'a' })
    const before = await other.content()
    await expect(restoreZip(other.url, { path })).rejects.toMatchObject({
      code: 'tenant/broken-reference',
      hint: expect.stringMatching(/--include-shared/),
    })
    expect(await other.content()).toEqual(before)
    const { notes } = await restoreZip(other.url, { path, sharedPath: await makeTenantZip(shop.url, {}) })
    expect(notes).toEqual(['public.Currency: 1 shared rows inserted, 1 existed.'])
    expect(await other.query('SELECT name FROM "Currency" ORDER BY code')).toEqual([{ name: 'Euro' }, { name: 'Buck' }])
  })
})

describe('a schema for each tenant', () => {
  test('comes back, and as another', async () => {
    const rules = { ...plainRules, schema: 'tenant_{id}' }
    const one = (id: string) =>
      `CREATE SCHEMA tenant_${id}; CREATE TABLE tenant_${id}.note (id serial PRIMARY KEY, body text); CREATE TABLE tenant_${id}.line (note int REFERENCES tenant_${id}.note);`
    const shop = await shopWith(
      `${one('a')} ${one('b')} ${one('c')} INSERT INTO tenant_a.note (body) VALUES ('x'), ('y'); INSERT INTO tenant_a.line VALUES (1), (2), (2); INSERT INTO tenant_b.note (body) VALUES ('z')`,
    )
    const { path } = await roundTrip(shop, 'DELETE FROM tenant_a.line; DELETE FROM tenant_a.note', { rules })
    await roundTrip(shop, 'SELECT 1', { rules, mode: 'replace' })
    await restoreZip(shop.url, { path, rules, as: 'c' })
    expect(await shop.query('SELECT body FROM tenant_c.note ORDER BY id')).toEqual([{ body: 'x' }, { body: 'y' }])
    expect(await shop.query(`SELECT nextval('tenant_c.note_id_seq')::int AS n`)).toEqual([{ n: 3 }])
  })
})
