// Plans what a policy keeps and removes, each with its reasons. Pure: time and catalogue come from the caller.
import { newestFirst } from '../backups/build-catalogue.ts'
import { type BackupEntry, distrustOf, tenantFiles } from '../backups/catalogue.ts'
import { isFromFuture } from '../backups/choose-backup.ts'
import { Failure } from '../failures/failure.ts'
import { plural } from '../text/plural.ts'
import { periodOf, periods, type RetentionPolicy } from './retention.ts'
import { ageReason, pinReasons } from './retention-age.ts'

interface Decision {
  readonly entry: BackupEntry
  readonly action: 'keep' | 'remove'
  /** At least one: why it is kept, or why nothing keeps it any longer. */
  readonly reasons: readonly string[]
}

export interface RetentionPlan {
  /** Newest first. */
  readonly decisions: readonly Decision[]
  /** Full sentences for the operator: IDs from the future, backups that are not trusted, pins that are not signed. */
  readonly warnings: readonly string[]
  /** A failure of kind refused for each name and kind that would lose all backups: they are kept instead. */
  readonly refusals: readonly Failure[]
}

/**
 * Plans for the complete backups of one store, separately for each name and kind. A backup is kept if any rule keeps
 * it: its trigger's days (or its own keep-until day instead), keep-last to keep-yearly, pins, the newest good ones, the
 * last proven one, IDs from the future. Planning again for the remaining backups removes nothing more. Backups that are
 * not trusted are separate groups: the same rules apply, but they never replace a trusted backup. Backups of unknown
 * kinds are kept, because a newer version made them.
 */
export function planRetention(
  entries: readonly BackupEntry[],
  policy: RetentionPolicy,
  now: Date,
  isKnown: (entry: BackupEntry) => boolean = () => true,
): RetentionPlan {
  const refusals: Failure[] = []
  const decisions = [...groups(entries).values()].flatMap((group) => {
    if (!group.every(isKnown)) return group.map(keepUnknown)
    const planned = planGroup(group, policy, now)
    if (planned.some(({ action }) => action === 'keep')) return planned
    refusals.push(leavesNothing(planned))
    return planned.map(({ entry }): Decision => ({ entry, action: 'keep', reasons: ['no backup would be left'] }))
  })
  return {
    decisions: decisions.sort((a, b) => newestFirst(a.entry, b.entry)),
    warnings: [
      ...entries
        .filter((entry) => isFromFuture(entry, now))
        .map((entry) => `The time in ID ${entry.id.text} of ${entry.name} is in the future: a clock is or was wrong.`),
      ...trustWarnings(entries),
    ],
    refusals,
  }
}

function keepUnknown(entry: BackupEntry): Decision {
  return { entry, action: 'keep', reasons: [`this version does not know kind ${entry.id.kind}`] }
}

function trustWarnings(entries: readonly BackupEntry[]): string[] {
  const untrusted = entries.filter((entry) => distrustOf(entry) !== undefined)
  const pins = entries.flatMap((entry) => entry.pins.filter(({ isUnsigned }) => isUnsigned).map(() => entry.id.text))
  const [first] = untrusted
  return [
    ...(first
      ? [
          `${plural(untrusted.length, 'backup')} not trusted, such as ${first.id.text} of ${first.name}: ${distrustOf(first)}.`,
        ]
      : []),
    ...(pins.length > 0
      ? [
          `${plural(pins.length, 'pin')} without a valid signature, such as that of ${pins[0]}. Their backups are still kept.`,
        ]
      : []),
  ]
}

function groups(entries: readonly BackupEntry[]): Map<string, BackupEntry[]> {
  const byGroup = new Map<string, BackupEntry[]>()
  for (const entry of [...entries].sort(newestFirst)) {
    const group = `${entry.name} (${entry.id.kind}${scopeOf(entry)}${distrustOf(entry) === undefined ? '' : ', not trusted'})`
    const members = byGroup.get(group)
    if (members) members.push(entry)
    else byGroup.set(group, [entry])
  }
  return byGroup
}

/** Separates sets of tenants: a backup of some tenants never replaces one of all, or one of others. */
function scopeOf(entry: BackupEntry): string {
  if (entry.allTenants) return ', all'
  const files = tenantFiles(entry)
  return files.length > 0 ? `, ${files.join(' ')}` : ''
}

/** `group` is sorted newest first. */
function planGroup(group: readonly BackupEntry[], policy: RetentionPolicy, now: Date): Decision[] {
  const reasons = new Map<BackupEntry, string[]>(group.map((entry) => [entry, pinReasons(entry, now)]))
  const because = (entry: BackupEntry, reason: string) => void reasons.get(entry)?.push(reason)
  const present = group.filter((entry) => !isFromFuture(entry, now))
  for (const entry of group) if (isFromFuture(entry, now)) because(entry, 'the time in its ID is in the future')
  const ages = new Map(present.map((entry) => [entry, ageReason(entry, policy, now)]))
  for (const [entry, age] of ages) if (age.keeps) because(entry, age.reason)
  keepPeriods(present.filter(isGood), policy, because)
  keepNewestGood(present, policy.keepAtLeast, because)
  keepLastProven(present, because)
  return group.map((entry): Decision => {
    const keeping = reasons.get(entry) ?? []
    return keeping.length > 0
      ? { entry, action: 'keep', reasons: keeping }
      : { entry, action: 'remove', reasons: [ages.get(entry)?.reason ?? ''] }
  })
}

type Because = (entry: BackupEntry, reason: string) => void

/** Neither marked suspect nor failed in its last drill. */
function isGood(entry: BackupEntry): boolean {
  return !entry.suspect && entry.drills[0]?.verdict !== 'failed'
}

/** A safety backup contains what a restore replaced, possibly broken data: it never replaces another backup. */
function isRegular(entry: BackupEntry): boolean {
  return entry.id.trigger !== 'safety'
}

/** As in restic: keeps the newest backup of each of the latest periods that have one. Other periods do not count. */
function keepPeriods(good: readonly BackupEntry[], { keep }: RetentionPolicy, because: Because): void {
  const regular = good.filter(isRegular)
  for (const period of periods) {
    const seen = new Set<string>()
    for (const entry of regular) {
      if (seen.size >= keep[period]) break
      const name = period === 'last' ? entry.id.text : periodOf(period, entry.id.time)
      if (seen.has(name)) continue
      seen.add(name)
      because(entry, `${period} ${seen.size} of ${keep[period]}${period === 'last' ? '' : ` (${name})`}`)
    }
  }
}

function keepNewestGood(present: readonly BackupEntry[], least: number, because: Because): void {
  const good = present.filter(isGood)
  const preferred = [...good.filter(isRegular), ...good.filter((entry) => !isRegular(entry))].slice(0, least)
  for (const entry of preferred)
    because(entry, least === 1 ? 'newest good backup' : `one of the ${least} newest good backups`)
}

function keepLastProven(present: readonly BackupEntry[], because: Because): void {
  const proven = present.filter((entry) => entry.drills[0]?.verdict === 'proven')
  const last = new Set([proven[0], proven.find((entry) => !entry.suspect)])
  for (const entry of last) if (entry) because(entry, 'last backup proven by a drill')
}

function leavesNothing(decisions: readonly Decision[]): Failure {
  const [first] = decisions as [Decision]
  const { name, id } = first.entry
  const what = `every ${distrustOf(first.entry) === undefined ? '' : 'untrusted '}backup of ${name} (${id.kind}), ${decisions.length} in total, none of them good`
  return new Failure('prune/no-good-backup-left', `the plan would remove ${what}`, {
    hint: 'Make a good backup first, pin one (`resguardo pin`), or remove them by hand if you do not need them.',
  })
}
