// Restores of one tenant that must be refused, without any change of the database, because of the rows in the backup,
// the schema of the database, or damage.
import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { createShopTemplate, destroy, modes, openShop, type TenantShop } from '../support/tenant-shop.ts'
import { addLine, fileOf, makeTenantZip, seal, type ZipParts } from '../support/tenant-zip.ts'

let server: TestPostgres
let shop: TenantShop

beforeAll(async () => {
  server = await startPostgres()
  await createShopTemplate(server)
})

afterAll(() => server?.stop())

beforeEach(async () => {
  shop = await openShop(server)
})

describe('a ZIP with rows of another tenant:', () => {
  const foreign = { code: 'tenant/foreign-rows', message: /contains rows of another tenant/ } as const

  test.each(modes)('named by their column (%s)', async (mode) => {
    const path = await shop.zipOf7((parts) => addLine(parts, 'Invoice', '89,8,1'))
    await shop.expectRefused({ path, mode }, foreign)
    await shop.query(destroy)
    await shop.expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('reached by a foreign key (%s)', async (mode) => {
    const path = await shop.zipOf7((parts) => addLine(parts, 'Line', '99,80,,forged'))
    await shop.expectRefused({ path, mode }, foreign)
    await shop.query(destroy)
    await shop.expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('theirs by one of two paths (%s)', async (mode) => {
    const path = await shop.zipOf7((parts) => addLine(parts, 'Line', '99,70,800,forged'))
    await shop.expectRefused({ path, mode }, foreign)
    await shop.query(destroy)
    await shop.expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('that are there already, equal (%s)', async (mode) => {
    await shop.query('ALTER TABLE "Log" ADD id serial PRIMARY KEY')
    const path = await shop.zipOf7((parts) => addLine(parts, 'Log', '8,out,3'))
    await shop.expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('a tenant beside the tenant (%s)', async (mode) => {
    const path = await shop.zipOf7((parts) => addLine(parts, 'Tenant', '9,nine'))
    await shop.expectRefused({ path, mode }, foreign)
    await shop.query(destroy)
    await shop.expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('rows of nobody (%s)', async (mode) => {
    const path = await shop.zipOf7((parts) => addLine(parts, 'Log', ',boot'))
    await shop.query(destroy)
    await shop.expectRefused({ path, mode }, foreign)
  })

  test('under another id, too', async () => {
    for (const [table, line] of [
      ['Invoice', '89,8,1'],
      ['Line', '99,80,,forged'],
      ['Tenant', '9,nine'],
    ] as const) {
      await shop.query(`UPDATE "Product" SET sku = 'a' WHERE id = 700`)
      const path = await shop.zipOf7((parts) => addLine(parts, table, line))
      await shop.query(`UPDATE "Product" SET sku = 'so that the copy may have it' WHERE id = 700`)
      await shop.expectRefused({ path, as: '17', remapKeys: true }, foreign)
    }
  })
})

describe('a key that is another tenant’s now', () => {
  test.each(modes)('by primary key (%s)', async (mode) => {
    const path = await shop.zipOf7()
    await shop.query(`${destroy} INSERT INTO "Product" VALUES (700, 8, 'mine now')`)
    await shop.expectRefused({ path, mode }, { code: 'tenant/rows-taken', message: /Product/ })
  })

  test.each(modes)('by what must be unique (%s)', async (mode) => {
    const path = await shop.zipOf7()
    await shop.query(`${destroy} INSERT INTO "Product" VALUES (801, 8, 'a')`)
    await shop.expectRefused({ path, mode }, { code: 'tenant/rows-taken', message: /Product_sku_key/ })
  })
})

test.each(['replace', 'merge'] as const)(
  'rows there that are the tenant’s by one path and another’s by another (%s)',
  async (mode) => {
    const path = await shop.zipOf7()
    await shop.query(`INSERT INTO "Line" ("invoiceId", "productId", what) VALUES (70, 800, 'whose?')`)
    await shop.expectRefused(
      { path, mode },
      {
        code: 'tenant/ambiguous-owner',
        message: /public\.Line: 1 rows belong to different tenants/,
        hint: /through/,
      },
    )
  },
)

describe('a schema that does not fit:', () => {
  test('columns lost, all named at once', async () => {
    const path = await shop.zipOf7()
    await shop.query(
      `${destroy} ALTER TABLE "Invoice" DROP total; ALTER TABLE "Line" DROP what; ALTER TABLE "Product" ADD must int; UPDATE "Product" SET must = 1; ALTER TABLE "Product" ALTER must SET NOT NULL`,
    )
    await shop.expectRefused(
      { path },
      { code: 'tenant/schema-changed', message: /Invoice lacks total.*Product requires column must.*Line lacks what/ },
    )
  })

  test('a column that is computed now', async () => {
    const path = await shop.zipOf7()
    await shop.query(
      `${destroy} ALTER TABLE "Invoice" DROP total; ALTER TABLE "Invoice" ADD total int GENERATED ALWAYS AS (id * 2) STORED`,
    )
    await shop.expectRefused({ path }, { code: 'tenant/schema-changed', message: /public\.Invoice computes total/ })
  })

  test('a table that is not there', async () => {
    const path = await shop.zipOf7()
    await shop.query(`${destroy} DROP TABLE "Line"`)
    await shop.expectRefused(
      { path },
      { code: 'tenant/tables-missing', message: /public\.Line \(2 rows\)/, hint: /schema\.dump/ },
    )
  })

  test('a table that is no tenant’s here', async () => {
    const path = await shop.zipOf7()
    await shop.query(`${destroy} ALTER TABLE "Log" RENAME "tenantId" TO x; ALTER TABLE "Log" ADD "y" int`)
    await shop.expectRefused(
      { path },
      { code: 'tenant/rules-differ', message: /public\.Log, which belongs to no tenant/ },
    )
  })

  test('a type that does not take the values', async () => {
    const path = await shop.zipOf7()
    await shop.query(`${destroy} ALTER TABLE "Line" DROP what; ALTER TABLE "Line" ADD what int`)
    await shop.expectRefused({ path }, { code: 'tenant/zip-damaged', message: /integer/ })
  })

  test('a rule that is younger than the rows', async () => {
    const path = await shop.zipOf7()
    await shop.query(`${destroy} ALTER TABLE "Invoice" ADD CHECK (total > 1) NOT VALID`)
    await shop.expectRefused({ path }, { code: 'tenant/constraint-violated', message: /\w/ })
  })

  test('no table of tenants, and a tenant that cannot be one', async () => {
    const path = await shop.zipOf7()
    const other = { table: { schema: 'public', table: 'Customer' }, column: 'tenantId', rules: [] }
    await shop.expectRefused(
      { path, rules: other },
      { code: 'tenant/no-tenant-table', message: /no table public\.Customer/ },
    )
    await shop.expectRefused({ path, as: 'seven' }, { code: 'tenant/invalid-id', message: /"seven"/ })
  })
})

describe('a damaged ZIP:', () => {
  test.each(modes)('a CSV that is not what tables.json says (%s)', async (mode) => {
    await shop.query(`INSERT INTO "Log" SELECT 7, 'more ' || n FROM generate_series(1, 20000) n`)
    for (const spoil of [
      (parts: ZipParts) => {
        const csv = parts.files.get(fileOf(parts, 'Log')) as Buffer
        csv[csv.length - 2] = 0x58
      },
      (parts: ZipParts) => {
        const file = fileOf(parts, 'Log')
        seal(parts, file)
        const at = parts.tables.tables.findIndex((table) => table.file === file)
        parts.tables.tables[at] = { ...(parts.tables.tables[at] as ZipParts['tables']['tables'][number]), rows: 5 }
      },
    ]) {
      const path = await shop.zipOf7(spoil)
      await shop.expectRefused({ path, mode }, { code: 'tenant/zip-damaged', message: /public\.Log\.csv/ })
    }
  })

  test('a table that is said to be empty and is not', async () => {
    const path = await shop.zipOf7((parts) => {
      const at = parts.tables.tables.findIndex(({ table }) => table === 'Line')
      parts.tables.tables[at] = { ...(parts.tables.tables[at] as ZipParts['tables']['tables'][number]), rows: 0 }
    })
    for (const mode of modes)
      await shop.expectRefused(
        { path, mode },
        { code: 'tenant/zip-damaged', message: /public\.Line\.csv has 2 rows, not the 0/ },
      )
  })

  test('a byte turned in what is compressed', async () => {
    await shop.query(`INSERT INTO "Log" SELECT 7, md5(n::text) FROM generate_series(1, 5000) n`)
    const path = await shop.zipOf7()
    await shop.query(destroy)
    const bytes = await readFile(path)
    const at = bytes.indexOf('data/public.Log.csv') + 5000
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    await writeFile(path, bytes)
    await shop.expectRefused({ path }, { code: 'tenant/zip-damaged', message: /\w/ })
  })

  test('a row that no table takes', async () => {
    const path = await shop.zipOf7((parts) => addLine(parts, 'Invoice', '72,7'))
    await shop.query(destroy)
    await shop.expectRefused({ path }, { code: 'tenant/zip-damaged', message: /missing data for column/ })
  })

  test('the ZIP of shared rows in the place of a tenant’s', async () => {
    await shop.query('CREATE TABLE "Plan" (id int PRIMARY KEY); ALTER TABLE "Tenant" ADD plan int REFERENCES "Plan"')
    const shared = await makeTenantZip(shop.url, {})
    await shop.expectRefused({ path: shared }, { code: 'tenant/wrong-zip', message: /shared rows/ })
    await shop.expectRefused(
      { path: await shop.zipOf7(), sharedPath: await shop.zipOf7() },
      { code: 'tenant/wrong-zip', message: /contains rows of a tenant/ },
    )
  })
})
