// Drops foreign keys that a scratch database cannot satisfy, because tenants are restored one by one and some tables
// stay empty.
import {
  type ForeignKeyShape,
  isOwned,
  type MappedTable,
  nameOf,
  type TenantMap,
  type TenantRules,
} from '../../../domain/tenants/map.ts'
import { mapTenants } from '../../../domain/tenants/map-tenants.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { qualified } from '../dump/snapshot.ts'
import { readTables } from './catalogue.ts'
import { id } from './quoting.ts'

/**
 * Drops foreign keys of filled tables that refer to tables that stay empty, or to other tenants. Returns their names,
 * each with its table. Only for scratch databases. `sharedIsFilled`: shared tables are restored too.
 */
export async function dropKeysToOthers(
  address: Address,
  rules: TenantRules,
  sharedIsFilled: boolean,
): Promise<readonly string[]> {
  return withClient(address, async (client) => {
    const { tables, tenants } = mapTenants(await readTables(client), rules)
    const filled = new Set(
      tables.filter((table) => isOwned(table) || (sharedIsFilled && table.ownership.kind === 'shared')).map(nameOf),
    )
    const dropped: string[] = []
    for (const table of tables.filter((each) => filled.has(nameOf(each)))) {
      const leadsOut = (key: ForeignKeyShape): boolean =>
        !filled.has(nameOf(key.target)) || isToOtherTenant(table, key, tenants)
      for (const key of table.foreignKeys.filter(leadsOut)) {
        await client.query(`ALTER TABLE ${qualified(table)} DROP CONSTRAINT ${id(key.name)}`)
        dropped.push(`${key.name} of ${nameOf(table)}`)
      }
    }
    return dropped
  })
}

/**
 * Whether a key refers to the table of tenants but does not assign the row to a tenant, such as the parent of a tenant,
 * or the tenant to which a document is lent.
 */
export function isToOtherTenant(
  { ownership }: MappedTable,
  { columns, target }: ForeignKeyShape,
  tenants: TenantMap['tenants'],
): boolean {
  if (!tenants || nameOf(target) !== nameOf(tenants)) return false
  return ownership.kind === 'tenant' || (ownership.kind === 'column' && columns.join() !== ownership.column)
}
