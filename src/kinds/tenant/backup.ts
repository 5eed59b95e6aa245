// A backup of tenants as the inputs request it.
import type { World } from '../../commands/world.ts'
import type { Values } from '../../inputs/kinds.ts'
import { noUrl } from '../../inputs/shared.ts'
import { checkTenantInputs, tenantInputs, tenantRulesOf } from '../../inputs/tenants.ts'
import type { OpenTenants } from '../../operations/backup/back-up.ts'
import type { PostgresValues } from '../postgres-backup.ts'
import { requireUrl } from '../require-url.ts'
import type { backupInputs } from './backup-inputs.ts'

export type TenantValues = PostgresValues & Values<typeof backupInputs>

/** Part of a message about a missing tenant ID. */
export const howToFind = 'resguardo tenants lists the tenants'

/** Rules across the inputs of a backup of tenants. */
export function checkBackup(values: TenantValues): string[] {
  const { tenant, databaseUrl } = values
  return [
    ...(databaseUrl === undefined ? [noUrl] : []),
    ...(tenant.length === 0
      ? [`backup tenant needs --tenant with the ID of a tenant, or --tenant all; ${howToFind}`]
      : []),
    ...checkSelection(values),
  ]
}

/** Rules across the inputs that select tenants. */
export function checkSelection(values: TenantValues): string[] {
  const { tenant } = values
  return [
    ...(tenant.includes('all') && tenant.length > 1 ? ['--tenant all cannot be used together with tenant IDs'] : []),
    ...checkTenantInputs(values),
  ]
}

/** Returns the function that reads the tenants in the snapshot of a dump. */
export function tenantsOf(values: TenantValues, world: World): OpenTenants {
  const { tenant, includeShared, excel, zipLevel, tenantsPerZip, sourceCounts, codeAsSuperuser } = values
  return (instant) =>
    world.openTenantDump(requireUrl(values), {
      ...instant,
      rules: tenantRulesOf(values),
      tenants: tenant.length === 0 || tenant[0] === 'all' ? 'all' : tenant,
      ...{ includeShared, excel, codeAsSuperuser },
      level: zipLevel,
      tenantsPerZip,
      counts: sourceCounts,
      temporary: values.temporary ?? world.temporary,
      signal: world.signal,
      progress: world.reporter.progress,
    })
}

/** Whether no input says that there are tenants. */
export function namesNoTenants({ tenant, tenantTable, tenantSchema, tenantRule }: TenantValues): boolean {
  return (
    tenant.length === 0 &&
    tenantTable === tenantInputs['tenant-table'].fallback &&
    tenantSchema === undefined &&
    tenantRule.length === 0
  )
}
