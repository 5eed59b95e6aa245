// The report and the document of `list`.
import { distrustOf, type Trust } from '../../domain/backups/catalogue.ts'
import { dayText } from '../../domain/backups/marks.ts'
import { lazily } from '../../domain/lazily.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes, formatDuration } from '../../domain/text/quantities.ts'
import type { Listing } from '../../operations/catalogue/list-backups.ts'
import type { ListedBackup } from '../../operations/catalogue/listed-backup.ts'
import {
  type Column,
  commands,
  heading,
  numbers,
  onPage,
  type Part,
  paragraph,
  type Report,
  report,
  table,
} from '../../report/report.ts'
import { failureFields } from '../failure-fields.ts'

/** `addresses`: all requested stores. `narrowed`: whether the inputs filter the backups. */
export function listReport(listing: Listing, addresses: readonly string[], now: Date, narrowed: boolean): Report {
  const { backups, unfinished, problems } = listing
  const readable = addresses.filter((address) => !problems.some(({ store }) => store === address))
  const none = narrowed ? 'No matching backups' : 'There are no backups yet'
  return report(
    onPage(heading(`Backups in ${addresses.join(', ')}`)),
    backups.length === 0 ? paragraph(`${none} in ${readable.join(', ')}.`) : backupTable(backups, addresses, now),
    backups.length === 0 && !narrowed && commands('To make the first backup', { words: ['backup'] }),
    unfinished.length > 0 &&
      commands(`To remove ${plural(unfinished.length, 'unfinished backup')} (no manifest, no write for a day)`, {
        words: ['prune'],
      }),
  )
}

function backupTable(backups: readonly ListedBackup[], addresses: readonly string[], now: Date): Part {
  const isSigned = backups.some((backup) => backup.signed || backup.trust)
  const isNamed = new Set(backups.map(({ name }) => name)).size > 1
  const all: readonly (readonly [shown: boolean, Column, (backup: ListedBackup) => string])[] = [
    [isNamed, { title: 'Name' }, ({ name }) => name],
    [true, { title: 'ID' }, ({ id }) => id.text],
    [true, numbers('Age'), ({ id }) => ageText(id.time, now)],
    [true, numbers('Stored'), ({ bytes }) => formatBytes(bytes)],
    [true, { title: 'Trigger' }, ({ id }) => id.trigger],
    [true, { title: 'Proven' }, (backup) => provenText(backup, now)],
    [isSigned, { title: 'Signed' }, signedText],
    [addresses.length > 1, { title: 'Stores' }, ({ stores }) => stores.join(', ')],
    [true, { title: 'Notes' }, (backup) => notes(backup, now).join('; ')],
  ]
  const columns = all.filter(([shown]) => shown)
  return table(
    columns.map(([, column]) => column),
    lazily(backups, (backup) => columns.map(([, , cell]) => cell(backup))),
  )
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
function tenantsText({ all, count, files }: NonNullable<ListedBackup['tenants']>): string {
  if (all) return `all ${plural(count, 'tenant')}`
  const names = files.map((file) => file.replace(/^tenants\//, '').replace(/\.zip$/, ''))
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
    ...(tenants ? [tenantsText(tenants)] : []),
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
    backups: lazily(backups, (backup) => ({
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
