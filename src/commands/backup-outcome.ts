// What `backup` and `dump` share: from inputs to the operation, and from its result to the outcome.
import { backupPrefix, isBackupName, manifestFile } from '../domain/backup.ts'
import { Failure } from '../domain/failure.ts'
import { mainChecksum } from '../domain/main-checksum.ts'
import { isOfRedis, type Manifest, requirePostgres, type Selection } from '../domain/manifest.ts'
import { manifestSha256 } from '../domain/manifest-json.ts'
import { keysOf } from '../domain/redis/redis-fingerprint.ts'
import type { dumpInputs } from '../inputs/dump.ts'
import type { Values } from '../inputs/kinds.ts'
import { type databaseInputs, noUrl, type temporaryInputs } from '../inputs/shared.ts'
import { backUpWherePossible, type BackedUp as OneBackedUp, type OpenRedisDump } from '../operations/back-up.ts'
import type { Store } from '../operations/ports.ts'
import { backupReport } from './backup-report.ts'
import type { Outcome, World } from './command.ts'
import { backUpRedisTo, companionRedis, rulesOfRedis } from './redis-request.ts'
import { rulesOfKind, tenantsOf } from './tenant-request.ts'

/** A backup, and those that the same run made beside it. */
export type BackedUp = OneBackedUp & { readonly companions: readonly OneBackedUp[] }

export const outputsOfBackup = {
  'backup-id': 'ID of the backup',
  name: 'Name of the backup in the stores',
  path: 'Location of the backup in the first store',
  manifest: 'Location of its manifest in the first store',
  bytes: 'Stored bytes of all payloads',
  sha256: 'SHA-256 of the stored main payload',
  'manifest-sha256': 'SHA-256 of its manifest',
  rows: 'Number of rows in the dump (Redis: keys)',
  'tenant-backup-id': 'With kind all: ID of the backup of tenants',
  'redis-backup-id': 'With kind all: ID of the backup of Redis',
  suspect: 'True if the backup is suspect: much smaller than the last good one, or empty',
} as const

type DumpValues = Values<typeof dumpInputs> & Values<typeof databaseInputs> & Values<typeof temporaryInputs>

/** Rules across the inputs of a dump. */
export function rulesOfDump(values: DumpValues): string[] {
  const broken: string[] = []
  if (values.databaseUrl === undefined && values.kind !== 'redis') broken.push(noUrl)
  if (values.name !== undefined && !isBackupName(values.name)) {
    broken.push('--name: at most 100 letters, digits, dots, dashes and underscores, beginning with a letter or digit')
  }
  if (values.parts === 'schema-only' && values.excludeTableData.length > 0)
    broken.push('--exclude-table-data cannot be used together with --parts schema-only')
  return [...broken, ...rulesOfKind(values), ...rulesOfRedis(values)]
}

/** The database URL, where a rule has required one. */
export function requireUrl(values: Values<typeof databaseInputs>): string {
  if (values.databaseUrl !== undefined) return values.databaseUrl
  throw new Failure('internal/bug', 'no input rule required the database URL')
}

/** Makes a backup in these stores as the inputs ask for it; where only some of them took it, it has a failure. */
export async function backUpTo(stores: readonly Store[], values: DumpValues, world: World): Promise<BackedUp> {
  const here = { ...world, temporary: values.temporary ?? world.temporary }
  if (values.kind === 'redis') return { ...(await backUpRedisTo(stores, values, here)), companions: [] }
  const companions = await companionRedis(values, world)
  if (values.kind === 'all' && !companions) world.reporter.note('Redis is not backed up, because REDIS_URL is not set.')
  try {
    return await backUpPostgres(stores, values, here, companions?.open)
  } finally {
    await companions?.redis.close()
  }
}

async function backUpPostgres(
  stores: readonly Store[],
  values: DumpValues,
  world: World,
  redis: OpenRedisDump | undefined,
): Promise<BackedUp> {
  const url = requireUrl(values)
  const tenants = tenantsOf(values, url, world)
  const platform = await world.openPlatform(url, { installTools: values.installTools })
  return backUpWherePossible(
    {
      ...{ platform, stores, name: values.name, trigger: values.trigger },
      ...(tenants && { tenants }),
      ...(redis && { redis }),
      dump: {
        format: values.format,
        selection: selectionOf(values),
        jobs: values.jobs,
        sourceCounts: values.sourceCounts,
        globals: values.globals,
        lockTimeout: values.lockTimeout,
        codeAsSuperuser: values.codeAsSuperuser,
      },
      compressionLevel: values.compressionLevel,
      confirmBytes: values.confirmBytes,
      shrinkLimit: values.shrinkLimit,
      allowEmpty: values.allowEmpty,
      keepDays: values.keepDays,
      recoveryPoint: values.recoveryPoint,
      waitForOtherRun: values.waitForOtherRun,
      ignoreOtherRun: values.ignoreOtherRun,
    },
    world,
  )
}

function selectionOf(values: Values<typeof dumpInputs>): Selection {
  return {
    schemas: values.schema,
    excludeSchemas: values.excludeSchema,
    tables: values.table,
    excludeTables: values.excludeTable,
    excludeTableData: values.excludeTableData,
    parts: values.parts,
  }
}

/** `prove`: the report shows the command of a drill. */
export function outcomeOfBackup(
  backedUp: BackedUp,
  world: Pick<World, 'stores'>,
  prove = true,
): Outcome<typeof outputsOfBackup> {
  const { manifest, stores, bytes, seconds, phases, failure, companions } = backedUp
  const prefix = backupPrefix(manifest.name, manifest.id)
  const [first] = stores
  const rows = rowsOf(manifest)
  const path = first ? `${first.address.replace(/\/$/, '')}/${prefix}` : prefix
  return {
    outputs: {
      'backup-id': manifest.id,
      name: manifest.name,
      path,
      manifest: path + manifestFile,
      bytes,
      sha256: mainChecksum(manifest),
      'manifest-sha256': manifestSha256(manifest),
      rows,
      'tenant-backup-id': companionId(companions, 'tenant'),
      'redis-backup-id': companionId(companions, 'redis'),
      suspect: manifest.suspect !== undefined,
    },
    report: [backedUp, ...companions].flatMap((each) => backupReport(each, world, prove)),
    document: {
      backup: manifest.id,
      name: manifest.name,
      bytes,
      seconds,
      phases,
      rows,
      stores,
      suspect: manifest.suspect ?? null,
      path,
      manifest,
      ...(companions.length > 0 && {
        companions: companions.map((each) => ({ backup: each.manifest.id, manifest: each.manifest })),
      }),
    },
    ...(failure && { failure }),
  }
}

function companionId(companions: readonly OneBackedUp[], kind: string): string | undefined {
  return companions.find(({ manifest }) => manifest.kind === kind)?.manifest.id
}

/** Rows of a database, keys of a Redis. */
function rowsOf(manifest: Manifest): number {
  if (isOfRedis(manifest)) return keysOf(manifest.fingerprint)
  return requirePostgres(manifest).fingerprint.tables.reduce((sum, table) => sum + table.rows, 0)
}
