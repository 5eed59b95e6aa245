// Flags of one command that the next one needs too, for command lines that are printed to be copied.
import type { FlagValue } from '../domain/command-line.ts'
import { camelCase } from '../inputs/kinds.ts'
import { type TenantInputs, tenantInputs } from '../inputs/tenants.ts'
import { kindOf } from '../operations/store-kinds.ts'
import type { World } from './command.ts'

export type Flags = Readonly<Record<string, FlagValue>>

/** The stores at these addresses, with what their kinds must be told again. */
export function storeFlags(values: object, addresses: readonly string[], { stores }: Pick<World, 'stores'>): Flags {
  const given = values as Readonly<Record<string, FlagValue>>
  const kinds = new Set(addresses.map((address) => kindOf(stores, address)))
  const rows = [...kinds].flatMap((kind) => Object.entries(kind?.inputs ?? {})).filter(([, row]) => row.repeated)
  return { store: addresses, ...Object.fromEntries(rows.map(([name]) => [name, given[camelCase(name)]])) }
}

/** What makes a tenant. */
export function tenantFlags({ tenantTable, tenantColumn, tenantSchema, tenantRule }: TenantInputs): Flags {
  return {
    'tenant-table': tenantTable === tenantInputs['tenant-table'].fallback ? undefined : tenantTable,
    'tenant-column': tenantColumn === tenantInputs['tenant-column'].fallback ? undefined : tenantColumn,
    'tenant-schema': tenantSchema,
    'tenant-rule': tenantRule,
  }
}
