// `replace` writes only the rows that differ, or all rows if that fails.
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { makeTenantZip, type RestoreOptions, restoreZip } from '../support/tenant-zip.ts'

let server: TestPostgres
let url: string

const model = `
  CREATE TABLE "Tenant" (id int PRIMARY KEY, name text);
  CREATE TABLE "Customer" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", email text UNIQUE, boss int REFERENCES "Customer");
  CREATE TABLE "Order" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", customer int NOT NULL REFERENCES "Customer" ON DELETE CASCADE, total int);
  CREATE TABLE "Line" (id int PRIMARY KEY, "orderId" int NOT NULL REFERENCES "Order" ON DELETE RESTRICT, what text);
  CREATE TABLE "Bag" ("tenantId" int NOT NULL REFERENCES "Tenant", what text);
  CREATE TABLE "Always" (id int GENERATED ALWAYS AS IDENTITY, "tenantId" int PRIMARY KEY REFERENCES "Tenant");
  INSERT INTO "Tenant" VALUES (7, 'seven'), (8, 'eight');
  INSERT INTO "Customer" VALUES (1, 7, 'a@x', NULL), (2, 7, 'b@x', 1), (3, 7, 'c@x', 2), (80, 8, 'z@x', NULL);
  INSERT INTO "Order" SELECT n, 7, 1 + n % 3, n FROM generate_series(1, 30) n;
  INSERT INTO "Line" SELECT n, 1 + n % 30, 'x' FROM generate_series(1, 90) n;
  INSERT INTO "Bag" VALUES (7, 'a'), (7, 'a'), (7, NULL), (8, 'a');
  INSERT INTO "Always" ("tenantId") VALUES (7);
  CREATE TABLE touched (what text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', TG_OP || ' ' || TG_TABLE_NAME; RETURN coalesce(NEW, OLD); END $$`

beforeAll(async () => {
  server = await startPostgres()
  await server.createDatabase('model')
  await server.query('model', model)
})
afterAll(() => server?.stop())
beforeEach(async () => {
  await server.dropDatabase('shop')
  url = await server.createDatabase('shop', 'TEMPLATE model')
})

const query = <T>(sql: string) => server.query<T>('shop', sql)
const tables = ['Tenant', 'Customer', 'Order', 'Line', 'Bag', 'Always']

/** Returns all rows, optionally with the transaction that wrote each. */
async function rows({ written = false } = {}): Promise<unknown> {
  const found = []
  for (const table of tables) {
    const line = written ? `r::text || ' ' || r.xmin` : 'r::text'
    found.push(await query(`SELECT ${line} AS r FROM "${table}" AS r ORDER BY 1`))
  }
  return found
}

/**
 * Backs up tenant 7, changes its rows, and replaces them. Checks that the dry run matches the restore and that all rows
 * are restored.
 */
async function replaceAfter(sql: string, wish: Partial<RestoreOptions> = {}) {
  const path = await makeTenantZip(url, { tenant: '7' })
  const before = await rows()
  await query(sql)
  const warnings: string[] = []
  const progress: unknown[] = []
  const asked = { path, mode: 'replace' as const, warn: (text: string) => void warnings.push(text), ...wish }
  const plan = await restoreZip(url, { ...asked, dryRun: true })
  warnings.length = 0
  const done = await restoreZip(url, { ...asked, progress: (each) => void progress.push(each) })
  expect(await rows()).toEqual(before)
  expect(plan.tables.map(({ samples, ...counts }) => counts)).toEqual(done.tables)
  const of = (name: string) => {
    const { inserted, updated, deleted, unchanged } = done.tables.find(({ table }) => table === name) ?? {}
    return [inserted, updated, deleted, unchanged]
  }
  return { of, warnings, progress, notes: done.notes }
}

test('without differences, no row is written', async () => {
  const path = await makeTenantZip(url, { tenant: '7' })
  const before = await rows({ written: true })
  const { tables: changes } = await restoreZip(url, { path, mode: 'replace' })
  expect(await rows({ written: true })).toEqual(before)
  expect(changes.filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)).toEqual([])
})

test('only rows that differ are inserted, updated and deleted, in every table', async () => {
  const { of, notes } = await replaceAfter(
    `DELETE FROM "Line" WHERE id <= 10; UPDATE "Order" SET total = 0 WHERE id <= 4;
     INSERT INTO "Order" VALUES (99, 7, 1, 1); INSERT INTO "Line" VALUES (99, 99, 'new'); INSERT INTO "Bag" VALUES (7, 'b');
     UPDATE "Tenant" SET name = 'other' WHERE id = 7`,
  )
  expect(notes).toEqual([])
  expect([of('Tenant'), of('Customer'), of('Order'), of('Line'), of('Bag')]).toEqual([
    [0, 1, 0, 0],
    [0, 0, 0, 3],
    [0, 4, 1, 26],
    [10, 0, 1, 80],
    [0, 0, 1, 3],
  ])
})

describe('without writing all rows again:', () => {
  test.each([
    [
      'a row refers to one that is not in the backup',
      `INSERT INTO "Customer" VALUES (9, 7, 'n@x', NULL); UPDATE "Order" SET customer = 9`,
    ],
    [
      'a new row has the unique value of a row in the backup',
      `INSERT INTO "Customer" VALUES (9, 7, 'n@x', NULL); UPDATE "Order" SET customer = 9 WHERE customer = 3;
       DELETE FROM "Customer" WHERE id = 3; UPDATE "Customer" SET email = 'c@x' WHERE id = 9`,
    ],
    [
      'rows refer to each other in another order',
      `UPDATE "Customer" SET boss = 3 WHERE id = 1; UPDATE "Customer" SET boss = NULL WHERE id = 2`,
    ],
    [
      'a tree of rows is not in the backup',
      `INSERT INTO "Customer" SELECT n, 7, n || '@x', n - 1 FROM generate_series(4, 40) n`,
    ],
    [
      'a table without a key refers to them',
      `CREATE TABLE pin (customer int REFERENCES "Customer" ON DELETE SET NULL, "tenantId" int NOT NULL); ALTER TABLE pin DROP COLUMN "tenantId"; UPDATE "Customer" SET email = NULL WHERE "tenantId" = 7`,
    ],
  ])('%s', async (_, sql) => {
    const path = await makeTenantZip(url, { tenant: '7' })
    const before = await rows()
    await query(sql)
    const { notes } = await restoreZip(url, { path, mode: 'replace' })
    expect(notes).toEqual([])
    expect(await rows()).toEqual(before)
  })
})

describe('all rows are written again, and a note gives the reason, if', () => {
  test.each([
    [
      'rows have exchanged unique values',
      `UPDATE "Customer" SET email = 'tmp' WHERE id = 1; UPDATE "Customer" SET email = 'a@x' WHERE id = 2; UPDATE "Customer" SET email = 'b@x' WHERE id = 1`,
    ],
    ['an identity differs', `UPDATE "Always" SET id = DEFAULT`],
    [
      'a trigger changes what is updated',
      `CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.total := -1; RETURN NEW; END $$;
       UPDATE "Order" SET total = 0; CREATE TRIGGER moved BEFORE UPDATE ON "Order" FOR EACH ROW EXECUTE FUNCTION moved()`,
    ],
    [
      'a trigger refuses updates',
      `CREATE FUNCTION fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fixed'; END $$;
       UPDATE "Order" SET total = 0; CREATE TRIGGER fixed BEFORE UPDATE ON "Order" FOR EACH ROW EXECUTE FUNCTION fixed()`,
    ],
    [
      'a trigger writes elsewhere on update',
      `CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO touched VALUES ('x'); RETURN NEW; END $$;
       UPDATE "Order" SET total = 0; CREATE TRIGGER log AFTER UPDATE ON "Order" FOR EACH ROW EXECUTE FUNCTION log()`,
    ],
  ])('%s', async (_, sql) => {
    const { notes } = await replaceAfter(sql)
    expect(notes).toHaveLength(1)
    expect(await query('SELECT * FROM touched')).toEqual([])
  })
})

test.each([
  ['a composite of NULLs', 'pair', 'NULL', 'ROW(NULL, NULL)::pair'],
  ['NULL instead of a composite of NULLs', 'pair', 'ROW(NULL, NULL)::pair', 'NULL'],
  ['a domain of a composite', 'pairs', 'NULL', 'ROW(NULL, NULL)::pair::pairs'],
  ['blanks at the end', 'bpchar', `'a  '`, `'a'`],
  ['blanks at the end within an array', 'bpchar[]', `ARRAY['a  ']`, `ARRAY['a']`],
  ['bounds of an array', 'int[]', `'[2:3]={1,2}'`, `'{1,2}'`],
  ['the scale of a number', 'numeric', '1.0', '1.00'],
  ['the last digit of a float', 'float8', '0.3', '0.1::float8 + 0.2::float8'],
  ['the sign of zero', 'float8', `'-0'`, '0'],
  ['the empty text', 'text', 'NULL', `''`],
  ['blanks in a json', 'json', `'{"a": 1}'`, `'{"a":1}'`],
  ['an interval', 'interval', `'1 day'`, `'24 hours'`],
  ['a case that a collation does not see', 'text COLLATE nocase', `'A'`, `'a'`],
])('a value that PostgreSQL may treat as equal is restored exactly: %s', async (_, type, was, becomes) => {
  await query(`
    CREATE TYPE pair AS (a int, b text); CREATE DOMAIN pairs AS pair;
    CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TABLE odd (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", v ${type});
    INSERT INTO odd VALUES (1, 7, ${was}), (2, 7, ${was})`)
  const read = () => query(`SELECT o::text AS o FROM odd o ORDER BY id`)
  const path = await makeTenantZip(url, { tenant: '7' })
  const before = await read()
  await query(`UPDATE odd SET v = ${becomes} WHERE id = 1`)
  expect(await read()).not.toEqual(before)
  const { notes, tables: changes } = await restoreZip(url, { path, mode: 'replace' })
  expect(await read()).toEqual(before)
  expect(changes.find(({ table }) => table === 'odd')).toMatchObject({ updated: 1, unchanged: 1 })
  expect(notes).toEqual([])
})

test('many rows are deleted in batches with progress, and an interruption rolls back all of them', async () => {
  const many = `INSERT INTO "Order" SELECT n, 7, 1, n FROM generate_series(1001, 13000) n`
  const { of, progress } = await replaceAfter(many)
  expect(of('Order')).toEqual([0, 0, 12000, 30])
  const deleted = (progress as { what: string; rows: number }[]).filter(({ what }) => what === 'public.Order: deleted')
  expect(deleted).toEqual(
    [5000, 10000, 12000].map((done) => ({ what: 'public.Order: deleted', rows: done, of: 12000 })),
  )
  const path = await makeTenantZip(url, { tenant: '7' })
  await query(many)
  const stop = new AbortController()
  const running = restoreZip(url, {
    ...{ path, mode: 'replace', signal: stop.signal },
    progress: ({ what }) => what.endsWith('deleted') && stop.abort(new Error('stopped by hand')),
  })
  await expect(running).rejects.toThrow('stopped by hand')
  expect(await query('SELECT count(*)::int AS n FROM "Order"')).toEqual([{ n: 12030 }])
})

test('a foreign key without an index causes a warning with a statement, and no warning after the statement has run', async () => {
  await query(`
    CREATE TABLE "big ""%s""" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", "the
order" int REFERENCES "Order", pad text DEFAULT repeat('x', 100)) PARTITION BY RANGE (id);
    CREATE TABLE big_1 PARTITION OF "big ""%s""" FOR VALUES FROM (0) TO (150000);
    CREATE TABLE big_2 PARTITION OF "big ""%s""" FOR VALUES FROM (150000) TO (300000);
    CREATE INDEX ON big_1 ("tenantId"); CREATE INDEX ON big_1 ("the
order") WHERE "the
order" > 5;
    INSERT INTO "big ""%s""" SELECT n, 8, NULL FROM generate_series(80000, 220000) n`)
  const fresh = `INSERT INTO "Order" SELECT n, 7, 1, n FROM generate_series(2000, 2199) n`
  const { warnings } = await replaceAfter(fresh)
  const found = warnings.map((text) => /CREATE INDEX.*$/s.exec(text)?.[0] ?? '')
  expect(found).toHaveLength(2)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const statement of found) await client.query(statement)
  await client.end()
  expect((await replaceAfter(fresh)).warnings).toEqual([])
})
