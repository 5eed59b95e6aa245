// The owner of each row, determined by PostgreSQL: the keys of all rows agree with the rows found for each tenant.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameOf, type TenantMap } from '../../src/domain/tenants/map.ts'
import { OwnershipSql } from '../../src/engines/postgres/tenants/ownership-sql.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { modelOwners, randomTenants, stepsOfTables } from '../support/tenant-model.ts'
import { mark, type OwnershipOptions, ownersOfDatabase, type RowOwners } from '../support/tenant-owners.ts'

let server: TestPostgres
let made = 0

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server?.stop())

async function ownersIn(sql: string, asked?: OwnershipOptions): Promise<{ map: TenantMap; whose: RowOwners }> {
  made += 1
  return ownersOfDatabase(server, `owners_${made}`, sql, asked)
}

const tenants = `CREATE TABLE "Tenant" (id text PRIMARY KEY); INSERT INTO "Tenant" VALUES ('a'), ('b');`

test('rows belong by column and along keys; NULL and orphans belong to nobody', async () => {
  const { whose } = await ownersIn(`${tenants}
    CREATE TABLE "Invoice" (id int PRIMARY KEY, "tenantId" text REFERENCES "Tenant");
    INSERT INTO "Invoice" VALUES (1, 'a'), (2, 'b'), (3, NULL);
    CREATE TABLE "Line" (id int PRIMARY KEY, invoice int REFERENCES "Invoice");
    INSERT INTO "Line" VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
    SET session_replication_role = replica; INSERT INTO "Line" VALUES (5, 99); RESET session_replication_role;
    CREATE TABLE "Tax" (line int NOT NULL REFERENCES "Line"); INSERT INTO "Tax" VALUES (1), (1), (2), (4), (5);`)
  expect(whose['public.Tenant']).toEqual({ a: 'a', b: 'b' })
  expect(whose['public.Invoice']).toEqual({ 1: 'a', 2: 'b', 3: null })
  expect(whose['public.Line']).toEqual({ 1: 'a', 2: 'b', 3: null, 4: null, 5: null })
  expect(whose['public.Tax']).toEqual({ '(1)': 'a', '(2)': 'b', '(4)': null, '(5)': null })
})

describe('several paths', () => {
  const two = `${tenants}
    CREATE TABLE "Order" (id int PRIMARY KEY, "tenantId" text NOT NULL); INSERT INTO "Order" VALUES (1, 'a'), (2, 'b');
    CREATE TABLE "Item" (id int PRIMARY KEY, "tenantId" text); INSERT INTO "Item" VALUES (1, 'a'), (2, 'b'), (3, NULL);`

  test('agree, say nothing, or disagree; and what hangs on a row that disagrees does too', async () => {
    const { whose } = await ownersIn(`${two}
      CREATE TABLE "Line" (id int PRIMARY KEY, o int REFERENCES "Order", i int REFERENCES "Item");
      INSERT INTO "Line" VALUES (1, 1, 1), (2, 2, NULL), (3, NULL, 1), (4, NULL, NULL), (5, 1, 2), (6, 2, 3);
      CREATE TABLE "Note" (id int PRIMARY KEY, line int NOT NULL REFERENCES "Line");
      INSERT INTO "Note" VALUES (1, 1), (5, 5);`)
    expect(whose['public.Line']).toEqual({ 1: 'a', 2: 'b', 3: 'a', 4: null, 5: mark, 6: 'b' })
    expect(whose['public.Note']).toEqual({ 1: 'a', 5: mark })
  })

  test('a rule settles it', async () => {
    const { whose } = await ownersIn(
      `${two}
      CREATE TABLE "Line" (id int PRIMARY KEY, o int REFERENCES "Order", i int REFERENCES "Item");
      INSERT INTO "Line" VALUES (1, 1, 2), (2, NULL, 2);`,
      { rules: ['"Line": through "Line_i_fkey"'] },
    )
    expect(whose['public.Line']).toEqual({ 1: 'b', 2: 'b' })
  })

  test('a path that always leads somewhere decides alone, and an orphan of it is nobody’s', async () => {
    const { whose } = await ownersIn(`${two}
      CREATE TABLE "Line" (id int PRIMARY KEY, o int NOT NULL REFERENCES "Order", i int REFERENCES "Item");
      INSERT INTO "Line" VALUES (1, 1, 1), (2, 2, NULL), (3, 1, 3), (4, 1, 2);
      SET session_replication_role = replica; INSERT INTO "Line" VALUES (5, 99, 1); RESET session_replication_role;`)
    expect(whose['public.Line']).toEqual({ 1: 'a', 2: 'b', 3: 'a', 4: mark, 5: null })
  })

  test('keys of several collations can be compared', async () => {
    const { whose } = await ownersIn(`${tenants}
      CREATE TABLE "X" (id int PRIMARY KEY, "tenantId" text COLLATE "C"); INSERT INTO "X" VALUES (1, 'a');
      CREATE TABLE "Y" (id int PRIMARY KEY, "tenantId" text COLLATE "POSIX"); INSERT INTO "Y" VALUES (1, 'b');
      CREATE TABLE "Z" (id int PRIMARY KEY, x int REFERENCES "X", y int REFERENCES "Y"); INSERT INTO "Z" VALUES (1, 1, 1), (2, 1, NULL);`)
    expect(whose['public.Z']).toEqual({ 1: mark, 2: 'a' })
  })
})

describe('keys to the table itself', () => {
  test('lead upwards through any number of rows, and circles end', async () => {
    const { whose } = await ownersIn(`${tenants}
      CREATE TABLE "Folder" (id int PRIMARY KEY, owner text REFERENCES "Tenant", parent int REFERENCES "Folder");
      INSERT INTO "Folder" VALUES (1, 'a', NULL), (2, NULL, 1), (3, NULL, 2), (4, 'b', 3), (5, NULL, 4), (6, NULL, NULL), (7, NULL, 6);
      INSERT INTO "Folder" VALUES (8, NULL, NULL), (9, NULL, 8); UPDATE "Folder" SET parent = 9 WHERE id = 8;
      INSERT INTO "Folder" VALUES (10, NULL, 10), (11, 'a', 11);
      INSERT INTO "Folder" SELECT n, NULL, CASE WHEN n = 100 THEN 1 ELSE n - 1 END FROM generate_series(100, 599) AS n;
      CREATE TABLE "File" (id int PRIMARY KEY, folder int NOT NULL REFERENCES "Folder"); INSERT INTO "File" VALUES (1, 3), (2, 5), (3, 9), (4, 599);`)
    expect(whose['public.Folder']).toMatchObject({ 1: 'a', 2: 'a', 3: 'a', 4: 'b', 5: 'b', 6: null, 7: null })
    expect(whose['public.Folder']).toMatchObject({ 8: null, 9: null, 10: null, 11: 'a', 599: 'a' })
    expect(whose['public.File']).toEqual({ 1: 'a', 2: 'b', 3: null, 4: 'a' })
  })

  test('several of them must agree', async () => {
    const { whose } = await ownersIn(`${tenants}
      CREATE TABLE "Folder" (id int PRIMARY KEY, owner text REFERENCES "Tenant", parent int REFERENCES "Folder", copied int REFERENCES "Folder");
      INSERT INTO "Folder" VALUES (1, 'a', NULL, NULL), (2, 'b', NULL, NULL), (3, NULL, 1, NULL), (4, NULL, 3, 1), (5, NULL, 1, 2), (6, NULL, 5, NULL);`)
    expect(whose['public.Folder']).toEqual({ 1: 'a', 2: 'b', 3: 'a', 4: 'a', 5: mark, 6: mark })
  })

  test('may refer to something else than the primary key, which may be NULL, and there may be none', async () => {
    const { whose } = await ownersIn(`${tenants}
      CREATE TABLE "Page" (id int PRIMARY KEY, slug text UNIQUE, owner text REFERENCES "Tenant", parent text REFERENCES "Page" (slug));
      INSERT INTO "Page" VALUES (1, NULL, 'a', NULL), (2, 's', 'b', NULL), (3, NULL, NULL, 's'), (4, 't', NULL, 's'), (5, NULL, NULL, 't');
      CREATE TABLE "Loose" (slug text UNIQUE, owner text REFERENCES "Tenant", parent text REFERENCES "Loose" (slug));
      INSERT INTO "Loose" VALUES (NULL, 'a', NULL), ('s', 'b', NULL), (NULL, NULL, 's');`)
    expect(whose['public.Page']).toEqual({ 1: 'a', 2: 'b', 3: 'b', 4: 'b', 5: 'b' })
    expect(whose['public.Loose']).toEqual({ '(,a,)': 'a', '(s,b,)': 'b', '(,,s)': 'b' })
  })
})

test('circles of tables follow one of their keys', async () => {
  const { whose } = await ownersIn(`${tenants}
    CREATE TABLE "Org" (id int PRIMARY KEY, t text NOT NULL REFERENCES "Tenant", head int);
    CREATE TABLE "Person" (id int PRIMARY KEY, org int NOT NULL REFERENCES "Org");
    ALTER TABLE "Org" ADD FOREIGN KEY (head) REFERENCES "Person";
    INSERT INTO "Org" VALUES (1, 'a', NULL), (2, 'b', NULL); INSERT INTO "Person" VALUES (1, 1), (2, 2); UPDATE "Org" SET head = id;`)
  expect(whose['public.Org']).toEqual({ 1: 'a', 2: 'b' })
  expect(whose['public.Person']).toEqual({ 1: 'a', 2: 'b' })
})

test('keys of several columns, of which one may be NULL', async () => {
  const { whose } = await ownersIn(
    `${tenants}
    CREATE TABLE "Part" (kind int, nr int, "tenantId" text NOT NULL REFERENCES "Tenant", PRIMARY KEY (kind, nr), UNIQUE (nr, kind));
    INSERT INTO "Part" VALUES (1, 2, 'a'), (2, 1, 'b');
    CREATE TABLE "Use" (id int PRIMARY KEY, k int, n int, FOREIGN KEY (n, k) REFERENCES "Part" (nr, kind));
    INSERT INTO "Use" VALUES (1, 1, 2), (2, 2, 1), (3, 1, NULL), (4, NULL, NULL);
    CREATE TABLE "Self" (a int, b int, u int REFERENCES "Use", pa int, pb int, PRIMARY KEY (a, b), UNIQUE (b, a), FOREIGN KEY (pb, pa) REFERENCES "Self" (b, a));
    INSERT INTO "Self" VALUES (1, 2, 1, NULL, NULL), (2, 1, 2, NULL, NULL), (3, 3, NULL, 1, 2), (4, 4, NULL, 2, 1), (5, 5, NULL, 1, NULL);`,
  )
  expect(whose['public.Use']).toEqual({ 1: 'a', 2: 'b', 3: null, 4: null })
  expect(whose['public.Self']).toEqual({ '1,2': 'a', '2,1': 'b', '3,3': 'a', '4,4': 'b', '5,5': null })
})

test('hostile names of schemas, tables, columns and keys, and hostile ids', async () => {
  const ids = [
    "it's",
    '"',
    '$(x)',
    '`x`',
    '🐘',
    'a b',
    'line\nbreak',
    '\\',
    "'; DROP TABLE x; --",
    '%',
    ' padded ',
    '',
    mark.repeat(2),
  ]
  const quoted = ids.map((each) => `($q1$${each}$q1$)`).join(', ')
  const { whose } = await ownersIn(
    `CREATE SCHEMA "a.b ""$(x)"""; SET search_path = "a.b ""$(x)""";
     CREATE TABLE "t'1;🐘" ("the ""id""" text PRIMARY KEY); INSERT INTO "t'1;🐘" VALUES ${quoted};
     CREATE TABLE "c d.e" (id serial PRIMARY KEY, "$1 ""of""" text); INSERT INTO "c d.e" ("$1 ""of""") SELECT "the ""id""" FROM "t'1;🐘";
     CREATE TABLE "%s" (id int PRIMARY KEY, "\\x" int NOT NULL, CONSTRAINT "fk '""🐘" FOREIGN KEY ("\\x") REFERENCES "c d.e");
     INSERT INTO "%s" SELECT id, id FROM "c d.e";`,
    { table: { schema: 'a.b "$(x)"', table: "t'1;🐘" }, column: '$1 "of"' },
  )
  const rows = Object.fromEntries(ids.map((each, at) => [String(at + 1), each]))
  expect(whose['"a.b ""$(x)""".t\'1;🐘']).toEqual(Object.fromEntries(ids.map((each) => [each, each])))
  expect(whose['"a.b ""$(x)"""."c d.e"']).toEqual(rows)
  expect(whose['"a.b ""$(x)""".%s']).toEqual(rows)
})

test.each([
  ['uuid', ['3f2504e0-4f89-11d3-9a0c-0305e82c3301', '00000000-0000-0000-0000-000000000000']],
  ['bigint', ['9223372036854775807', '-1']],
  ['varchar(3)', ['abc', 'x']],
  ['char(5)', ['abc', 'x']],
  ['numeric(10,0)', ['1', '2']],
])('tenants whose key is of type %s', async (type, ids) => {
  const { whose } = await ownersIn(`
    CREATE TABLE "Tenant" (id ${type} PRIMARY KEY); INSERT INTO "Tenant" VALUES ('${ids[0]}'), ('${ids[1]}');
    CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" ${type}); INSERT INTO "Product" VALUES (1, '${ids[0]}'), (2, '${ids[1]}'), (3, NULL);
    CREATE TABLE "Price" (id int PRIMARY KEY, p int REFERENCES "Product"); INSERT INTO "Price" VALUES (1, 1), (2, 2), (3, 3);`)
  expect(whose['public.Product']).toEqual({ 1: ids[0], 2: ids[1], 3: null })
  expect(whose['public.Price']).toEqual({ 1: ids[0], 2: ids[1], 3: null })
})

test('an id that is longer than the column is nobody’s, not cut to somebody else’s', async () => {
  const { map } = await ownersIn(
    'CREATE TABLE "Tenant" (id varchar(3) PRIMARY KEY); INSERT INTO "Tenant" VALUES (\'abc\')',
  )
  const [table] = map.tables
  const where = table ? new OwnershipSql(map, mark).belongs(table, 'abcd') : ''
  expect(await server.query(`owners_${made}`, `SELECT FROM ONLY "Tenant" AS t WHERE ${where}`)).toEqual([])
})

test('partitions, with keys from and to their root, and inherited tables, which are their own', async () => {
  const { map, whose } = await ownersIn(`${tenants}
    CREATE TABLE "Event" (id int, day int, "tenantId" text NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE "Event_1" PARTITION OF "Event" FOR VALUES FROM (0) TO (10);
    CREATE TABLE "Event_2" PARTITION OF "Event" FOR VALUES FROM (10) TO (20) PARTITION BY LIST (day);
    CREATE TABLE "Event_2a" PARTITION OF "Event_2" DEFAULT;
    INSERT INTO "Event" VALUES (1, 1, 'a'), (2, 11, 'b');
    CREATE TABLE "Note" (id int, e int, d int, FOREIGN KEY (e, d) REFERENCES "Event") PARTITION BY HASH (id);
    CREATE TABLE "Note_0" PARTITION OF "Note" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE "Note_1" PARTITION OF "Note" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO "Note" VALUES (1, 1, 1), (2, 2, 11), (3, NULL, 1);
    CREATE TABLE "Base" (id int, "tenantId" text); CREATE TABLE "More" (x int) INHERITS ("Base");
    INSERT INTO "Base" VALUES (1, 'a'); INSERT INTO "More" VALUES (2, 'b', 3);`)
  expect(map.tables.map(nameOf).sort()).toEqual(
    ['Base', 'Event', 'More', 'Note', 'Tenant'].map((name) => `public.${name}`),
  )
  expect(whose['public.Event']).toEqual({ '1,1': 'a', '2,11': 'b' })
  expect(whose['public.Note']).toEqual({ '(1,1,1)': 'a', '(2,2,11)': 'b', '(3,,1)': null })
  expect(whose['public.Base']).toEqual({ '(1,a)': 'a' })
  expect(whose['public.More']).toEqual({ '(2,b,3)': 'b' })
})

test('a schema of each tenant', async () => {
  const { whose } = await ownersIn(
    `CREATE SCHEMA tenant_7; CREATE SCHEMA "tenant_O'x";
     CREATE TABLE tenant_7."Order" (id int PRIMARY KEY); INSERT INTO tenant_7."Order" VALUES (1), (2);
     CREATE TABLE "tenant_O'x"."Order" (id int PRIMARY KEY); INSERT INTO "tenant_O'x"."Order" VALUES (1);
     CREATE TABLE public."Link" (id int PRIMARY KEY, o int REFERENCES tenant_7."Order"); INSERT INTO "Link" VALUES (1, 1), (2, NULL);`,
    { schema: 'tenant_{id}' },
  )
  expect(whose).toEqual({
    'tenant_7.Order': { 1: '7', 2: '7' },
    "tenant_O'x.Order": { 1: "O'x" },
    'public.Link': { 1: '7', 2: null },
  })
})

test('twelve steps, each by two keys, stay one statement of bounded size', async () => {
  const { map, whose } = await ownersIn(`${tenants} ${stepsOfTables(12)}`)
  expect(whose['public.T11']).toEqual({ 1: 'a', 2: null })
  const last = map.tables.at(-1)
  const writer = new OwnershipSql(map, mark)
  expect(last && writer.keyed(last).from.length).toBeLessThan(20_000)
  expect(last && writer.belongs(last, 'a').length).toBeLessThan(20_000)
})

test.each(Array.from({ length: 16 }, (_, seed) => seed))(
  'random tables and rows belong as a simple model says (seed %i)',
  async (seed) => {
    const { sql, rows } = randomTenants(seed)
    const { map, whose } = await ownersIn(sql)
    expect(whose).toEqual(modelOwners(map, rows, mark))
  },
)
