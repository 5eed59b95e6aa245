// In scratch, tenants' rows come without the tables that others fill: keys to those cannot hold.
import { isOwned, nameOf, type TenantRules } from '../../domain/tenants/map.ts'
import { mapTenants } from '../../domain/tenants/map-tenants.ts'
import type { Address } from '../postgres/address.ts'
import { withClient } from '../postgres/connect.ts'
import { qualified } from '../postgres/snapshot.ts'
import { readTables } from './catalogue.ts'
import { id } from './quoting.ts'

/** Drops them and gives their names, each with its table. Never for a database that anybody needs. */
export async function dropKeysToOthers(
  address: Address,
  rules: TenantRules,
  sharedIsFilled: boolean,
): Promise<readonly string[]> {
  return withClient(address, async (client) => {
    const { tables } = mapTenants(await readTables(client), rules)
    const filled = new Set(
      tables.filter((table) => isOwned(table) || (sharedIsFilled && table.ownership.kind === 'shared')).map(nameOf),
    )
    const dropped: string[] = []
    for (const table of tables.filter((each) => filled.has(nameOf(each)))) {
      for (const key of table.foreignKeys.filter(({ target }) => !filled.has(nameOf(target)))) {
        await client.query(`ALTER TABLE ${qualified(table)} DROP CONSTRAINT ${id(key.name)}`)
        dropped.push(`${key.name} of ${nameOf(table)}`)
      }
    }
    return dropped
  })
}
