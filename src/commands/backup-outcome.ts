// What `backup` and `dump` share: from inputs to the operation, and from its result to outputs and lines.
import { backupPrefix, isBackupName, manifestFile } from '../domain/backup.ts'
import { Failure } from '../domain/failure.ts'
import { mainChecksum } from '../domain/main-checksum.ts'
import type { Selection } from '../domain/manifest.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import type { dumpInputs } from '../inputs/dump.ts'
import type { Values } from '../inputs/kinds.ts'
import type { databaseInputs, temporaryInputs } from '../inputs/shared.ts'
import { backUpWherePossible, type BackedUp as OneBackedUp } from '../operations/back-up.ts'
import type { Store } from '../operations/ports.ts'
import { backupSummary } from './backup-summary.ts'
import type { Outcome, World } from './command.ts'
import { tenantLines } from './tenant-outcome.ts'
import { rulesOfKind, tenantsOf } from './tenant-request.ts'

/** A backup, and those that the same run made beside it. */
export type BackedUp = OneBackedUp & { readonly beside: readonly OneBackedUp[] }

export const outputsOfBackup = {
  'backup-id': 'Id of the backup, for every other command',
  name: 'Name under which it lies in the stores',
  path: 'Where it lies in the first store',
  manifest: 'Where its manifest lies in the first store',
  bytes: 'Stored bytes of all payloads',
  sha256: 'SHA-256 of the main payload as it is stored',
  rows: 'Rows in the dump',
  'tenant-backup-id': 'Of kind all: id of the backup of tenants beside it',
  suspect: 'Whether it is suspect: much smaller than the last good one, or empty',
} as const

type DumpValues = Values<typeof dumpInputs> & Values<typeof databaseInputs> & Values<typeof temporaryInputs>

const noUrl = 'database-url: no database is named; set DATABASE_URL to postgresql://user:password@host:5432/database'

/** Rules across the inputs of a dump. */
export function rulesOfDump(values: DumpValues): string[] {
  const broken: string[] = []
  if (values.databaseUrl === undefined) broken.push(noUrl)
  if (values.name !== undefined && !isBackupName(values.name)) {
    broken.push('name: only letters, digits, dots, dashes and underscores, at most 100, beginning with a letter or digit')
  }
  if (values.parts === 'schema-only' && values.excludeTableData.length > 0)
    broken.push('exclude-table-data goes with rows; parts is schema-only')
  return [...broken, ...rulesOfKind(values)]
}

/** The database URL, or a usage failure that says how to give it. */
export function requireUrl(values: Values<typeof databaseInputs>): string {
  if (values.databaseUrl !== undefined) return values.databaseUrl
  throw new Failure('usage', noUrl, { hint: 'Percent-encode special characters of the password.' })
}

/** Makes a backup in these stores as the inputs ask for it; where only some of them took it, it has a failure. */
export async function backUpTo(stores: readonly Store[], values: DumpValues, world: World): Promise<BackedUp> {
  const url = requireUrl(values)
  const tenants = tenantsOf(values, url, world)
  const platform = await world.openPlatform(url, { installTools: values.installTools })
  return backUpWherePossible(
    {
      platform,
      ...(tenants && { tenants }),
      stores,
      name: values.name,
      trigger: values.trigger,
      dump: {
        format: values.format,
        selection: selectionOf(values),
        jobs: values.jobs,
        sourceCounts: values.sourceCounts,
        globals: values.globals,
        lockTimeout: values.lockTimeout,
      },
      compressionLevel: values.compressionLevel,
      confirmBytes: values.confirmBytes,
      shrinkLimit: values.shrinkLimit,
      allowEmpty: values.allowEmpty,
      keepDays: values.keepDays,
      recoveryPoint: values.recoveryPoint,
      waitForOtherRun: values.waitForOtherRun,
    },
    { ...world, temporary: values.temporary ?? world.temporary },
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

/** What came of it, for people and for other programs. `isProven`: a drill has shown already that it restores. */
export function outcomeOfBackup(backedUp: BackedUp, isProven = false): Outcome<typeof outputsOfBackup> {
  const { manifest, stores, bytes, seconds, phases, failure, beside } = backedUp
  const prefix = backupPrefix(manifest.name, manifest.id)
  const [first] = stores
  const rows = manifest.fingerprint.tables.reduce((sum, table) => sum + table.rows, 0)
  const path = first ? `${first.address.replace(/\/$/, '')}/${prefix}` : prefix
  return {
    outputs: {
      'backup-id': manifest.id,
      name: manifest.name,
      path,
      manifest: path + manifestFile,
      bytes,
      sha256: mainChecksum(manifest),
      rows,
      'tenant-backup-id': beside[0]?.manifest.id,
      suspect: manifest.suspect !== undefined,
    },
    lines: [backedUp, ...beside].flatMap(linesOf),
    summary: [...backupSummary(backedUp, isProven), ...beside.flatMap((each) => backupSummary(each))],
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
      ...(beside.length > 0 && { beside: beside.map((each) => ({ backup: each.manifest.id, manifest: each.manifest })) }),
    },
    ...(failure && { failure }),
  }
}

function linesOf({ manifest, stores, bytes, seconds }: OneBackedUp): string[] {
  const { tables } = manifest.fingerprint
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const what = manifest.tenants ? `${manifest.database.name}, by tenant,` : manifest.database.name
  return [
    `Backed up ${what} as ${manifest.id}: ${tables.length} tables, ${rows} rows, ${formatBytes(bytes)} in ${formatDuration(seconds)}.`,
    ...stores.map(
      ({ address, confirmed }) =>
        `  ${address}: every byte ${confirmed === 'digest' ? "confirmed by the store's own digests" : 'read back'}`,
    ),
    ...(manifest.tenants ? tenantLines(manifest.tenants) : [counts(manifest.dump.sourceCounts)]),
    ...(manifest.suspect ? [`This backup is suspect: ${manifest.suspect}.`] : []),
  ]
}

function counts(state: 'agreed' | 'not-taken'): string {
  return state === 'agreed'
    ? '  The dump agrees with an exact count of every table in the same snapshot.'
    : '  The source was not counted (--no-source-counts).'
}
