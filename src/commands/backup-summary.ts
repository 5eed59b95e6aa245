// The page of a backup: contents, stores, changes since the last one, checksums, and commands to restore it.

import { backupPrefix } from '../domain/backup.ts'
import { commandLine, type Flags, shellWord } from '../domain/command-line.ts'
import { isOfRedis, type Manifest, type PostgresManifest, requirePostgres } from '../domain/manifest.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import type { BackedUp } from '../operations/back-up.ts'
import { kindOf } from '../operations/store-kinds.ts'
import type { World } from './command.ts'
import { redisByHand, redisCommands, redisFacts, redisSummary } from './redis-outcome.ts'
import { keyFlags, type RepeatedValues, storeFlags, tenantFlags } from './repeated-flags.ts'
import type { SummaryPart } from './summary.ts'
import { tenantCommands, tenantSummary } from './tenant-outcome.ts'

/** `isProven`: a drill has shown already that it restores. */
export function backupSummary(
  backedUp: BackedUp,
  values: RepeatedValues,
  world: Pick<World, 'stores'>,
  isProven = false,
): SummaryPart[] {
  const { manifest, stores } = backedUp
  const [first] = stores
  return [
    { kind: 'heading', text: `${manifest.suspect === undefined ? '✅' : '⚠️'} Backup ${manifest.id}` },
    ...(manifest.suspect === undefined ? [] : [suspicion(manifest.suspect)]),
    { kind: 'facts', rows: factsOf(backedUp) },
    ...againstLast(backedUp),
    {
      kind: 'table',
      head: ['Store', 'Every byte'],
      rows: stores.map(({ address, confirmed }) => [
        address,
        confirmed === 'digest' ? 'confirmed by a digest of the store' : 'read back',
      ]),
    },
    ...contentOfBackup(manifest),
    sumsTable(manifest),
    ...(first
      ? [
          ...restoreCommands(manifest, storeFlags(values, [first.address], world), values, isProven),
          byHand(manifest, first.address, world),
        ]
      : []),
  ]
}

function contentOfBackup(manifest: Manifest): SummaryPart[] {
  if (isOfRedis(manifest)) return redisSummary(manifest)
  const { tenants } = requirePostgres(manifest)
  return tenants ? [tenantSummary(tenants)] : []
}

function suspicion(reason: string): SummaryPart {
  const text = `This backup is suspect, so retention does not count it as good: ${reason}.`
  return { kind: 'checklist', items: [{ text, state: 'warning' }] }
}

function factsOf(backedUp: BackedUp): (readonly [string, string])[] {
  const { manifest, bytes, seconds, last } = backedUp
  const measures = last ? [] : measuresOf(backedUp)
  return [
    ...sourceFacts(manifest),
    ...measures.map(({ label, now, show }) => [label, show(now)] as const),
    ['Trigger', manifest.trigger],
    ['Stored', `${formatBytes(bytes)} in ${formatDuration(seconds)}`],
  ]
}

function sourceFacts(manifest: Manifest): (readonly [string, string])[] {
  if (isOfRedis(manifest)) return redisFacts(manifest)
  const { database, server, snapshot, dump, fingerprint, tenants } = requirePostgres(manifest)
  return [
    ['Database', `${database.name}, ${formatBytes(database.bytes)} on the server, PostgreSQL ${server.version}`],
    ['Snapshot', snapshot.taken],
    ['Tables', String(fingerprint.tables.length)],
    ...(tenants ? [['Tenants', String(tenants.tenants)] as const] : []),
    ['Counted', counted[dump.sourceCounts]],
    ...manifest.notes.map((note) => ['Note', note] as const),
  ]
}

const counted: Readonly<Record<PostgresManifest['dump']['sourceCounts'], string>> = {
  agreed: 'every table in the same snapshot; the dump matches',
  partly: 'some tables in the same snapshot; the dump matches',
  'not-taken': 'no',
}

interface Measure {
  readonly label: string
  readonly now: number
  readonly before: number | undefined
  readonly show: (value: number) => string
}

function measuresOf({ manifest, size: now, last }: BackedUp): Measure[] {
  if (isOfRedis(manifest)) {
    return [{ label: 'Keys that do not expire', now: now.rows, before: last?.size.rows, show: String }]
  }
  return [
    { label: 'Rows', now: now.rows, before: last?.size.rows, show: String },
    { label: 'Uncompressed dump', now: now.bytes, before: last?.size.bytes, show: formatBytes },
  ]
}

function againstLast(backedUp: BackedUp): SummaryPart[] {
  const { last } = backedUp
  if (!last) return []
  return [
    {
      kind: 'table',
      head: ['Size', 'Now', `Last time (${last.id})`, 'Change'],
      rows: measuresOf(backedUp).map(({ label, now, before = 0, show }) => [
        label,
        show(now),
        show(before),
        change(now, before, show),
      ]),
    },
  ]
}

/** `+34 (+2.8%)`. */
function change(now: number, before: number, show: (value: number) => string): string {
  if (now === before) return 'none'
  const sign = now > before ? '+' : '−'
  const share = before === 0 ? '' : ` (${sign}${((Math.abs(now - before) / before) * 100).toFixed(1)}%)`
  return `${sign}${show(Math.abs(now - before))}${share}`
}

const sumsAtMost = 50

/** The stored files with their digests. */
export function sumsTable({ payloads }: Pick<Manifest, 'payloads'>): SummaryPart {
  return {
    kind: 'table',
    head: ['File', 'Bytes', 'SHA-256'],
    rows: [
      ...payloads.slice(0, sumsAtMost).map(({ file, bytes, sha256 }) => [file, String(bytes), sha256]),
      ...(payloads.length > sumsAtMost ? [[`and ${payloads.length - sumsAtMost} more: see SHA256SUMS`, '', '']] : []),
    ],
  }
}

function restoreCommands(manifest: Manifest, stores: Flags, values: RepeatedValues, isProven: boolean): SummaryPart[] {
  const { id, name } = manifest
  const where = { name, ...stores, ...keyFlags(values) }
  const lines = [
    ...(isProven ? [] : ['# prove the backup with a drill', commandLine(['test-restore', id], where)]),
    ...wayBack(manifest, where, values),
  ]
  return [
    { kind: 'paragraph', text: 'From a terminal:' },
    { kind: 'code', language: 'sh', text: lines.join('\n') },
  ]
}

function wayBack(manifest: Manifest, where: Flags, values: RepeatedValues): string[] {
  if (isOfRedis(manifest)) return redisCommands(manifest, where)
  const { tenants, database } = requirePostgres(manifest)
  if (tenants) return tenantCommands(manifest, { ...where, ...tenantFlags(values) })
  return [
    '# restore the backup: first the plan, then the restore',
    commandLine(['restore', manifest.id], { ...where, 'dry-run': true }),
    commandLine(['restore', manifest.id], { ...where, confirm: database.name }),
  ]
}

/** Without Resguardo: what the stored files are is what their names say. */
export function byHand(manifest: Manifest, address: string, { stores }: Pick<World, 'stores'>): SummaryPart {
  const { id, name } = manifest
  const how = isOfRedis(manifest)
    ? redisByHand(manifest.payloads, manifest.server.engine)
    : postgresByHand(requirePostgres(manifest))
  const download = kindOf(stores, address)?.download(address, backupPrefix(name, id)) ?? []
  const text = [...[download].flat(), 'sha256sum -c SHA256SUMS', ...how].join('\n')
  return { kind: 'details', title: 'By hand, without Resguardo', parts: [{ kind: 'code', language: 'sh', text }] }
}

function postgresByHand({ payloads, dump }: PostgresManifest): string[] {
  const archive = payloads.find(({ role }) => role === 'archive')
  const globals = payloads.find(({ role }) => role === 'globals')
  const roles = globals
    ? [
        '# roles and tablespaces, on a new server; "already exists" is harmless',
        `${contentOf(globals)} | psql -d postgres`,
      ]
    : []
  const tool =
    dump.format === 'plain' ? 'psql -d restored' : 'pg_restore --exit-on-error --single-transaction -d restored'
  const zipped = payloads.some(({ role }) => role === 'tenant')
    ? ['# one tenant: its README.txt says how to load the CSVs', 'unzip tenants/ID.zip -d tenant']
    : []
  const single =
    zipped.length === 0 && archive && dump.format !== 'directory'
      ? [`createdb restored && ${contentOf(archive)} | ${tool}`]
      : []
  return [...roles, ...single, ...zipped]
}

function contentOf({ file, encodings }: Manifest['payloads'][number]): string {
  return encodings.includes('zstd') ? `zstd -dc ${shellWord(file)}` : `cat ${shellWord(file)}`
}
