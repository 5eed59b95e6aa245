// A shop with tenants 7 and 8, and restores of tenant 7 that are refused.
import pg from 'pg'
import { expect } from 'vitest'
import type { FailureCode } from '../../src/domain/failures/failure-codes.ts'
import type { TestPostgres } from './postgres-server.ts'
import { makeTenantZip, type RestoreOptions, restoreZip, type ZipParts } from './tenant-zip.ts'

export const modes = ['insert', 'replace', 'merge'] as const

const schema = `
  CREATE TABLE "Tenant" (id int PRIMARY KEY, name text);
  CREATE TABLE "Invoice" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant" ON DELETE CASCADE, total int);
  CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", sku text UNIQUE);
  CREATE TABLE "Line" (id serial PRIMARY KEY, "invoiceId" int NOT NULL REFERENCES "Invoice" ON DELETE CASCADE, "productId" int REFERENCES "Product", what text);
  CREATE TABLE "Log" ("tenantId" int, what text);
  CREATE TABLE "Elsewhere" (what text);`
const rows = `
  INSERT INTO "Tenant" VALUES (7, 'seven'), (8, 'eight');
  INSERT INTO "Invoice" VALUES (70, 7, 1), (71, 7, 2), (80, 8, 1);
  INSERT INTO "Product" VALUES (700, 7, 'a'), (800, 8, 'b');
  INSERT INTO "Line" ("invoiceId", "productId", what) VALUES (70, 700, 'x'), (71, NULL, 'y'), (80, 800, 'z');
  INSERT INTO "Log" VALUES (7, 'in'), (8, 'in'), (8, 'out'), (NULL, 'boot');`

/** Deletes tenant 7 with all its rows. */
export const destroy = `DELETE FROM "Line" WHERE "invoiceId" < 80; DELETE FROM "Product" WHERE "tenantId" = 7; DELETE FROM "Log" WHERE "tenantId" = 7; DELETE FROM "Tenant" WHERE id = 7;`

interface Refusal {
  readonly code: FailureCode
  readonly message: RegExp
  readonly hint?: RegExp
}

export interface TenantShop {
  readonly url: string
  query<T>(sql: string): Promise<T[]>
  /** Rows, sequences, and whether triggers are enabled. */
  everything(): Promise<unknown>
  /** Makes a ZIP of tenant 7, changed by `spoil`. Returns its path. */
  zipOf7(spoil?: (parts: ZipParts) => void): Promise<string>
  /** Asserts that a restore is refused and changes nothing. */
  expectRefused(options: RestoreOptions, refusal: Refusal): Promise<void>
}

/** Creates the template that `openShop` clones. */
export async function createShopTemplate(server: TestPostgres): Promise<void> {
  await server.createDatabase('model')
  await server.query('model', schema + rows)
}

/** Creates database `shop` anew. */
export async function openShop(server: TestPostgres): Promise<TenantShop> {
  await server.dropDatabase('shop')
  const url = await server.createDatabase('shop', 'TEMPLATE model')
  return {
    url,
    query: (sql) => server.query('shop', sql),
    everything: () => everythingIn(url, true),
    zipOf7: (spoil) => makeTenantZip(url, { tenant: '7', ...(spoil && { spoil }) }),
    async expectRefused(options, { code, message, hint = /\w/ }) {
      // Numbers that a sequence gave for new keys are not given back.
      const sequences = !options.remapKeys
      const before = await everythingIn(url, sequences)
      await expect(restoreZip(url, options)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      })
      expect(await everythingIn(url, sequences)).toEqual(before)
    },
  }
}

async function everythingIn(url: string, sequences: boolean): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const ask = async (sql: string) => (await client.query(sql)).rows
  const tables: { t: string }[] = await ask(
    `SELECT oid::regclass::text AS t FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  )
  const found: unknown[] = [await ask('SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1')]
  for (const { t } of tables) found.push(t, await ask(`SELECT r::text AS r FROM ${t} r ORDER BY 1`))
  if (sequences) found.push(await ask('SELECT * FROM pg_sequences'))
  await client.end()
  return found
}
