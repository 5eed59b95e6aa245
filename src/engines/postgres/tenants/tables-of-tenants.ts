// Lists the tables of a live database that contain rows of tenants, with their partitions.
import { asFailure } from '../../../domain/failures/failure.ts'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { isOwned, nameOf, type TenantRules } from '../../../domain/tenants/map.ts'
import { mapTenants } from '../../../domain/tenants/map-tenants.ts'
import type { TablesOfTenants } from '../../../ports/tenant.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { readTables } from './catalogue.ts'

const partitionsSql = `
  SELECT rn.nspname AS "rootSchema", r.relname AS root, n.nspname AS schema, c.relname AS "table"
    FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
    CROSS JOIN LATERAL pg_partition_tree(r.oid) p
    JOIN pg_class c ON c.oid = p.relid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE r.relkind = 'p' AND NOT r.relispartition AND p.relid <> r.oid`

/**
 * Lists the tables by whether they contain rows of tenants. The lists are empty if the rules do not fit the database,
 * for example without a table of tenants; other code reports that. Throws Failure if the database cannot be reached.
 */
export async function tablesOfTenants(address: Address, rules: TenantRules): Promise<TablesOfTenants> {
  return withClient(address, async (client) => {
    const all = await readTables(client)
    const { owned, unreached } = split(all, rules)
    const { rows } = await client.query<TableName & { readonly rootSchema: string; readonly root: string }>(
      partitionsSql,
    )
    const tables = owned.map(({ schema, table }) => ({
      schema,
      table,
      partitions: rows
        .filter(({ rootSchema, root }) => nameOf({ schema: rootSchema, table: root }) === nameOf({ schema, table }))
        .map((row) => ({ schema: row.schema, table: row.table })),
    }))
    const mine = new Set(owned.map(nameOf))
    const others = [...all, ...rows].filter((each) => !mine.has(nameOf(each)))
    return { tables, others: owned.length === 0 ? [] : others, unreached }
  })
}

function split(
  tables: Awaited<ReturnType<typeof readTables>>,
  rules: TenantRules,
): { owned: readonly TableName[]; unreached: readonly TableName[] } {
  try {
    const map = mapTenants(tables, rules)
    return {
      owned: map.tables.filter(isOwned),
      unreached: map.tables.filter(({ ownership }) => ownership.kind === 'unreached'),
    }
  } catch (error) {
    if (asFailure(error).kind === 'usage') return { owned: [], unreached: [] }
    throw error
  }
}
