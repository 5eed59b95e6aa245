// Whether a single backup's age and pins keep it, with reasons in words.
import type { BackupEntry } from '../backups/catalogue.ts'
import { dayText } from '../backups/marks.ts'
import type { RetentionPolicy } from './retention.ts'

const dayMilliseconds = 86_400_000

/**
 * Whether a backup's age alone keeps it, with the reason. Its age is that of its ID or of the store's date, whichever
 * is younger: a wrong clock or a new copy never makes a backup look old.
 */
export function ageReason(entry: BackupEntry, policy: RetentionPolicy, now: Date): { keeps: boolean; reason: string } {
  const { keepUntil, id } = entry
  if (keepUntil) {
    const keeps = now.getTime() <= keepUntil.getTime()
    return { keeps, reason: keeps ? `kept until ${dayText(keepUntil)}` : `kept only until ${dayText(keepUntil)}` }
  }
  const limit = policy.days[id.trigger]
  if (limit === undefined) return { keeps: true, reason: `${id.trigger}: kept without limit` }
  const age = daysSince(id.time, now)
  const stored = daysSince(entry.stored, now)
  if (age <= limit) return { keeps: true, reason: `${id.trigger}, ${ageText(age)} old: kept ${dayCount(limit)}` }
  if (stored <= limit) {
    return { keeps: true, reason: `in this store for ${ageText(stored)}: kept ${dayCount(limit)}` }
  }
  return { keeps: false, reason: `${id.trigger}, ${ageText(age)} old: past ${dayCount(limit)}` }
}

/** Returns a reason for each pin that has not expired. */
export function pinReasons(entry: BackupEntry, now: Date): string[] {
  return entry.pins
    .filter(({ until }) => !until || now.getTime() <= until.getTime())
    .map(
      ({ reason, until, isUnsigned }) =>
        `pinned${until ? ` until ${dayText(until)}` : ''}${isUnsigned ? ' (not signed)' : ''}: ${reason}`,
    )
}

function daysSince(time: Date, now: Date): number {
  return Math.max(0, now.getTime() - time.getTime()) / dayMilliseconds
}

function ageText(days: number): string {
  return days < 1 ? `${Math.floor(days * 24)} h` : dayCount(Math.floor(days))
}

function dayCount(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}
