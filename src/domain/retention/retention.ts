// The retention policy: how long backups are kept.
import type { Trigger } from '../backups/backup.ts'

/** Periods of which the newest backup is kept, in the order of reports. */
export const periods = ['last', 'daily', 'weekly', 'monthly', 'yearly'] as const
type Period = (typeof periods)[number]

export interface RetentionPolicy {
  /** Number of days (of 24 hours) that backups of a trigger are kept; undefined: without limit. */
  readonly days: Readonly<Record<Trigger, number | undefined>>
  /** Number of days, weeks, … with backups for which the newest backup is kept; `last` counts backups. */
  readonly keep: Readonly<Record<Period, number>>
  /** Number of newest good backups of a name and kind that are never removed. */
  readonly keepAtLeast: number
}

export const defaultPolicy: RetentionPolicy = {
  days: { scheduled: 30, 'pre-migration': 90, manual: undefined, safety: 7 },
  keep: { last: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
  keepAtLeast: 3,
}

/** The period that contains a time, in UTC: `2026-11-24`, ISO week `2026-W48`, `2026-11`, `2026`. */
export function periodOf(period: Exclude<Period, 'last'>, time: Date): string {
  const day = time.toISOString().slice(0, 10)
  if (period === 'daily') return day
  if (period === 'weekly') return isoWeek(time)
  return period === 'monthly' ? day.slice(0, 7) : day.slice(0, 4)
}

const dayMilliseconds = 86_400_000

/** ISO 8601: a week belongs to the year of its Thursday. */
function isoWeek(time: Date): string {
  const midnight = Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate())
  const weekday = (time.getUTCDay() + 6) % 7
  const thursday = new Date(midnight + (3 - weekday) * dayMilliseconds)
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = 1 + Math.floor((thursday.getTime() - newYear) / (7 * dayMilliseconds))
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
}
