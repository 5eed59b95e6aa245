// Flags of one command that the next one needs too, for command lines that are printed to be copied.
import type { FlagValue } from '../domain/command-line.ts'
import { type TenantInputs, tenantInputs } from '../inputs/tenants.ts'
import type { StoreValues } from './stores-of.ts'

export type Flags = Readonly<Record<string, FlagValue>>

type BucketValues = Partial<Pick<StoreValues, 's3Endpoint' | 's3Region'>>
export type RepeatedValues = BucketValues & TenantInputs

/** Which stores. */
export function storeFlags({ s3Endpoint, s3Region }: BucketValues, addresses: readonly string[]): Flags {
  const isInBucket = addresses.some((address) => /^s3:/i.test(address))
  return { store: addresses, ...(isInBucket && { 's3-endpoint': s3Endpoint, 's3-region': s3Region }) }
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
