// A backup of tenants as the inputs ask for it.

import type { dumpInputs } from '../inputs/dump.ts'
import type { Values } from '../inputs/kinds.ts'
import type { databaseInputs, temporaryInputs } from '../inputs/shared.ts'
import { checkTenantInputs, tenantInputs, tenantRulesOf } from '../inputs/tenants.ts'
import type { BackUpRequest } from '../operations/back-up.ts'
import type { World } from './command.ts'

type TenantValues = Values<typeof dumpInputs> & Values<typeof databaseInputs> & Values<typeof temporaryInputs>

/** Part of a message about a missing tenant ID. */
export const howToFind = 'resguardo tenants lists the tenants'

/** Rules across the inputs of kind and tenants. */
export function rulesOfKind(values: TenantValues): string[] {
  const { kind, tenant, includeShared, excel } = values
  const broken: string[] = []
  if ((kind === 'platform' || kind === 'redis') && (tenant.length > 0 || includeShared || excel)) {
    broken.push('--tenant, --include-shared and --excel need --kind tenant or all')
  }
  if (kind === 'tenant' && tenant.length === 0) {
    broken.push(`backup tenant needs --tenant with the ID of a tenant, or --tenant all; ${howToFind}`)
  }
  if (tenant.includes('all') && tenant.length > 1) broken.push('--tenant all cannot be used together with tenant IDs')
  const { schema, excludeSchema, table, excludeTable, excludeTableData, parts } = values
  const selects =
    [schema, excludeSchema, table, excludeTable, excludeTableData].some((list) => list.length > 0) || parts !== 'all'
  if ((kind === 'tenant' || kind === 'redis') && selects) {
    broken.push(
      '--schema, --table, --exclude-… and --parts need --kind platform; rows of tenants are selected with --tenant-rule',
    )
  }
  return [...broken, ...checkTenantInputs(values)]
}

/** Undefined for a backup of the platform alone. */
export function tenantsOf(values: TenantValues, url: string, world: World): BackUpRequest['tenants'] {
  const { kind, tenant } = values
  if (kind === 'platform' || kind === 'redis') return undefined
  return {
    only: kind === 'tenant',
    ifAny: kind === 'all' && tenant.length === 0 && namesNoTenants(values),
    open: (instant) =>
      world.openTenantDump(url, {
        ...instant,
        rules: tenantRulesOf(values),
        tenants: tenant.length === 0 || tenant[0] === 'all' ? 'all' : tenant,
        includeShared: values.includeShared,
        excel: values.excel,
        level: values.zipLevel,
        tenantsPerZip: values.tenantsPerZip,
        counts: values.sourceCounts,
        codeAsSuperuser: values.codeAsSuperuser,
        temporary: values.temporary ?? world.temporary,
        signal: world.signal,
        progress: world.reporter.progress,
      }),
  }
}

function namesNoTenants({ tenantTable, tenantSchema, tenantRule }: TenantValues): boolean {
  return tenantTable === tenantInputs['tenant-table'].fallback && tenantSchema === undefined && tenantRule.length === 0
}
