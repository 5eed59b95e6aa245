// Chooses a backup: the latest, by ID or the start of an ID, or by time.

import { Failure } from '../failures/failure.ts'
import { isPack, tenantFile } from '../tenants/tenant-file.ts'
import { newestFirst } from './build-catalogue.ts'
import { type BackupEntry, distrustOf, tenantFiles } from './catalogue.ts'
import { type Alternative, othersHere } from './choose-name.ts'

export interface Choice {
  /** `latest`, an ID, or the start of one. */
  readonly backup: string
  /** Choose the newest backup whose run started at or before this time. */
  readonly at?: Date | undefined
  readonly kind?: string | undefined
  readonly alternative?: Alternative | undefined
  /** ID of a tenant that the latest backup must contain, as far as file names show: see `mayContain`. */
  readonly tenant?: string | undefined
  /** Backups that do not contain the tenant, according to their manifests. */
  readonly lacking?: ReadonlySet<BackupEntry>
  /** IDs more than an hour later come from a wrong clock; `latest` means such a backup only if there is no other. */
  readonly now?: Date | undefined
}

const clockTolerance = 3600_000

/** Whether the time in an ID is more than an hour in the future; clocks may differ by less. */
export function isFromFuture(entry: Pick<BackupEntry, 'id'>, now: Date): boolean {
  return entry.id.time.getTime() > now.getTime() + clockTolerance
}

/**
 * Chooses among the complete backups of one name; incomplete ones are ignored. `latest` and `at` choose the newest
 * backup that is neither suspect, nor from the future, nor a safety backup. If there is none, they choose the newest of
 * the others: `choiceNotes` returns what to tell the user. Throws a failure of kind usage if no backup matches, or if
 * the start of an ID matches several.
 */
export function chooseBackup(entries: readonly BackupEntry[], choice: Choice): BackupEntry {
  const { backup, at } = choice
  if (at && backup !== 'latest') {
    throw new Failure('input/conflict', '--at cannot be used together with the ID of a backup', {
      hint: 'Give an ID or a time.',
    })
  }
  requireKind(entries, choice)
  const ofKind = entries.filter((e) => e.complete && (!choice.kind || e.id.kind === choice.kind)).sort(newestFirst)
  const candidates =
    backup === 'latest' ? ofKind.filter((e) => !choice.lacking?.has(e) && mayContain(e, choice.tenant)) : ofKind
  if (candidates.length === 0 && ofKind.length > 0) throw tenantNotInBackup(choice)
  if (candidates.length === 0) {
    throw new Failure('backup/none', `there is no backup${choice.kind ? ` of kind ${choice.kind}` : ''} here`, {
      hint: `${othersHere(entries, choice.alternative)}Run \`resguardo list\` to see all backups, or \`resguardo backup\` to make one.`,
    })
  }
  return backup === 'latest' ? newest(candidates, choice) : byId(candidates, backup)
}

/** Whether a backup may contain a tenant: `unknown` if it has packs, because their names contain no IDs. */
export function mayContain(entry: BackupEntry, tenant: string | undefined): boolean | 'unknown' {
  if (tenant === undefined) return true
  const files = tenantFiles(entry)
  return files.includes(tenantFile(tenant)) || (files.some(isPack) && 'unknown')
}

function tenantNotInBackup({ tenant }: Choice): Failure {
  return new Failure('tenant/not-in-backup', `no backup of tenants here contains tenant ${JSON.stringify(tenant)}`, {
    hint: 'Check the ID; it is case-sensitive. To take the tenant from a backup of the whole platform, use --from latest.',
  })
}

/** Throws if the requested ID exists, but its kind is not the one that the command needs. */
function requireKind(entries: readonly BackupEntry[], { backup, kind, alternative }: Choice): void {
  if (backup === 'latest' || backup === '' || !kind) return
  const found = entries.filter((e) => e.complete && e.id.text.startsWith(backup))
  const [other] = found
  if (!other || found.some((e) => e.id.kind === kind)) return
  throw new Failure('backup/wrong-kind', `${other.id.text} is a backup of kind ${other.id.kind}, not ${kind}`, {
    hint:
      alternative?.kind === other.id.kind
        ? alternative.hint(other.id.text)
        : `Choose a backup of kind ${kind}: \`resguardo list --kind ${kind}\``,
  })
}

function newest(candidates: readonly BackupEntry[], { at, now }: Choice): BackupEntry {
  const early = at ? candidates.filter((e) => e.id.time <= at) : candidates
  const found = early.find((e) => isGood(e, now)) ?? early[0]
  if (found) return found
  const oldest = candidates.at(-1) as BackupEntry
  throw new Failure('backup/none-before', `no backup was started at or before ${(at as Date).toISOString()}`, {
    hint: `The oldest backup here is ${oldest.id.text}. Run \`resguardo list\` to see all backups.`,
  })
}

function isGood(entry: BackupEntry, now: Date | undefined): boolean {
  return !entry.suspect && entry.id.trigger !== 'safety' && !(now && isFromFuture(entry, now))
}

function byId(candidates: readonly BackupEntry[], wanted: string): BackupEntry {
  const exact = candidates.filter((e) => e.id.text === wanted)
  const found = exact.length > 0 ? exact : wanted === '' ? [] : candidates.filter((e) => e.id.text.startsWith(wanted))
  if (found.length === 1) return found[0] as BackupEntry
  if (found.length > 1) throw ambiguous(found, wanted)
  throw new Failure('backup/not-found', `there is no backup ${JSON.stringify(wanted)} here`, {
    hint: `Similar IDs: ${closest(candidates, wanted).join(', ')}. Run \`resguardo list\` to see all backups.`,
  })
}

const shownAtMost = 5

function ambiguous(found: readonly BackupEntry[], wanted: string): Failure {
  const names = new Set(found.map((e) => e.name))
  const shown = found.slice(0, shownAtMost).map((e) => (names.size > 1 ? `${e.name}/${e.id.text}` : e.id.text))
  const more = found.length > shownAtMost ? ` and ${found.length - shownAtMost} more` : ''
  const hint = names.size > 1 ? 'Give more characters of the ID, or give --name.' : 'Give more characters of the ID.'
  return new Failure(
    'backup/ambiguous',
    `${JSON.stringify(wanted)} matches ${found.length} backups: ${shown.join(', ')}${more}`,
    {
      hint,
    },
  )
}

/** Returns the three IDs that share the longest prefix with a text; newest first among equals. */
function closest(candidates: readonly BackupEntry[], wanted: string): string[] {
  return candidates
    .map((e, order) => ({ id: e.id.text, order, common: commonLength(e.id.text, wanted) }))
    .sort((a, b) => b.common - a.common || a.order - b.order)
    .slice(0, 3)
    .map((e) => e.id)
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

function whyPassedOver(entry: BackupEntry, now: Date | undefined): string {
  const distrust = distrustOf(entry)
  if (distrust !== undefined) return `not trusted (${distrust})`
  if (entry.suspect) return 'suspect'
  if (entry.id.trigger === 'safety') return 'a safety backup of data that a restore replaced'
  return isGood(entry, now) ? 'does not contain the tenant' : 'the time in its ID is in the future'
}

/** Notes for the user, in full sentences: newer backups that were skipped, and doubts about the chosen one. */
export function choiceNotes(entries: readonly BackupEntry[], chosen: BackupEntry, choice: Choice): string[] {
  const notes: string[] = []
  const { at, now, kind } = choice
  for (const entry of choice.backup === 'latest' ? entries : []) {
    if (!entry.complete || newestFirst(entry, chosen) >= 0 || (at && entry.id.time > at)) continue
    if (kind && entry.id.kind !== kind) continue
    notes.push(`Skipped the newer backup ${entry.id.text}: ${whyPassedOver(entry, now)}.`)
  }
  if (chosen.suspect) notes.push(`${chosen.id.text} is marked suspect: data may be missing.`)
  if (now && isFromFuture(chosen, now))
    notes.push(`The time in ID ${chosen.id.text} is in the future: a clock is or was wrong.`)
  if (chosen.drills[0]?.verdict === 'failed') notes.push(`The last drill of ${chosen.id.text} failed.`)
  return notes
}
