// The report of a backup: contents, stores, changes since the last one, checksums, and the commands that come next.
import { backupPrefix } from '../domain/backup.ts'
import { shellWord } from '../domain/command-line.ts'
import { isOfRedis, type Manifest, type PostgresManifest, requirePostgres } from '../domain/manifest.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import { indexFile } from '../domain/tenants/pack-index.ts'
import { isPack } from '../domain/tenants/tenant-file.ts'
import type { BackedUp } from '../operations/back-up.ts'
import { kindOf } from '../operations/store-kinds.ts'
import {
  code,
  commands,
  details,
  facts,
  heading,
  itemsOf,
  numbers,
  onPage,
  type Part,
  type Report,
  report,
  table,
} from '../report/report.ts'
import type { World } from './command.ts'
import { redisByHand, redisContents, redisFacts } from './redis-report.ts'
import { tenantContents, tenantFacts } from './tenant-report.ts'

type Fact = readonly [label: string, value: string | undefined]

/** `prove`: the report shows the command of a drill. */
export function backupReport(backedUp: BackedUp, { stores }: Pick<World, 'stores'>, prove = true): Report {
  const { manifest, last, bytes, seconds } = backedUp
  const { suspect } = manifest
  const addresses = backedUp.stores.map(({ address }) => address)
  const measures = measuresOf(backedUp)
  return report(
    heading(`Backup ${manifest.id}`, suspect === undefined ? 'done' : 'warning'),
    itemsOf(
      'warning',
      suspect === undefined ? [] : [`This backup is suspect, so retention does not count it as good: ${suspect}.`],
    ),
    facts([
      ...(isOfRedis(manifest) ? redisFacts(manifest) : postgresFacts(requirePostgres(manifest))),
      ...(last ? [] : measures.map(({ label, now, show }): Fact => [label, show(now)])),
      ['Trigger', manifest.trigger],
      ['Stored', `${formatBytes(bytes)} in ${formatDuration(seconds)}`],
      ['Compared with', last?.id],
    ]),
    last &&
      table(
        ['Size', numbers('Now'), numbers('Before'), numbers('Change')],
        measures.map(({ label, now, before = 0, show }) => [label, show(now), show(before), change(now, before, show)]),
      ),
    table(
      ['Store', 'Verification'],
      backedUp.stores.map(({ address, confirmed }) => [address, verifications[confirmed]]),
    ),
    contentsOf(manifest),
    onPage(sumsTable(manifest)),
    prove && addresses.length > 0 && proofOf(manifest, addresses),
    onPage(
      ...addresses.slice(0, 1).flatMap((address) => [restoreOf(manifest, address), byHand(manifest, address, stores)]),
    ),
  )
}

const verifications = {
  digest: 'a digest of the store covers every byte',
  'read-back': 'every byte read back',
} as const

function contentsOf(manifest: Manifest): Report {
  if (isOfRedis(manifest)) return redisContents(manifest)
  const { tenants } = requirePostgres(manifest)
  return tenants ? tenantContents(tenants) : []
}

function postgresFacts({ database, server, snapshot, dump, fingerprint, tenants, notes }: PostgresManifest): Fact[] {
  return [
    ['Database', `${database.name}, ${formatBytes(database.bytes)} on the server, PostgreSQL ${server.version}`],
    ['Snapshot', snapshot.taken],
    ['Tables', String(fingerprint.tables.length)],
    ['Row counts', rowCounts[dump.sourceCounts]],
    ...(tenants ? tenantFacts(tenants) : []),
    ...notes.map((note): Fact => ['Note', note]),
  ]
}

const rowCounts: Readonly<Record<PostgresManifest['dump']['sourceCounts'], string>> = {
  agreed: 'the dump matches the exact row count of every table in the same snapshot',
  partly: 'the dump matches the exact row counts of some tables in the same snapshot; the notes name the others',
  'not-taken': 'not compared with the tables (--no-source-counts)',
}

interface Measure {
  readonly label: string
  readonly now: number
  readonly before: number | undefined
  readonly show: (value: number) => string
}

function measuresOf({ manifest, size: now, last }: BackedUp): Measure[] {
  const label = isOfRedis(manifest) ? 'Keys that do not expire' : 'Rows'
  const rows = { label, now: now.rows, before: last?.size.rows, show: String }
  if (isOfRedis(manifest)) return [rows]
  return [rows, { label: 'Uncompressed dump', now: now.bytes, before: last?.size.bytes, show: formatBytes }]
}

/** `+34 (+2.8%)`. */
function change(now: number, before: number, show: (value: number) => string): string {
  if (now === before) return 'none'
  const sign = now > before ? '+' : '−'
  const share = before === 0 ? '' : ` (${sign}${((Math.abs(now - before) / before) * 100).toFixed(1)}%)`
  return `${sign}${show(Math.abs(now - before))}${share}`
}

/** The stored files with their digests. */
export function sumsTable({ payloads }: Pick<Manifest, 'payloads'>): Part {
  return table(
    ['File', numbers('Bytes'), 'SHA-256'],
    payloads.map(({ file, bytes, sha256 }) => [file, bytes, sha256]),
  )
}

/** The command of a drill of a backup in these stores. */
function proofOf({ id, name }: Manifest, store: readonly string[]): Part {
  return commands('To prove the backup with a drill', { words: ['test-restore', id], flags: { name, store } })
}

function restoreOf(manifest: Manifest, store: string): Part {
  const { id, name } = manifest
  const { kind, flags, confirm } = restoreFlags(manifest)
  const restore = { words: ['restore', ...kind, id], flags: { name, store, ...flags } }
  return commands(
    'To restore the backup: first the plan, then the restore',
    { ...restore, flags: { ...restore.flags, 'dry-run': true } },
    { ...restore, flags: { ...restore.flags, confirm } },
  )
}

/** What the restore of a kind needs. Where the target is not known, `confirm` is a placeholder. */
function restoreFlags(manifest: Manifest) {
  if (isOfRedis(manifest)) return { kind: ['redis'], flags: { mode: 'replace' }, confirm: 'HOST:PORT' }
  const { tenants, database } = requirePostgres(manifest)
  if (!tenants) return { kind: [], confirm: database.name }
  const tenant = manifest.payloads.find(({ role }) => role === 'tenant')?.tenants?.[0] ?? 'ID'
  return { kind: ['tenant'], flags: { tenant, mode: 'replace' }, confirm: 'DATABASE' }
}

/** Shell commands that restore the backup without Resguardo. */
export function byHand(manifest: Manifest, address: string, stores: World['stores']): Part {
  const { id, name } = manifest
  const how = isOfRedis(manifest)
    ? redisByHand(manifest.payloads, manifest.server.engine)
    : postgresByHand(requirePostgres(manifest))
  const download = kindOf(stores, address)?.download(address, backupPrefix(name, id)) ?? []
  const lines = [...[download].flat(), 'sha256sum -c SHA256SUMS', ...how]
  return details('By hand, without Resguardo', code('sh', lines.join('\n')))
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
  const zipped = payloads.some(({ role }) => role === 'tenant') ? zipByHand(payloads) : []
  const single =
    zipped.length === 0 && archive && dump.format !== 'directory'
      ? [`createdb restored && ${contentOf(archive)} | ${tool}`]
      : []
  return [...roles, ...single, ...zipped]
}

function zipByHand(payloads: Manifest['payloads']): string[] {
  const isPacked = payloads.some(({ file }) => isPack(file))
  const find = `if unzip -p "$zip" ${indexFile} | grep -q '^ID,'; then echo "$zip"; fi`
  return [
    '# one tenant: its README.txt says how to load the CSVs',
    'unzip tenants/ID.zip -d tenant',
    ...(isPacked
      ? [
          '# a tenant without its own ZIP: print the ZIP that has its rows; the README.txt in it says how to take them out',
          `for zip in tenants/packs/*.zip; do ${find}; done`,
        ]
      : []),
  ]
}

function contentOf({ file, encodings }: Manifest['payloads'][number]): string {
  return encodings.includes('zstd') ? `zstd -dc ${shellWord(file)}` : `cat ${shellWord(file)}`
}
