// Restores one tenant into a live database: fetches its ZIP, backs up the current rows, and restores in one
// transaction.

import type { IsolationPolicy } from '../../domain/drill/isolation.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { TableName } from '../../domain/fingerprint/table-name.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { nameOf, type TenantRules } from '../../domain/tenants/map.ts'
import { defaultTenantRules, rulesFor } from '../../domain/tenants/tenant-facts.ts'
import type { Reporter } from '../../ports/common.ts'
import type { PhaseTime, ScratchRequest } from '../../ports/drill.ts'
import type { LiveState, RestoreMark, Step } from '../../ports/restore.ts'
import type { TenantMode, TenantRestored, TenantRestoreRequest, TenantTarget, TenantZip } from '../../ports/tenant.ts'
import { makeOwnFolder, removeOwnFolder } from '../../streams/files/leftovers.ts'
import type { FoundWithManifest } from '../catalogue/find-backup.ts'
import { verifyRecords } from '../drill/verify-records.ts'
import { type BackupChoice, originStepsOfDatabase } from './check-origin.ts'
import { type FetchWorld, fetchShared, fetchTenant, takeOutTenant } from './fetch-tenant.ts'
import { type HookWorld, type RestoreHooks, waitForHealth, withHooks } from './hooks.ts'
import { requireConfirmation } from './restore.ts'
import { blockedBy, blockedPlan, requireUnblocked } from './restore-plan.ts'
import { tenantStateText } from './restore-state.ts'

interface RestoreTenantOrder
  extends Pick<
    TenantRestoreRequest,
    'mode' | 'rules' | 'as' | 'remapKeys' | 'triggers' | 'codeAsSuperuser' | 'dryRun' | 'lockTimeout'
  > {
  readonly target: TenantTarget
  /** A backup of tenants, or of the platform. */
  readonly found: FoundWithManifest<PostgresManifest>
  readonly choice: BackupChoice
  readonly tenant: string
  /** Whether to restore missing shared rows from the same backup. */
  readonly includeShared: boolean
  /** The value of --confirm; must be the database's name unless nothing is changed. */
  readonly confirm: string | undefined
  readonly hooks: RestoreHooks
  /**
   * Backs up the tenant's current rows and returns the backup's ID; undefined if it has none. Called only if rows may
   * be lost.
   */
  readonly safetyBackup: ((rules: TenantRules) => Promise<string | undefined>) | undefined
  /** The complete command that restores a safety backup. */
  readonly safetyCommand?: (id: string) => string
  /** Server for the scratch database into which a platform backup is restored. */
  readonly server: ScratchRequest['server']
  readonly isolation: IsolationPolicy
  /** Whether to install PostgreSQL programs that are missing. */
  readonly installTools: boolean
  readonly jobs: number
}

export interface TenantRestoreResult {
  readonly manifest: PostgresManifest
  readonly tenant: string
  readonly mode: TenantMode
  readonly restored: TenantRestored
  /** Checks of the backup's origin. */
  readonly steps: readonly Step[]
  readonly safetyBackup: string | undefined
  readonly phases: readonly PhaseTime[]
  readonly seconds: number
  /** False for a dry run. */
  readonly done: boolean
  /**
   * What failed after the rows were restored: a command or the health check. For a dry run: what blocks the restore.
   */
  readonly failure: Failure | undefined
}

/** If it throws, no row was changed, unless the code is `restore/commit-unknown`. */
export async function restoreTenant(
  order: RestoreTenantOrder,
  world: HookWorld & FetchWorld & { readonly temporary: string },
): Promise<TenantRestoreResult> {
  const { target, found, dryRun, tenant } = order
  const { clock, signal, state } = world
  const began = clock.seconds()
  if (state) state.leaves = `No row of ${target.database} was changed.`
  if (!dryRun) requireConfirmation(target, true, order.confirm)
  const { manifest } = found
  await verifyRecords(found.store, manifest, signal)
  const phases: PhaseTime[] = []
  const phase = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    const from = clock.seconds()
    const result = await world.reporter.phase(title, work)
    phases.push({ phase: title, seconds: clock.seconds() - from })
    return result
  }
  const here = await target.serverIds()
  const { database } = target
  const steps = originStepsOfDatabase({ manifest, here, database, choice: order.choice, touchesLive: true })
  const base = { manifest, tenant, mode: order.mode, steps, phases }
  if (dryRun && blockedBy(steps)) {
    const restored = { tenant: order.as ?? tenant, tables: [], notes: [] }
    const seconds = clock.seconds() - began
    return { ...base, restored, safetyBackup: undefined, seconds, done: false, failure: blockedPlan(steps) }
  }
  if (!dryRun) requireUnblocked(steps, world.reporter)
  const folder = await makeOwnFolder(world.temporary, 'resguardo-tenant-')
  try {
    const rules = manifest.tenants ? rulesFor(manifest.tenants, order.rules, defaultTenantRules) : order.rules
    await warnOfUnreached(order, rules, world.reporter)
    const zip = await phase(`Reading tenant ${tenant} from ${manifest.id}`, () =>
      zipOf({ ...order, rules }, manifest, folder, world),
    )
    const shared = order.includeShared ? await fetchShared({ found, manifest, tenant, folder }, world) : undefined
    if (order.includeShared && !shared) throw withoutShared(manifest)
    const work = async (): Promise<{ restored: TenantRestored; safetyBackup: string | undefined }> => {
      const { safetyBackup } = order
      const mayLose = !dryRun && order.mode !== 'insert' && safetyBackup !== undefined
      const safety = mayLose ? await safetyBackup(rules) : undefined
      const reached = (live: LiveState): void => {
        if (state)
          state.leaves = tenantStateText({ ...order, database: target.database, backup: manifest.id, safety }, live)
      }
      const restored = await target.restore({
        reached,
        ...pick({ ...order, rules }),
        ...(mayLose && safety === undefined && { noSafetyBackup: true }),
        ...{ zip, ...(shared && { shared }), temporary: world.temporary, signal, phase },
        progress: (done) => world.reporter.progress(done),
        warn: (sentence) => world.reporter.warn(sentence),
      })
      const notes = dryRun
        ? []
        : await markOf(target, { backup: manifest.id, safetyBackup: safety, tenant: restored.tenant })
      return { restored: { ...restored, notes: [...restored.notes, ...notes] }, safetyBackup: safety }
    }
    const { value, failure } = dryRun
      ? { value: await work(), failure: undefined }
      : await withHooks(order.hooks, world, work)
    const seconds = clock.seconds() - began
    const hint = 'The rows are restored. Read the log of the application.'
    const unhealthy = !dryRun && order.hooks.health ? await waitForHealth(order.hooks.health, hint, world) : undefined
    const interruption = signal.aborted && !dryRun ? asFailure(signal.reason) : undefined
    const failed = failure ?? interruption ?? unhealthy
    return { ...base, ...value, seconds, done: !dryRun, failure: failed }
  } catch (error) {
    throw signal.aborted ? asFailure(signal.reason) : error
  } finally {
    await removeOwnFolder(folder)
  }
}

/** The rows are restored by now, so an error becomes a note. */
async function markOf(target: TenantTarget, mark: RestoreMark): Promise<readonly string[]> {
  const sentence = await target
    .mark(mark)
    .catch((error) => `restore --undo does not know of this restore: ${asFailure(error).message}.`)
  return sentence === undefined ? [] : [sentence]
}

function withoutShared({ id }: PostgresManifest): Failure {
  return new Failure('tenant/no-shared-rows', `backup ${id} has no shared rows: it was made without --include-shared`, {
    hint: 'Omit --include-shared, or choose a backup that has shared rows.',
  })
}

function pick({ mode, rules, as, remapKeys, triggers, codeAsSuperuser, dryRun, lockTimeout }: RestoreTenantOrder) {
  return { mode, rules, remapKeys, triggers, codeAsSuperuser, dryRun, lockTimeout, ...(as !== undefined && { as }) }
}

/** Warns before the restore about tables that no rule assigns to a tenant: their rows are not restored. */
async function warnOfUnreached({ target }: RestoreTenantOrder, rules: TenantRules, reporter: Reporter): Promise<void> {
  const { unreached } = await target.tables(rules)
  if (unreached.length === 0) return
  const named = unreached.slice(0, 10).map(nameOf).join(', ')
  const more = unreached.length > 10 ? ` and ${unreached.length - 10} more` : ''
  reporter.warn(
    `Tables without a path to a tenant: ${named}${more}. Their rows are neither deleted nor restored. If rows belong to this tenant, assign them with --tenant-rule.`,
  )
}

/** The live database determines which tables are read. Warns about tables of the backup that it no longer has. */
function warnOfLost({ fingerprint }: PostgresManifest, live: readonly TableName[], reporter: Reporter): void {
  const there = new Set(live.map(nameOf))
  const lost = there.size === 0 ? [] : fingerprint.tables.filter((table) => table.rows > 0 && !there.has(nameOf(table)))
  if (lost.length === 0) return
  const named = lost.slice(0, 10).map(nameOf).join(', ')
  reporter.warn(
    `The backup has tables that this database does not have (renamed or dropped since): ${named}${lost.length > 10 ? ' …' : ''}. Their rows of the tenant are not restored. To see them, restore the backup with --strategy new.`,
  )
}

async function zipOf(
  order: RestoreTenantOrder,
  manifest: PostgresManifest,
  folder: string,
  world: FetchWorld & { readonly temporary: string },
): Promise<TenantZip> {
  const { found, tenant, target, rules, server, isolation, installTools, jobs, lockTimeout } = order
  const asked = { found, manifest, tenant, folder }
  if (manifest.tenants) return fetchTenant(asked, world)
  const { tables, others } = await target.tables(rules)
  warnOfLost(manifest, [...tables.flatMap((table) => [table, ...table.partitions]), ...others], world.reporter)
  return takeOutTenant(
    { ...asked, rules, tables, server, isolation, installTools, jobs, lockTimeout, temporary: world.temporary },
    world,
  )
}
