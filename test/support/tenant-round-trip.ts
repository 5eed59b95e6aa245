// Databases with the rows of tenants, and round trips of a tenant: backup, damage, restore, comparison.
import pg from 'pg'
import { expect } from 'vitest'
import type { TestPostgres } from './postgres-server.ts'
import { makeTenantZip, plainRules, type RestoreOptions, restoreZip } from './tenant-zip.ts'

export interface Shop {
  readonly name: string
  readonly url: string
  query<T = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>
  /** All rows of all tables, as text. */
  content(): Promise<unknown>
}

let made = 0

/** Creates a database with the objects and rows of the SQL. */
export async function createShop(server: TestPostgres, sql: string): Promise<Shop> {
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

/** Returns SQL that creates table `Tenant` with these IDs. */
export const tenants = (...ids: string[]): string =>
  `CREATE TABLE "Tenant" (id text PRIMARY KEY); INSERT INTO "Tenant" VALUES ${ids.map((id) => `('${id.replaceAll("'", "''")}')`).join(', ')};`

/** Backs up tenant `a` (or `tenant`), runs the statements, restores it, and asserts that all rows are as before. */
export async function roundTrip(
  shop: Shop,
  destroy: string,
  options: Partial<RestoreOptions> & { excel?: boolean; tenant?: string } = {},
) {
  const { excel = false, tenant = 'a', ...more } = options
  const before = await shop.content()
  const path = await makeTenantZip(shop.url, { tenant, excel, rules: more.rules ?? plainRules })
  await shop.query(destroy)
  const restored = await restoreZip(shop.url, { path, ...more })
  expect(await shop.content()).toEqual(before)
  return { path, restored, before }
}

/** Backs up tenant `a` and restores its rows as those of another tenant, with new keys. */
export async function restoreAs(shop: Shop, tenant: string): Promise<void> {
  const path = await makeTenantZip(shop.url, { tenant: 'a' })
  await restoreZip(shop.url, { path, as: tenant, remapKeys: true })
}
