// Scratch for drills of tenant backups: restores the schema, then every ZIP like a restore does, and reads it back.

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Difference } from '../../domain/fingerprint/fingerprint.ts'
import type { Payload, PostgresManifest } from '../../domain/manifest/manifest.ts'
import { defaultTenantRules, rulesFor } from '../../domain/tenants/tenant-facts.ts'
import { plural } from '../../domain/text/plural.ts'
import type { Scratch, ScratchRequest } from '../../ports/drill.ts'
import type { ScratchWorld, TenantChoice } from '../../ports/kind.ts'
import type { PayloadSource } from '../../ports/platform.ts'
import type { TenantRestoreRequest, TenantTarget } from '../../ports/tenant.ts'
import { withOwnFolder } from '../../streams/files/leftovers.ts'
import { downloadZip, fetchTenants } from '../restore/fetch-tenant.ts'

/**
 * Opens scratch for a backup of tenants. Restoring a ZIP proves it: digests of its tables, other tenants untouched,
 * rows read back. A refusal counts against the backup, because scratch has the backup's own schema.
 */
export async function openTenantScratch(
  request: ScratchRequest,
  choice: TenantChoice | undefined,
  world: ScratchWorld,
): Promise<Scratch> {
  const { manifest } = request
  const scratch = await world.openScratch({ ...request, manifest: schemaOf(manifest) })
  let differences: readonly Difference[] = []
  const tried = { tenants: 0, of: 0, rows: 0 }
  return {
    url: scratch.url,
    ...(scratch.maintenanceUrl !== undefined && { maintenanceUrl: scratch.maintenanceUrl }),
    display: scratch.display,
    isolation: scratch.isolation,
    openPort: () => scratch.openPort(),
    checkSql: (sql) => scratch.checkSql(sql),
    drop: () => scratch.drop(),
    compare: async () => differences,
    tried: () => tried,
    async load(_, payloads, onProgress = () => {}) {
      const archive = payloads.filter(({ payload }) => payload.role === 'archive')
      const notes = [...(await scratch.load(schemaOf(manifest), archive, onProgress))]
      differences = await scratch.compare(schemaOf(manifest), (note) => notes.push(note))
      const chosen = chooseTenants(payloads, choice ?? { tenants: [], sample: undefined })
      tried.of = countOf(payloads.map(({ payload }) => payload.tenants ?? []))
      const target = await world.openTenantTarget(scratch.url)
      const context = { chosen, payloads, target, request, world, tried, onProgress }
      notes.push(
        ...(await withOwnFolder(request.temporary, 'resguardo-tenants-', (folder) =>
          restoreTenants({ ...context, folder }),
        )),
      )
      return tried.tenants === tried.of
        ? notes
        : [...notes, `Drilled ${tried.tenants} of ${plural(tried.of, 'tenant')}.`]
    },
  }
}

/** The manifest of a backup of the schema only, which a backup of tenants contains. */
function schemaOf(manifest: PostgresManifest): PostgresManifest {
  return { ...manifest, kind: 'platform', fingerprint: { ...manifest.fingerprint, tables: [] } }
}

/** Tenants to restore, by the ZIP that contains their rows. */
type Chosen = ReadonlyMap<PayloadSource, readonly string[]>

function chooseTenants(payloads: readonly PayloadSource[], { tenants, sample }: TenantChoice): Chosen {
  const all = new Map(
    payloads.flatMap((source) => (source.payload.tenants ?? []).map((tenant) => [tenant, source] as const)),
  )
  const unknown = tenants.filter((tenant) => !all.has(tenant))
  if (unknown.length > 0) {
    throw new Failure(
      'tenant/not-in-backup',
      `the backup does not contain tenant ${unknown.map((each) => JSON.stringify(each)).join(', ')}`,
      {
        hint: 'The payloads in the manifest name its tenants.',
      },
    )
  }
  const asked = tenants.length === 0 ? [...all.keys()] : [...new Set(tenants)]
  const drawn = sample === undefined ? asked : drawSome(asked, sample)
  const chosen = new Map<PayloadSource, string[]>()
  for (const tenant of drawn) {
    const source = all.get(tenant) as PayloadSource
    const others = chosen.get(source)
    if (others) others.push(tenant)
    else chosen.set(source, [tenant])
  }
  return chosen
}

function drawSome(tenants: readonly string[], count: number): string[] {
  const drawn = tenants.map((tenant) => ({ tenant, lot: Math.random() })).sort((a, b) => a.lot - b.lot)
  return drawn.slice(0, count).map(({ tenant }) => tenant)
}

function countOf(lists: Iterable<readonly string[]>): number {
  return [...lists].reduce((sum, { length }) => sum + length, 0)
}

interface RestoreContext {
  readonly chosen: Chosen
  readonly payloads: readonly PayloadSource[]
  readonly target: TenantTarget
  readonly folder: string
  readonly request: ScratchRequest
  readonly world: ScratchWorld
  readonly tried: { tenants: number; of: number; rows: number }
  onProgress(bytes: number): void
}

async function restoreTenants(context: RestoreContext): Promise<string[]> {
  const { chosen, payloads, target, folder, request, world, tried, onProgress } = context
  const { manifest, signal, temporary } = request
  if (!manifest.tenants)
    throw new Failure('manifest/damaged', `the manifest of ${manifest.id} does not state how tenants were identified`)
  const rules = rulesFor(manifest.tenants, defaultTenantRules, defaultTenantRules)
  const source = payloads.find(({ payload }) => payload.role === 'shared')
  const shared = source && (await downloadZip(source, join(folder, 'shared.zip'), world))
  const dropped = [...(await target.dropKeysToOthers(rules, shared !== undefined))]
  let bytes = 0
  for (const [each, tenants] of chosen) {
    const { payload } = each
    const own = join(folder, 'tenants')
    await mkdir(own, { mode: 0o700 })
    const zipOf = await fetchTenants(each, { manifest, path: join(own, 'tenants.zip') }, world)
    for (const tenant of tenants) {
      signal.throwIfAborted()
      await tryOne(tenant, payload, async () => {
        const zip = await zipOf(tenant)
        await restoreLoosely(target, {
          ...{ zip, rules, temporary, signal, ...(shared && { shared }) },
          ...{
            mode: 'insert',
            remapKeys: false,
            triggers: 'off',
            dryRun: false,
            codeAsSuperuser: true,
            lockTimeout: 60,
          },
          phase: (_title, work) => work(),
          progress: () => {},
          warn: () => {},
        })
        tried.rows += zip.tables.tables.reduce((sum, { rows }) => sum + rows, 0)
      })
      tried.tenants += 1
      bytes += payload.contentBytes / tenants.length
      onProgress(Math.round(bytes))
    }
    await rm(own, { recursive: true })
  }
  const broken = await target.restoreLooseKeys()
  if (broken.length > 0 && isWhole(manifest, tried)) {
    throw new Failure(
      'tenant/not-restorable',
      `tenant rows refer to rows that are not in any ZIP: ${broken.join(', ')}`,
    )
  }
  dropped.push(...broken)
  return dropped.length === 0
    ? []
    : [
        `Foreign keys to other tenants, and to tables that are not in the ZIPs, were skipped: ${dropped.slice(0, 10).join(', ')}${dropped.length > 10 ? ' …' : ''}.`,
      ]
}

/** Restores without foreign keys to rows of tenants that are not restored yet, or that no ZIP contains. */
async function restoreLoosely(target: TenantTarget, request: TenantRestoreRequest): Promise<void> {
  try {
    await target.restore(request)
  } catch (error) {
    const isLoose = error instanceof Failure && error.code === 'tenant/broken-reference'
    if (!isLoose || !(await target.dropLooseKey(request.rules, error))) throw error
    await restoreLoosely(target, request)
  }
}

/** True if all tenants are restored: the remaining foreign keys may then refer only to rows without a tenant. */
function isWhole({ tenants }: PostgresManifest, tried: { tenants: number; of: number }): boolean {
  return (
    tenants?.asked === 'all' &&
    tried.tenants === tried.of &&
    tenants.tables.every(({ unowned }) => unowned === 0 || unowned === undefined)
  )
}

/** Restores one tenant. A refusal, legitimate on a live database, is a fault of the backup on scratch. */
async function tryOne(tenant: string, { file }: Payload, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { kind, message, hint } = asFailure(error)
    if (kind !== 'refused' && kind !== 'usage' && kind !== 'integrity') throw error
    throw new Failure(
      'tenant/not-restorable',
      `tenant ${JSON.stringify(tenant)} (${file}) could not be restored: ${message}`,
      {
        hint: kind === 'integrity' ? hint : undefined,
        cause: error,
      },
    )
  }
}
