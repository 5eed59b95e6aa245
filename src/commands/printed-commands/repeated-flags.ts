// Flags of a command that the next command needs too, for printed command lines.
import type { Flags, FlagValue } from '../../domain/text/command-line.ts'
import { camelCase, type Values } from '../../inputs/kinds.ts'
import type { signingInputs, trustInputs } from '../../inputs/shared.ts'
import { type TenantInputs, tenantInputs } from '../../inputs/tenants.ts'
import { storeKindOf } from '../../operations/stores/store-kinds.ts'
import type { Kinds } from '../stores/store-addresses.ts'

type KeyValues = Partial<Values<typeof trustInputs> & Values<typeof signingInputs>>
export type RepeatedValues = KeyValues & Partial<TenantInputs>

/** Returns the flags of these stores: their addresses and the repeated inputs of their kinds. */
export function storeFlags(values: object, addresses: readonly string[], { stores }: Kinds): Flags {
  return { store: addresses, ...kindFlags(values, addresses, { stores }) }
}

/** Returns the repeated inputs of the kinds of these stores, without the addresses. */
export function kindFlags(values: object, addresses: readonly string[], { stores }: Kinds): Flags {
  const given = values as Readonly<Record<string, FlagValue>>
  const kinds = new Set(addresses.map((address) => storeKindOf(stores, address)))
  const rows = [...kinds].flatMap((kind) => Object.entries(kind?.inputs ?? {})).filter(([, row]) => row.repeated)
  return Object.fromEntries(rows.map(([name]) => [name, given[camelCase(name)]]))
}

/**
 * Returns the trusted keys and, for a command that writes, the path of the signing key, or SIGNING_KEY if signatures
 * are required and this run has no key. A key that was given as text is in the environment, like passwords, and is
 * never printed.
 */
export function keyFlags({ trustedKeys = [], signKey }: KeyValues, signs = true): Flags {
  const required = trustedKeys.length > 0 ? 'SIGNING_KEY' : undefined
  const path = signKey?.includes('-----BEGIN') ? undefined : (signKey?.trim() ?? required)
  return { 'trusted-keys': trustedKeys, 'sign-key': signs ? path : undefined }
}

/** Returns the flags that define tenants. */
export function tenantFlags({ tenantTable, tenantColumn, tenantSchema, tenantRule }: Partial<TenantInputs>): Flags {
  return {
    'tenant-table': tenantTable === tenantInputs['tenant-table'].fallback ? undefined : tenantTable,
    'tenant-column': tenantColumn === tenantInputs['tenant-column'].fallback ? undefined : tenantColumn,
    'tenant-schema': tenantSchema,
    'tenant-rule': tenantRule,
  }
}
