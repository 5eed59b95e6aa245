// `restore --kind tenant`: one tenant back into a live database.

import { parseBackupId } from '../domain/backup.ts'
import { commandLine, flagWords } from '../domain/command-line.ts'
import { Failure } from '../domain/failure.ts'
import { plural } from '../domain/plural.ts'
import type { TenantRules } from '../domain/tenants/map.ts'
import { tenantRulesOf } from '../inputs/tenants.ts'
import { backUp } from '../operations/back-up.ts'
import { schemaOnly } from '../operations/backup-source.ts'
import { readManifest } from '../operations/read-manifest.ts'
import { restoreTenant } from '../operations/restore-tenant.ts'
import { requireUrl } from './backup-outcome.ts'
import type { Outcome, World } from './command.ts'
import { keyFlags, storeFlags, tenantFlags } from './repeated-flags.ts'
import { hooksOf } from './restore-hooks.ts'
import type { RestoreValues } from './restore-inputs.ts'
import type { outputsOfRestore } from './restore-outcome.ts'
import { safetyFailed, safetySettings } from './safety-backup.ts'
import { storeAddresses } from './store-addresses.ts'
import { openFirstStoreWith, openStores } from './stores-of.ts'
import { howToFind } from './tenant-request.ts'
import { outcomeOfTenantRestore } from './tenant-restore-report.ts'

/** Rules across the inputs of a restore of one tenant. */
export function rulesOfTenantRestore(values: RestoreValues): string[] {
  const { kind, tenant, from, newTenantId: as, remapKeys, mode, triggers, includeShared, backup, at } = values
  const broken: string[] = []
  const isOfTenants = parseBackupId(backup)?.kind === 'tenant'
  if (kind !== 'tenant') {
    const given = tenant ?? from ?? as
    // The run prints a more specific error if a backup of tenants is restored as another kind.
    if (isOfTenants) return broken
    if (given !== undefined || remapKeys || triggers !== 'on' || includeShared) {
      broken.push('--tenant, --from, --new-tenant-id, --remap-keys, --triggers and --include-shared need --kind tenant')
    }
    if (kind === 'platform' && mode !== undefined) broken.push('--mode needs --kind tenant, redis or all')
    return broken
  }
  if (mode === 'flush-first') broken.push('--mode flush-first needs --kind redis or all')
  if (tenant === undefined) {
    const meant = backup === 'latest' || /^\d{8}/.test(backup) ? '' : `; did you mean ${flagWords('tenant', backup)}?`
    broken.push(`restore tenant needs --tenant with the ID of a tenant${meant || `; ${howToFind}`}`)
  }
  if (remapKeys && as === undefined) broken.push('--remap-keys needs --new-tenant-id')
  if (as !== undefined && (mode ?? 'insert') !== 'insert') broken.push('--new-tenant-id needs --mode insert')
  if (as !== undefined && as === tenant) broken.push('--new-tenant-id must differ from --tenant')
  if (from !== undefined && backup !== 'latest') broken.push('--from cannot be used together with --backup')
  if (from !== undefined && from !== 'latest' && at !== undefined) broken.push('--at needs --from latest')
  if (from !== undefined && includeShared) broken.push('--include-shared cannot be used together with --from')
  const { undo, strategy, targetDatabase, targetSchema, table, schema } = values
  if (
    undo ||
    strategy !== 'swap' ||
    (targetDatabase ?? targetSchema) !== undefined ||
    table.length + schema.length > 0
  ) {
    broken.push('--undo, --strategy, --target-database, --target-schema, --table and --schema need --kind platform')
  }
  return broken
}

export async function runTenantRestore(
  values: RestoreValues,
  world: World,
): Promise<Outcome<typeof outputsOfRestore> & { readonly confirm: string }> {
  const {
    tenant = '',
    from,
    newTenantId: as,
    remapKeys,
    triggers,
    includeShared,
    codeAsSuperuser,
    dryRun,
    confirm,
    jobs,
    lockTimeout,
  } = values
  const url = requireUrl(values)
  const mode = values.mode === 'replace' || values.mode === 'merge' ? values.mode : 'insert'
  const target = await world.openTenantTarget(url)
  const found =
    from === undefined
      ? await openFirstStoreWith(values, world, 'tenant', { tenant, alternative })
      : await openFirstStoreWith({ ...values, backup: from }, world, 'platform')
  const temporary = values.temporary ?? world.temporary
  const backups = { ...storeFlags(values, storeAddresses(values, world), world), ...keyFlags(values) }
  const flags = { name: found.entry.name, ...backups, ...tenantFlags(values) }
  const restoreResult = await restoreTenant(
    {
      ...{
        target,
        found,
        tenant,
        mode,
        remapKeys,
        triggers,
        includeShared,
        codeAsSuperuser,
        dryRun,
        confirm,
        jobs,
        lockTimeout,
      },
      ...(as !== undefined && { as }),
      rules: tenantRulesOf(values),
      hooks: hooksOf(values),
      safetyBackup: values.skipSafetyBackup
        ? undefined
        : (rules) => safetyBackup({ values, name: found.entry.name, url, rules }, { ...world, temporary }),
      safetyCommand: (id) =>
        commandLine(['restore', 'tenant', id], { tenant, mode: 'replace', ...flags, confirm: target.database }),
      server: undefined,
      isolation: values.isolation,
    },
    { ...world, temporary },
  )
  return { ...outcomeOfTenantRestore(restoreResult, target, flags), confirm: target.database }
}

/** A backup of the whole database holds the tenant too. */
const alternative = {
  kind: 'platform',
  hint: (backup: string) => `To restore one tenant from a backup of the platform, use --from ${backup}.`,
}

/**
 * Refuses a backup of tenants in a restore of a whole database. The failure contains the command that restores one
 * tenant.
 */
export async function refuseTenants(values: RestoreValues, world: World): Promise<void> {
  if (parseBackupId(values.backup)?.kind !== 'tenant') return
  const { store, entry } = await openFirstStoreWith(values, world, 'tenant')
  const { id, payloads } = await readManifest(store, entry, world.signal)
  const tenants = payloads.flatMap((payload) => payload.tenants ?? [])
  const tenant = values.tenant ?? tenants[0] ?? 'all'
  const plan = commandLine(['restore', 'tenant', id], { tenant, mode: 'replace', name: entry.name, 'dry-run': true })
  throw new Failure(
    'backup/wrong-kind',
    `${id} is a backup of ${plural(tenants.length, 'tenant')}, not of the whole database`,
    {
      hint: `To see what restoring ${tenants.length === 1 ? 'the tenant' : 'a tenant'} would change: \`${plan}\``,
    },
  )
}

/** Of the tenant's rows as they are now, under the name of the backup that is restored. */
async function safetyBackup(
  { values, name, url, rules }: { values: RestoreValues; name: string; url: string; rules: TenantRules },
  world: World,
): Promise<string | undefined> {
  const { tenant = '', lockTimeout, codeAsSuperuser } = values
  const { reporter, signal, temporary } = world
  try {
    const { manifest: made } = await backUp(
      {
        platform: await world.openPlatform(url, { installTools: values.installTools }),
        stores: await openStores(values, world),
        name,
        dump: { ...schemaOnly, lockTimeout },
        tenants: {
          only: true,
          open: (instant) =>
            world.openTenantDump(url, {
              ...instant,
              ...{ rules, tenants: [tenant], includeShared: false, excel: false, level: 6, counts: false },
              ...{ codeAsSuperuser, temporary, signal },
              progress: (done) => reporter.progress(done),
            }),
        },
        ...safetySettings,
      },
      world,
    )
    return made.id
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Failure && error.code === 'tenant/not-found') {
      reporter.note(`Tenant ${JSON.stringify(tenant)} is not in the database, so there is no safety backup.`)
      return undefined
    }
    throw safetyFailed(error)
  }
}
