// Unusual schemas and values that a restore of a tenant must handle.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { createShop, restoreAs, roundTrip, tenants } from '../support/tenant-round-trip.ts'
import { bills, circle, folders, notesOf, oddValues, parts, profiles, triggers } from '../support/tenant-tables.ts'
import { makeTenantZip, plainRules, restoreZip } from '../support/tenant-zip.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server?.stop())

const shopWith = (sql: string) => createShop(server, sql)

describe('values', () => {
  test('come back exactly, straight from COPY', async () => {
    await roundTrip(await shopWith(oddValues.create), oddValues.deleteTenant)
  })

  test('come back exactly from a ZIP for spreadsheets', async () => {
    await roundTrip(await shopWith(oddValues.create), oddValues.deleteTenant, { excel: true })
  })

  test('are equal to themselves: nothing to do, nothing in the way', async () => {
    const shop = await shopWith(oddValues.create)
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
    const shop = await shopWith(oddValues.create)
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
    const shop = await shopWith(notesOf(tenant))
    await roundTrip(shop, `DELETE FROM "Tenant" WHERE id = ${quoted}`, { tenant })
    await roundTrip(shop, 'SELECT 1', { tenant, mode: 'replace' })
    const path = await makeTenantZip(shop.url, { tenant: 'b' })
    await restoreZip(shop.url, { path, as: `${tenant}2`, remapKeys: true })
    expect(await shop.query('SELECT "tenantId" FROM "Note" WHERE "tenantId" = $1', [`${tenant}2`])).toHaveLength(1)
  })
})

describe('keys', () => {
  test('in a circle, NOT NULL and not deferrable', async () => {
    const shop = await shopWith(circle.create)
    await roundTrip(shop, circle.deleteTenant)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    await roundTrip(shop, circle.deleteTenant, { mode: 'merge' })
    await roundTrip(shop, circle.deleteTenant, { excel: true })
  })

  test('in a circle get new values, and keep to each other', async () => {
    const shop = await shopWith(circle.create)
    await restoreAs(shop, 'c')
    const [row] = await shop.query(
      `SELECT count(*)::int AS n, count(*) FILTER (WHERE t."tenantId" = 'c' AND l."tenantId" = 'c')::int AS own FROM "Person" p
         JOIN "Team" t ON t.id = p.team JOIN "Person" l ON l.id = t.leader WHERE p."tenantId" = 'c'`,
    )
    expect(row).toEqual({ n: 3, own: 3 })
  })

  test('to the table itself, in any order of rows', async () => {
    const shop = await shopWith(parts)
    await roundTrip(shop, `DELETE FROM "Part" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    await restoreAs(shop, 'c')
    const rows = await shop.query(
      `SELECT p.parent IS NULL AS top, q."tenantId" AS of FROM "Part" p LEFT JOIN "Part" q ON q.id = p.parent WHERE p."tenantId" = 'c'`,
    )
    expect(rows).toHaveLength(4)
    expect(rows.filter(({ of }) => of === 'c')).toHaveLength(3)
  })

  test('that lead to a tenant only through the table itself', async () => {
    const shop = await shopWith(folders)
    await roundTrip(shop, `DELETE FROM "Folder" WHERE id IN (1, 2, 3); DELETE FROM "Tenant" WHERE id = 'a'`)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    await roundTrip(shop, 'DELETE FROM "Folder" WHERE id IN (2, 3)', { mode: 'insert' })
  })

  test('of several columns, identities ALWAYS, computed columns, partitions', async () => {
    const shop = await shopWith(bills.create)
    await roundTrip(shop, bills.deleteTenant)
    await roundTrip(shop, 'SELECT 1', { mode: 'replace' })
    await roundTrip(shop, `DELETE FROM "BillLine" WHERE tid = 'a' AND bill = 3`, { mode: 'insert' })
    await roundTrip(
      shop,
      `UPDATE "BillLine" SET what = 'changed' WHERE tid = 'a' AND bill < 4; UPDATE "Bill" SET total = 0 WHERE "tenantId" = 'a' AND no > 10`,
      { mode: 'merge' },
    )
    await roundTrip(shop, bills.deleteTenant, { mode: 'merge' })
    await restoreAs(shop, 'c')
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
    const shop = await shopWith(triggers)
    const states =
      'SELECT tgrelid::regclass::text AS t, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2'
    const before = await shop.query(states)
    await roundTrip(shop, `DELETE FROM "Bill" WHERE "tenantId" = 'a'`, { triggers: 'off' })
    await roundTrip(shop, 'SELECT 1', { triggers: 'off', mode: 'replace' })
    expect(await shop.query(states)).toEqual(before)
  })

  test('that are themselves foreign keys follow them', async () => {
    const shop = await shopWith(profiles)
    const before = await shop.query(`SELECT count(*)::int AS n FROM "Badge"`)
    await restoreAs(shop, 'c')
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
