// `restore tenant`: the rows of one tenant into a live database.

import { safetyFailed, safetySettings } from '../../commands/backup/safety-backup.ts'
import { keyFlags, storeFlags, tenantFlags } from '../../commands/printed-commands/repeated-flags.ts'
import { hooksOf } from '../../commands/restore/restore-hooks.ts'
import type { RestoreValues } from '../../commands/restore/restore-inputs.ts'
import { storeAddresses } from '../../commands/stores/store-addresses.ts'
import { openStores } from '../../commands/stores/stores-of.ts'
import type { RestoreResult, World } from '../../commands/world.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { requirePostgres } from '../../domain/manifest/manifest.ts'
import type { TenantRules } from '../../domain/tenants/map.ts'
import { commandLine, flagWords } from '../../domain/text/command-line.ts'
import { plural } from '../../domain/text/plural.ts'
import type { Values } from '../../inputs/kinds.ts'
import { noUrl } from '../../inputs/shared.ts'
import { checkTenantInputs, tenantRulesOf } from '../../inputs/tenants.ts'
import { backUp } from '../../operations/backup/back-up.ts'
import { schemaOnly } from '../../operations/backup/backup-source.ts'
import { restoreTenant } from '../../operations/restore/restore-tenant.ts'
import { choiceOf, openBackup } from '../open-backup.ts'
import { requireUrl } from '../require-url.ts'
import { howToFind } from './backup.ts'
import type { restoreInputs } from './restore-inputs.ts'
import { outcomeOfTenantRestore } from './restore-report.ts'

type TenantValues = RestoreValues & Values<typeof restoreInputs>

/** Rules across the inputs of a restore of one tenant. */
export function checkRestore(values: TenantValues): string[] {
  const { tenant, from, newTenantId: as, remapKeys, mode, includeShared, backup, at, databaseUrl } = values
  const broken: string[] = []
  if (databaseUrl === undefined) broken.push(noUrl)
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
  return [...broken, ...checkTenantInputs(values)]
}

export async function runRestore(values: TenantValues, world: World): Promise<RestoreResult> {
  const { tenant = '', from, newTenantId: as } = values
  const url = requireUrl(values)
  const mode = values.mode === 'replace' || values.mode === 'merge' ? values.mode : 'insert'
  const target = await world.openTenantTarget(url)
  const found =
    from === undefined
      ? await openBackup(values, world, 'tenant', requirePostgres, { tenant, alternative })
      : await openBackup({ ...values, backup: from }, world, 'platform', requirePostgres)
  const temporary = values.temporary ?? world.temporary
  const backups = { ...storeFlags(values, storeAddresses(values, world), world), ...keyFlags(values) }
  const flags = { name: found.entry.name, ...backups, ...tenantFlags(values) }
  const restoreResult = await restoreTenant(
    {
      ...values,
      target,
      found,
      choice:
        from === undefined ? choiceOf(values, found.manifest) : choiceOf({ backup: from }, found.manifest, 'from'),
      tenant,
      mode,
      ...(as !== undefined && { as }),
      rules: tenantRulesOf(values),
      hooks: hooksOf(values),
      safetyBackup: values.skipSafetyBackup
        ? undefined
        : (rules) => safetyBackup({ values, name: found.entry.name, url, rules }, { ...world, temporary }),
      safetyCommand: (id) =>
        commandLine(['restore', 'tenant', id], { tenant, mode: 'replace', ...flags, confirm: target.database }),
      server: undefined,
    },
    { ...world, temporary },
  )
  return {
    ...outcomeOfTenantRestore(restoreResult, target, flags),
    confirm: target.database,
    ...(from !== undefined && {
      source: {
        words: [],
        flags: { from: found.entry.id.text, ...storeFlags(values, storeAddresses(values, world), world) },
      },
    }),
  }
}

/** A backup of the whole database also contains the tenant. */
const alternative = {
  kind: 'platform',
  hint: (backup: string) => `To restore one tenant from a backup of the platform, use --from ${backup}.`,
}

/** Returns the failure if a whole database is requested; its hint is the command that restores one tenant. */
export async function wrongKind(values: RestoreValues & Partial<TenantValues>, world: World): Promise<Failure> {
  const { entry, manifest } = await openBackup(values, world, 'tenant', requirePostgres)
  const { id, payloads } = manifest
  const tenants = payloads.flatMap((payload) => payload.tenants ?? [])
  const tenant = values.tenant ?? tenants[0] ?? 'all'
  const plan = commandLine(['restore', 'tenant', id], { tenant, mode: 'replace', name: entry.name, 'dry-run': true })
  return new Failure(
    'backup/wrong-kind',
    `${id} is a backup of ${plural(tenants.length, 'tenant')}, not of the whole database`,
    {
      hint: `To see what restoring ${tenants.length === 1 ? 'the tenant' : 'a tenant'} would change: \`${plan}\``,
    },
  )
}

/** Backs up the tenant's current rows, under the name of the backup that is restored. */
async function safetyBackup(
  { values, name, url, rules }: { values: TenantValues; name: string; url: string; rules: TenantRules },
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
