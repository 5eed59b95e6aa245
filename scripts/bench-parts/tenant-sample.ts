// A sample platform for tenants, and the plain SQL that copies its tables.
import pg from 'pg'
import { makeSamplePlatform } from '../sample-platform.ts'
import type { BenchServer } from './server.ts'

/** Tables in order of import, with their columns that are not generated. */
export const tenantTables: Readonly<Record<string, string>> = {
  Tenant: 'id, name, slug, plan, settings, "createdAt"',
  User: 'id, "tenantId", email, name, "passwordHash", roles, "lastLogin"',
  Product: 'id, "tenantId", sku, name, price, tags, attributes, thumbnail',
  Customer: 'id, "tenantId", name, email, phone, address, born',
  Invoice: 'id, "tenantId", "customerId", number, status, total, "issuedAt", "updatedAt", note',
  InvoiceLine: 'id, "invoiceId", "productId", quantity, "unitPrice", description, weight',
  AuditLog: 'id, "tenantId", at, action, detail',
  Attachment: 'id, "invoiceId", name, object',
}

/** Creates a sample platform with indexes for queries by tenant. Returns its URL. */
export async function tenantPlatform(
  { empty }: BenchServer,
  name: string,
  megabytes: number,
  tenants: number,
): Promise<string> {
  const url = await empty(name)
  console.error(`filling a sample platform of ${megabytes} MB with ${tenants} tenants`)
  await makeSamplePlatform(url, { megabytes, tenants })
  for (const indexed of ['Product', 'Customer', 'Invoice', 'AuditLog'])
    await query(url, `CREATE INDEX ON "${indexed}" ("tenantId")`)
  await query(url, 'CREATE INDEX ON "InvoiceLine" ("productId")')
  await query(url, 'CREATE INDEX ON "Invoice" ("customerId")')
  await query(url, 'CREATE INDEX ON "Attachment" ("invoiceId")')
  await query(url, 'VACUUM ANALYZE')
  return url
}

/** The ID of the tenant with the most invoices. */
export async function largestTenant(url: string): Promise<string> {
  const [tenant = ''] = await query(url, 'SELECT "tenantId" FROM "Invoice" GROUP BY 1 ORDER BY count(*) DESC LIMIT 1')
  return tenant
}

/** The condition that selects one tenant's rows of a table. */
export function rowsOf(tenant: string, name: string): string {
  if (name === 'Tenant') return `id = '${tenant}'`
  const invoices = `SELECT id FROM "Invoice" WHERE "tenantId" = '${tenant}'`
  return /Line|Attach/.test(name) ? `"invoiceId" IN (${invoices})` : `"tenantId" = '${tenant}'`
}

async function query(url: string, sql: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, string>>(sql)
    return rows.map((row) => Object.values(row)[0] ?? '')
  } finally {
    await client.end()
  }
}
