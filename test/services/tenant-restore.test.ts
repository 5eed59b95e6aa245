// A tenant of the sample platform is deleted and restored while other tenants keep writing.
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { deleteTenant, keepWriting, ownRows, tenantContent } from '../support/sample-tenants.ts'
import { dumpTenantZip } from '../support/tenant-dump.ts'
import { makeTenantZip, restoreZip } from '../support/tenant-zip.ts'

let server: TestPostgres
let shop: string
let tenants: string[]
let zip: string

beforeAll(async () => {
  server = await startPostgres()
  shop = await server.createDatabase('shop')
  await makeSamplePlatform(shop, { megabytes: 3, tenants: 12 })
  const rows = await server.query<{ id: string }>('shop', 'SELECT id::text FROM "Tenant" ORDER BY slug')
  tenants = rows.map(({ id }) => id)
  zip = await makeTenantZip(shop, { tenant: tenant() })
})

afterAll(() => server?.stop())

const tenant = (): string => tenants[7] as string

const contentOf = (database: string, id: string, whose?: 'others') => tenantContent(server, database, id, whose)
const destroy = (database: string, id: string) => deleteTenant(server, database, id)
/** Other tenants write to the shop until the returned function is called. */
const othersWrite = () => keepWriting(shop, tenants.slice(0, 7))
/** Runs a statement in the shop, with the tenant's ID as $1. */
const change = <T = Record<string, unknown>>(sql: string) => server.query<T>('shop', sql, [tenant()])

describe('a tenant of a live platform', () => {
  test('comes back exactly after its rows were destroyed, while others write', async () => {
    const before = await contentOf('shop', tenant())
    await destroy('shop', tenant())
    const stop = othersWrite()
    const { tables, notes } = await restoreZip(shop, { path: zip })
    expect(await stop()).toBeGreaterThan(0)
    expect(await contentOf('shop', tenant())).toEqual(before)
    expect(tables.map(({ table, inserted }) => [table, inserted]).sort()).toEqual(
      Object.entries(before)
        .map(([table, content]) => [table, (content as { n: number }).n])
        .sort(),
    )
    expect(notes).toEqual([])
  })

  test('is replaced by what the backup holds, while others write', async () => {
    const before = await contentOf('shop', tenant())
    await change(`UPDATE "Product" SET price = 0 WHERE "tenantId" = $1`)
    await change(`DELETE FROM "InvoiceLine" WHERE ${ownRows.InvoiceLine}`)
    await change(`INSERT INTO "User" VALUES (gen_random_uuid(), $1, 'new@example.org', 'New', '')`)
    const stop = othersWrite()
    const { tables } = await restoreZip(shop, { path: zip, mode: 'replace' })
    expect(await stop()).toBeGreaterThan(0)
    expect(await contentOf('shop', tenant())).toEqual(before)
    const users = tables.find(({ table }) => table === 'User')
    expect(users).toMatchObject({ inserted: 0, deleted: 1 })
  })

  test('that is whole already is left as it is, and says so', async () => {
    const { tables } = await restoreZip(shop, { path: zip })
    for (const { inserted, updated, deleted } of tables) expect([inserted, updated, deleted]).toEqual([0, 0, 0])
    expect(tables.find(({ table }) => table === 'Product')?.unchanged).toBeGreaterThan(0)
  })

  test('gets the rows that are missing, and no other', async () => {
    const before = await contentOf('shop', tenant())
    const others = await contentOf('shop', tenant(), 'others')
    await change(`DELETE FROM "InvoiceLine" WHERE ${ownRows.InvoiceLine} AND id % 2 = 0`)
    await change(`DELETE FROM "AuditLog" WHERE ${ownRows.AuditLog} AND id % 3 = 0`)
    const { tables } = await restoreZip(shop, { path: zip })
    expect(await contentOf('shop', tenant())).toEqual(before)
    expect(await contentOf('shop', tenant(), 'others')).toEqual(others)
    const lines = tables.find(({ table }) => table === 'InvoiceLine')
    expect(lines?.inserted).toBeGreaterThan(0)
    expect(lines?.unchanged).toBeGreaterThan(0)
  })

  test('is refused where a row exists with other content, naming table and key; nothing changes', async () => {
    const [changed] = await change<{ id: string }>(
      `UPDATE "Product" SET name = 'changed since' WHERE id = (SELECT min(id) FROM "Product" WHERE "tenantId" = $1) RETURNING id::text`,
    )
    await change(`DELETE FROM "InvoiceLine" WHERE ${ownRows.InvoiceLine}`)
    const before = await contentOf('shop', tenant())
    await expect(restoreZip(shop, { path: zip })).rejects.toMatchObject({
      code: 'tenant/rows-taken',
      message: expect.stringContaining(
        `public.Product: 1 rows with the same key exist with other content (id=${changed?.id})`,
      ),
      hint: expect.stringContaining('--mode merge'),
    })
    expect(await contentOf('shop', tenant())).toEqual(before)
  })

  test('is merged by primary key: what differs changes, what is new stays', async () => {
    await change(`INSERT INTO "User" VALUES (md5('mine')::uuid, $1, 'mine@example.org', 'Mine', '')`)
    const { tables } = await restoreZip(shop, { path: zip, mode: 'merge' })
    expect(tables.find(({ table }) => table === 'Product')).toMatchObject({ updated: 1, inserted: 0 })
    expect(tables.find(({ table }) => table === 'InvoiceLine')?.inserted).toBeGreaterThan(0)
    const mine = await server.query('shop', `DELETE FROM "User" WHERE name = 'Mine' RETURNING 1`)
    expect(mine).toHaveLength(1)
  })

  test('tells in a dry run what would happen, and does nothing', async () => {
    await change(`UPDATE "Customer" SET name = E'chan\\nged' WHERE ${ownRows.Customer}`)
    await change(`DELETE FROM "InvoiceLine" WHERE ${ownRows.InvoiceLine} AND id % 2 = 0`)
    await change(`INSERT INTO "User" VALUES (md5('mine')::uuid, $1, 'mine@example.org', 'Mine', '')`)
    const before = await contentOf('shop', tenant())
    const sequences = await server.query('shop', 'SELECT * FROM pg_sequences ORDER BY 1, 2')
    const { tables } = await restoreZip(shop, { path: zip, mode: 'replace', dryRun: true })
    expect(await contentOf('shop', tenant())).toEqual(before)
    expect(await server.query('shop', 'SELECT * FROM pg_sequences ORDER BY 1, 2')).toEqual(sequences)
    const of = (name: string) => tables.find(({ table }) => table === name)
    expect(of('Customer')?.updated).toBeGreaterThan(0)
    expect(of('Customer')?.samples?.updated[0]).toMatch(/^id: .*name: chan ged → /)
    expect(of('InvoiceLine')?.inserted).toBeGreaterThan(0)
    expect(of('InvoiceLine')?.samples?.inserted).toHaveLength(3)
    expect(of('User')).toMatchObject({ deleted: 1, samples: { deleted: [expect.stringMatching(/^id: /)] } })
    expect(of('AuditLog')).toMatchObject({ inserted: 0, updated: 0, deleted: 0 })
    const done = await restoreZip(shop, { path: zip, mode: 'replace' })
    expect(done.tables).toEqual(tables.map(({ samples, ...table }) => table))
  })

  test('is made fit for spreadsheets and comes back the same', async () => {
    await change(
      `UPDATE "Product" SET name = '=1+1' WHERE id = (SELECT min(id) FROM "Product" WHERE ${ownRows.Product})`,
    )
    await change(
      `UPDATE "Product" SET name = '''quoted' WHERE id = (SELECT max(id) FROM "Product" WHERE ${ownRows.Product})`,
    )
    const before = await contentOf('shop', tenant())
    const path = await makeTenantZip(shop, { tenant: tenant(), excel: true })
    await destroy('shop', tenant())
    await restoreZip(shop, { path })
    expect(await contentOf('shop', tenant())).toEqual(before)
  })
})

describe('an empty database with the schema', () => {
  test('takes the tenant, and its sequences move on', async () => {
    const fresh = await server.createDatabase('fresh')
    await makeSamplePlatform(fresh, { megabytes: 0, tenants: 1 })
    await server.query(
      'fresh',
      'TRUNCATE "Tenant" CASCADE; TRUNCATE "AuditLog"; ALTER SEQUENCE "Invoice_id_seq" RESTART',
    )
    const { notes } = await restoreZip(fresh, { path: zip })
    const [invoice] = await server.query<{ n: string; most: string }>(
      'fresh',
      `SELECT nextval('"Invoice_id_seq"')::text AS n, (SELECT max(id)::text FROM "Invoice") AS most`,
    )
    expect(Number(invoice?.n)).toBe(Number(invoice?.most) + 1)
    expect(notes.join('\n')).toMatch(/public\.Invoice_id_seq was set to/)
  })
})

describe('a copy under another id', () => {
  test('goes into another database as it is', async () => {
    const other = await server.createDatabase('other')
    await makeSamplePlatform(other, { megabytes: 0, tenants: 1 })
    await server.query('other', 'TRUNCATE "Tenant" CASCADE; TRUNCATE "AuditLog"')
    const as = 'AAAAAAAA-0000-4000-8000-000000000001'
    const { tenant: given } = await restoreZip(other, { path: zip, as })
    expect(given).toBe(as.toLowerCase())
    const counts = (content: Record<string, unknown>) => Object.values(content).map((each) => (each as { n: number }).n)
    const copy = await contentOf('other', as)
    expect(counts(copy)).toEqual(counts(await contentOf('shop', tenant())))
  })

  test('cannot stand beside the original with the same keys', async () => {
    const before = await contentOf('shop', tenant())
    await expect(restoreZip(shop, { path: zip, as: 'aaaaaaaa-0000-4000-8000-000000000001' })).rejects.toMatchObject({
      code: 'tenant/rows-taken',
      hint: expect.stringMatching(/--remap-keys/),
    })
    expect(await contentOf('shop', tenant())).toEqual(before)
  })

  test('stands beside the original with new keys, once what must be unique is', async () => {
    const as = 'aaaaaaaa-0000-4000-8000-000000000002'
    const wish = { path: zip, as, remapKeys: true } as const
    await expect(restoreZip(shop, wish)).rejects.toMatchObject({ code: 'tenant/rows-taken' })
    await change(`UPDATE "Tenant" SET slug = 'renamed' WHERE id = $1`)
    const original = await contentOf('shop', tenant())
    await restoreZip(shop, wish)
    expect(await contentOf('shop', tenant())).toEqual(original)
    const [lines] = await server.query<{ n: number; m: number }>(
      'shop',
      `SELECT count(*)::int AS n, count(*) FILTER (WHERE p."tenantId" = $1 AND c."tenantId" = $1)::int AS m FROM "InvoiceLine" l JOIN "Invoice" i ON i.id = l."invoiceId"
         JOIN "Product" p ON p.id = l."productId" JOIN "Customer" c ON c.id = i."customerId" WHERE i."tenantId" = $1`,
      [as],
    )
    expect(lines?.n).toBe((original.InvoiceLine as { n: number }).n)
    expect(lines?.m).toBe(lines?.n)
    await destroy('shop', as)
  })

  test('needs an id of the right type', async () => {
    await expect(restoreZip(shop, { path: zip, as: 'acme' })).rejects.toMatchObject({
      code: 'tenant/invalid-id',
    })
    await expect(restoreZip(shop, { path: zip, remapKeys: true })).rejects.toMatchObject({ code: 'input/conflict' })
  })
})

test('a ZIP as the backup itself makes it comes back', async () => {
  for (const excel of [false, true]) {
    const folder = await temporaryFolder('tenant-restore')
    const path = await dumpTenantZip(shop, { tenant: tenant(), excel, folder })
    const before = await contentOf('shop', tenant())
    await destroy('shop', tenant())
    await restoreZip(shop, { path })
    expect(await contentOf('shop', tenant())).toEqual(before)
    await rm(folder, { recursive: true })
  }
})

test('interrupted, it leaves nothing behind', async () => {
  const before = await contentOf('shop', tenant())
  const stop = new AbortController()
  const holder = new pg.Client({ connectionString: shop })
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM "Tenant" WHERE id = $1 FOR UPDATE', [tenant()])
  // Between two statements, when there is nothing to cancel yet; the next one waits for the lock.
  const phase = async <T>(_: string, work: () => Promise<T>): Promise<T> => {
    stop.abort(new Error('stop'))
    await sleep(200)
    return work()
  }
  const began = performance.now()
  await expect(
    restoreZip(shop, { path: zip, mode: 'replace', lockTimeout: 60, signal: stop.signal, phase }),
  ).rejects.toThrow('stop')
  expect(performance.now() - began).toBeLessThan(30_000)
  await holder.query('ROLLBACK')
  await holder.end()
  expect(await contentOf('shop', tenant())).toEqual(before)
})
