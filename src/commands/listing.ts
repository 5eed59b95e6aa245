// How `list` shows what it found: a table for people, a document for programs.
import { distrustOf, type Trust } from '../domain/catalogue.ts'
import { dayText } from '../domain/marks.ts'
import { plural } from '../domain/plural.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import type { Listing } from '../operations/list-backups.ts'
import type { ListedBackup } from '../operations/listed-backup.ts'
import { failureFields } from './failure-fields.ts'
import type { SummaryPart } from './summary.ts'
import { type Column, textTable } from './text-table.ts'

/**
 * The table, and below it what else there is to know. `addresses` are those of all stores asked, `narrowed`: not all
 * backups were.
 */
export function listingLines(listing: Listing, addresses: readonly string[], now: Date, narrowed: boolean): string[] {
  const { backups, unfinished } = listing
  const readable = addresses.filter((address) => !listing.problems.some(({ store }) => store === address))
  const lines =
    backups.length === 0
      ? [`${narrowed ? 'No matching backups' : 'There are no backups yet'} in ${readable.join(', ')}.`]
      : table(backups, addresses, now)
  if (unfinished.length > 0) {
    const them = unfinished.length === 1 ? '1 unfinished backup' : `${unfinished.length} unfinished backups`
    lines.push(`Also ${them} (without a manifest): \`resguardo prune\` removes them after a day.`)
  }
  return lines
}

function table(backups: readonly ListedBackup[], addresses: readonly string[], now: Date): string[] {
  const { columns, rows } = columnsAndRows(backups, addresses, now)
  return textTable(columns, rows)
}

/** The same table for a page. */
export function listingSummary(
  { backups, unfinished }: Listing,
  addresses: readonly string[],
  now: Date,
): SummaryPart[] {
  const { columns, rows } = columnsAndRows(backups, addresses, now)
  return [
    { kind: 'heading', text: `Backups in ${addresses.join(', ')}` },
    { kind: 'table', head: columns.map((column) => (typeof column === 'string' ? column : column.title)), rows },
    ...(unfinished.length > 0
      ? [{ kind: 'paragraph', text: `Unfinished backups: ${unfinished.length}` } as const]
      : []),
  ]
}

function columnsAndRows(
  backups: readonly ListedBackup[],
  addresses: readonly string[],
  now: Date,
): { columns: (string | Column)[]; rows: string[][] } {
  const signed = backups.some((backup) => backup.signed || backup.trust)
  const named = new Set(backups.map(({ name }) => name)).size > 1
  const columns: (string | Column)[] = [
    ...(named ? ['NAME'] : []),
    'ID',
    { title: 'AGE', align: 'right' },
    { title: 'STORED', align: 'right' },
    'TRIGGER',
    'PROVEN',
    ...(signed ? ['SIGNED'] : []),
    ...(addresses.length > 1 ? ['STORES'] : []),
    'NOTES',
  ]
  const rows = backups.map((backup) => [
    ...(named ? [backup.name] : []),
    backup.id.text,
    ageText(backup.id.time, now),
    formatBytes(backup.bytes),
    backup.id.trigger,
    provenText(backup, now),
    ...(signed ? [signedText(backup)] : []),
    ...(addresses.length > 1 ? [backup.stores.join(', ')] : []),
    notes(backup, now).join('; '),
  ])
  return { columns, rows }
}

function ageText(time: Date, now: Date): string {
  const seconds = (now.getTime() - time.getTime()) / 1000
  return seconds < -60 ? 'future' : formatDuration(Math.max(0, Math.floor(seconds)))
}

function provenText({ drill, damaged }: ListedBackup, now: Date): string {
  if (damaged !== undefined) return 'damaged'
  if (!drill) return 'not drilled'
  const age = ageText(drill.time, now)
  return `${drill.verdict} ${age === 'future' ? 'in the future' : `${age} ago`}`
}

/** `yes` if signatures are not verified. */
function signedText({ signed, trust }: ListedBackup): string {
  if (!signed) return 'no'
  return !trust ? 'yes' : trust.isTrusted ? 'trusted' : 'not trusted'
}

/** `all 20 tenants`, `tenant 7`, `3 tenants: 7, 8, 9`. */
function whose({ all, files }: NonNullable<ListedBackup['tenants']>): string {
  const names = files.map((file) => file.replace(/^tenants\//, '').replace(/\.zip$/, ''))
  if (all) return `all ${plural(names.length, 'tenant')}`
  if (names.length === 1) return `tenant ${names[0]}`
  return `${plural(names.length, 'tenant')}: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}`
}

function notes(backup: ListedBackup, now: Date): string[] {
  const { suspect, pins, keepUntil, tenants, damaged } = backup
  const held = pins.filter(({ until }) => !until || until >= now)
  const distrust = distrustOf(backup)
  return [
    ...(distrust === undefined ? [] : [`NOT TRUSTED: ${distrust}`]),
    ...(damaged === undefined ? [] : [`DAMAGED: ${damaged}`]),
    ...(suspect ? ['SUSPECT'] : []),
    ...(tenants ? [whose(tenants)] : []),
    ...held.map(
      ({ reason, until, isUnsigned }) =>
        `pinned${until ? ` until ${dayText(until)}` : ''}${isUnsigned ? ' (not signed)' : ''}: ${reason}`,
    ),
    ...(keepUntil ? [`kept until ${dayText(keepUntil)}`] : []),
  ]
}

/** For `--json`. */
export function signatureDocument(trust: Trust): object {
  if (!trust.isTrusted) return { trusted: false, reason: trust.reason }
  return { trusted: true, fingerprint: trust.fingerprint, time: trust.time.toISOString() }
}

/** For `--json`. Times are ISO 8601, days `2026-12-31`, ages seconds. */
export function listingDocument({ backups, unfinished, problems }: Listing, now: Date): object {
  return {
    backups: backups.map((backup) => ({
      id: backup.id.text,
      name: backup.name,
      kind: backup.id.kind,
      trigger: backup.id.trigger,
      started: backup.id.time.toISOString(),
      ageSeconds: Math.round((now.getTime() - backup.id.time.getTime()) / 1000),
      bytes: backup.bytes,
      stores: backup.stores,
      drill: backup.drill ? { verdict: backup.drill.verdict, time: backup.drill.time.toISOString() } : null,
      suspect: backup.suspect,
      signed: backup.signed,
      ...(backup.damaged !== undefined && { damaged: backup.damaged }),
      ...(backup.trust && { signature: signatureDocument(backup.trust) }),
      ...(backup.tenants && { tenants: backup.tenants }),
      pins: backup.pins.map(({ reason, until }) => ({ reason, until: until ? dayText(until) : null })),
      keepUntil: backup.keepUntil ? dayText(backup.keepUntil) : null,
    })),
    unfinished: unfinished.map(({ store, entry }) => ({
      id: entry.id.text,
      name: entry.name,
      store,
      bytes: entry.bytes,
      lastWrite: entry.lastWrite.toISOString(),
    })),
    problems: problems.map(({ store, failure }) => ({ store, ...failureFields(failure) })),
  }
}
