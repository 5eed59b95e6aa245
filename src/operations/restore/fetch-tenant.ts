// Fetches the ZIP of one tenant from a backup of tenants, or dumps it from a platform backup restored into scratch.
import { join } from 'node:path'
import { type IsolationPolicy, isolationWarning } from '../../domain/drill/isolation.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { TableName } from '../../domain/fingerprint/table-name.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { nameOf, type TenantRules } from '../../domain/tenants/map.ts'
import type { Reporter } from '../../ports/common.ts'
import type { DrillScratch, ScratchRequest } from '../../ports/drill.ts'
import type { PayloadSource, Platform } from '../../ports/platform.ts'
import type {
  OpenTenantDump,
  OpenTenantPack,
  OpenTenantZip,
  TenantDump,
  TenantDumpRequest,
  TenantTable,
  TenantZip,
} from '../../ports/tenant.ts'
import { writePrivateFile } from '../../streams/files/write-private-file.ts'
import { payloadSources } from '../../streams/payload.ts'
import { schemaOnly } from '../backup/backup-source.ts'
import type { Found } from '../catalogue/find-backup.ts'

interface DownloadWorld {
  readonly signal: AbortSignal
  readonly openTenantZip: OpenTenantZip
  readonly openTenantPack: OpenTenantPack
}

export interface FetchWorld extends DownloadWorld {
  readonly reporter: Reporter
  readonly openScratch: DrillScratch
  openPlatform(url: string, settings: { installTools: boolean }): Promise<Platform>
  readonly openTenantDump: OpenTenantDump
}

interface FetchTenant {
  readonly found: Found
  readonly manifest: PostgresManifest
  readonly tenant: string
  /** A folder that the caller removes. */
  readonly folder: string
}

/**
 * Fetches the ZIP from a backup of tenants. Throws a failure of kind usage if the backup does not contain this tenant,
 * and a failure of kind integrity for damaged bytes.
 */
export async function fetchTenant(
  { found, manifest, tenant, folder }: FetchTenant,
  world: FetchWorld,
): Promise<TenantZip> {
  const sources = payloadSources(found.store, manifest, world.signal)
  const source = sources.find(({ payload }) => payload.tenants?.includes(tenant))
  if (!source) throw notInIt(manifest, tenant)
  const zipOf = await fetchTenants(source, { manifest, path: join(folder, 'tenant.zip') }, world)
  return zipOf(tenant)
}

/**
 * Downloads the ZIP of one tenant, or a pack, and returns a function that returns the rows of one tenant. Throws a
 * failure of kind integrity for damaged bytes, and if the ZIP does not contain the tenants in the manifest.
 */
export async function fetchTenants(
  source: PayloadSource,
  { manifest, path }: { readonly manifest: PostgresManifest; readonly path: string },
  world: DownloadWorld,
): Promise<(tenant: string) => Promise<TenantZip>> {
  const { contentBytes, tenants = [] } = source.payload
  if (tenants.length > 1) {
    await writePrivateFile(await source.open(), path, world.signal)
    const pack = await world.openTenantPack(path, { contentBytes })
    requireSame(source, manifest, pack)
    return (tenant) => pack.of(tenant)
  }
  const zip = await downloadZip(source, path, world)
  const { tenant, backup } = zip.tables
  requireSame(source, manifest, { backup, tenants: tenant === undefined ? [] : [tenant] })
  return async () => zip
}

function requireSame(
  { payload: { file, tenants = [] } }: PayloadSource,
  { id }: PostgresManifest,
  found: { readonly backup: string; readonly tenants: readonly string[] },
): void {
  if (found.backup === id && JSON.stringify(found.tenants) === JSON.stringify(tenants)) return
  const named = (ids: readonly string[]): string =>
    ids.length > 1 ? `${ids.length} tenants` : `tenant ${JSON.stringify(ids[0])}`
  throw new Failure(
    'tenant/foreign-rows',
    `${file} of ${id} has ${named(found.tenants)} of ${found.backup}, not ${named(tenants)} as in the manifest`,
    {
      hint: 'Somebody changed this backup. Do not use it; use another copy or another backup.',
    },
  )
}

/** Downloads the shared rows of a backup of tenants; returns undefined if it has none. */
export async function fetchShared(
  { found, manifest, folder }: FetchTenant,
  world: FetchWorld,
): Promise<TenantZip | undefined> {
  const source = payloadSources(found.store, manifest, world.signal).find(({ payload }) => payload.role === 'shared')
  return source && downloadZip(source, join(folder, 'shared.zip'), world)
}

/** Downloads and verifies a ZIP. Throws a failure of kind integrity for damaged bytes. */
export async function downloadZip(source: PayloadSource, path: string, world: DownloadWorld): Promise<TenantZip> {
  await writePrivateFile(await source.open(), path, world.signal)
  return world.openTenantZip(path, { contentBytes: source.payload.contentBytes })
}

interface TakeOut extends FetchTenant {
  readonly rules: TenantRules
  /** Tables with rows of tenants, from the live database; empty if they are unknown: then all tables are restored. */
  readonly tables: readonly TenantTable[]
  readonly server: ScratchRequest['server']
  readonly jobs: number
  readonly temporary: string
  readonly isolation: IsolationPolicy
  readonly installTools: boolean
  readonly lockTimeout: number
}

/** Restores the tables with rows of tenants into scratch, and dumps the tenant from there. Always drops scratch. */
export async function takeOutTenant(request: TakeOut, world: FetchWorld): Promise<TenantZip> {
  const { found, manifest, jobs, temporary, isolation, installTools, server } = request
  const { reporter, signal } = world
  const tables = tablesInBackup(request)
  const scratch = await world.openScratch({
    ...{ manifest, jobs, temporary, isolation, installTools, signal, allowMissingExtensions: false },
    ...(server && { server }),
    ...(tables.length > 0 && { tables }),
  })
  const warning = isolationWarning(scratch.isolation)
  if (warning !== undefined) reporter.warn(warning)
  try {
    const payloads = payloadSources(found.store, manifest, signal)
    await scratch.load(manifest, payloads, (bytes) => reporter.progress({ what: 'restored into scratch', bytes }))
    return await readOut(scratch.url, request, world)
  } finally {
    await scratch.drop()
  }
}

/** Only tables that the backup contains: the live database may have newer ones. */
function tablesInBackup({ manifest, tables }: TakeOut): TableName[] {
  const inBackup = new Set(manifest.fingerprint.tables.map(nameOf))
  return tables.filter((table) => [table, ...table.partitions].some((each) => inBackup.has(nameOf(each))))
}

async function readOut(url: string, request: TakeOut, world: FetchWorld): Promise<TenantZip> {
  const { manifest, tenant, folder, temporary, lockTimeout } = request
  const { signal, reporter } = world
  const platform = await world.openPlatform(url, { installTools: false })
  const held = await platform.openDump({ ...schemaOnly, lockTimeout, temporary, signal })
  try {
    const dump = await openDumpOf(request, world, url, {
      snapshot: held.snapshotName,
      taken: manifest.snapshot.taken,
      ...{
        rules: rulesInScratch(request),
        tenants: [tenant],
        includeShared: false,
        excel: false,
        level: 1,
        counts: false,
        codeAsSuperuser: true,
        temporary,
        signal,
      },
      progress: (done) => reporter.progress(done),
    })
    try {
      const path = join(folder, 'tenant.zip')
      let contentBytes = 0
      for await (const payload of dump.payloads(manifest.id)) {
        await writePrivateFile(payload.stream, path, signal)
        contentBytes = payload.contentBytes()
      }
      await dump.finish()
      return await world.openTenantZip(path, { contentBytes })
    } finally {
      await dump.close()
    }
  } finally {
    await held.close()
  }
}

/** Removes the rules of tables that were not restored into scratch. */
function rulesInScratch({ rules, tables }: TakeOut): TenantRules {
  if (tables.length === 0) return rules
  const there = new Set(tables.map(nameOf))
  return { ...rules, rules: rules.rules.filter((rule) => there.has(nameOf(rule))) }
}

async function openDumpOf(
  { manifest, tenant }: TakeOut,
  world: FetchWorld,
  url: string,
  request: TenantDumpRequest,
): Promise<TenantDump> {
  try {
    return await world.openTenantDump(url, request)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'tenant/not-found') throw error
    throw new Failure(
      'tenant/not-in-backup',
      `backup ${manifest.id} does not contain tenant ${JSON.stringify(tenant)}`,
      {
        hint: error.hint,
        cause: error,
      },
    )
  }
}

function notInIt({ id, tenants, payloads }: PostgresManifest, tenant: string): Failure {
  const some = payloads
    .flatMap((payload) => payload.tenants ?? [])
    .slice(0, 5)
    .map((each) => JSON.stringify(each))
  return new Failure('tenant/not-in-backup', `backup ${id} does not contain tenant ${JSON.stringify(tenant)}`, {
    hint: `It contains ${tenants?.tenants ?? some.length} tenants, such as ${some.join(', ')}. To take the tenant from a backup of the whole platform, use --from ID.`,
  })
}
