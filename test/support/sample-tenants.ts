// Tenants of the sample platform: their rows, and writes of other tenants meanwhile.
import pg from 'pg'
import type { TestPostgres } from './postgres-server.ts'

/** The condition that finds the rows of tenant `$1`, by table. Referenced tables are first. */
export const ownRows: Readonly<Record<string, string>> = {
  Tenant: 'id = $1',
  User: '"tenantId" = $1',
  Product: '"tenantId" = $1',
  Customer: '"tenantId" = $1',
  Invoice: '"tenantId" = $1',
  InvoiceLine: '"invoiceId" IN (SELECT id FROM "Invoice" WHERE "tenantId" = $1)',
  AuditLog: '"tenantId" = $1',
  Attachment: '"invoiceId" IN (SELECT id FROM "Invoice" WHERE "tenantId" = $1)',
}

/** Number and digest of the rows in each table, of the tenant or of all others. */
export async function tenantContent(
  server: TestPostgres,
  database: string,
  id: string,
  whose: 'own' | 'others' = 'own',
): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {}
  for (const [table, where] of Object.entries(ownRows)) {
    const [row] = await server.query(
      database,
      `SELECT count(*)::int AS n, md5(string_agg(t::text, '|' ORDER BY t::text)) AS m FROM "${table}" t WHERE ${whose === 'own' ? where : `NOT (${where})`}`,
      [id],
    )
    content[table] = row
  }
  return content
}

/** Deletes all rows of a tenant. */
export async function deleteTenant(server: TestPostgres, database: string, id: string): Promise<void> {
  for (const table of Object.keys(ownRows).toReversed())
    await server.query(database, `DELETE FROM "${table}" WHERE ${ownRows[table]}`, [id])
}

/**
 * Inserts, updates and deletes rows of these tenants until the returned function is called, which returns the number of
 * rounds.
 */
export function keepWriting(url: string, tenants: readonly string[]): () => Promise<number> {
  let stopped = false
  const work = (async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    let rounds = 0
    while (!stopped) {
      const other = tenants[rounds % tenants.length]
      await client.query(`INSERT INTO "AuditLog" ("tenantId", at, action, detail) VALUES ($1, now(), 'busy', '{}')`, [
        other,
      ])
      await client.query(
        `UPDATE "Product" SET price = price + 1 WHERE id = (SELECT min(id) FROM "Product" WHERE "tenantId" = $1)`,
        [other],
      )
      await client.query(`INSERT INTO "Product" ("tenantId", sku, name, price) VALUES ($1, 'busy', 'busy', 1)`, [other])
      await client.query(`DELETE FROM "Product" WHERE "tenantId" = $1 AND sku = 'busy' AND price = 1`, [other])
      rounds += 1
    }
    await client.end()
    return rounds
  })()
  return () => {
    stopped = true
    return work
  }
}
