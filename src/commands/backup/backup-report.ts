// The report of a backup: contents, stores, changes since the last one, checksums, and the next commands.
import { backupPrefix } from '../../domain/backups/backup.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { formatBytes, formatDuration } from '../../domain/text/quantities.ts'
import type { BackedUp } from '../../operations/backup/back-up.ts'
import { kindOf } from '../../operations/kind-of.ts'
import { storeKindOf } from '../../operations/stores/store-kinds.ts'
import {
  code,
  commands,
  details,
  type Fact,
  facts,
  heading,
  itemsOf,
  numbers,
  onPage,
  type Part,
  type Report,
  report,
  table,
} from '../../report/report.ts'
import type { BackupKind, World } from '../world.ts'

/** `prove`: whether the report shows the command of a drill. */
export function backupReport(backedUp: BackedUp, world: Pick<World, 'kinds' | 'stores'>, prove = true): Report {
  const { manifest, last, bytes, seconds } = backedUp
  const { suspect } = manifest
  const addresses = backedUp.stores.map(({ address }) => address)
  const kind = kindOf(world.kinds, manifest.kind)
  const measures = measuresOf(backedUp, kind)
  return report(
    heading(`Backup ${manifest.id}`, suspect === undefined ? 'done' : 'warning'),
    itemsOf(
      'warning',
      suspect === undefined ? [] : [`This backup is suspect, so retention does not count it as good: ${suspect}.`],
    ),
    facts([
      ...kind.report.facts(manifest),
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
    kind.report.contents?.(manifest) ?? [],
    onPage(sumsTable(manifest)),
    prove && addresses.length > 0 && proofOf(manifest, addresses),
    onPage(
      ...addresses
        .slice(0, 1)
        .flatMap((address) => [restoreOf(manifest, address, world), byHand(manifest, address, world)]),
    ),
  )
}

const verifications = {
  digest: 'a digest that the store computed covers every byte',
  'read-back': 'every byte read back',
} as const

interface Measure {
  readonly label: string
  readonly now: number
  readonly before: number | undefined
  readonly show: (value: number) => string
}

function measuresOf({ size: now, last }: BackedUp, { report: { sizes } }: BackupKind): Measure[] {
  const rows = { label: sizes.rows, now: now.rows, before: last?.size.rows, show: String }
  if (sizes.bytes === undefined) return [rows]
  return [rows, { label: sizes.bytes, now: now.bytes, before: last?.size.bytes, show: formatBytes }]
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

function restoreOf(manifest: Manifest, store: string, { kinds }: Pick<World, 'kinds'>): Part {
  const { id, name } = manifest
  const kind = kindOf(kinds, manifest.kind)
  const { flags, confirm } = kind.report.restore(manifest)
  const kindWords = kind === kinds[0] ? [] : [kind.name]
  const restore = { words: ['restore', ...kindWords, id], flags: { name, store, ...flags } }
  return commands(
    'To restore the backup: first the plan, then the restore',
    { ...restore, flags: { ...restore.flags, 'dry-run': true } },
    { ...restore, flags: { ...restore.flags, confirm } },
  )
}

/** Shell commands that restore the backup without Resguardo. */
export function byHand(manifest: Manifest, address: string, { kinds, stores }: Pick<World, 'kinds' | 'stores'>): Part {
  const { id, name } = manifest
  const how = kindOf(kinds, manifest.kind).report.byHand(manifest)
  const download = storeKindOf(stores, address)?.download(address, backupPrefix(name, id)) ?? []
  const lines = [...[download].flat(), 'sha256sum -c SHA256SUMS', ...how]
  return details('By hand, without Resguardo', code('sh', lines.join('\n')))
}
