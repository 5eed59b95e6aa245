// How old a backup's data is, and whether that is fresh enough.
import { formatDuration } from '../text/quantities.ts'

/** Seconds by which clocks may differ. A backup with a time further in the future is never fresh. */
export const clockTolerance = 300

interface BackupTimes {
  /** When the snapshot was taken; the age counts from here. */
  readonly taken: Date
  /** The time in the ID: when the run that made the backup started. */
  readonly started: Date
  /** The stores' dates of the manifest, which is written last. */
  readonly stored: readonly Date[]
}

interface Freshness {
  /** Never negative. */
  readonly ageSeconds: number
  /** Why it is not fresh, as a part of a sentence; undefined if it is. */
  readonly fault?: { readonly kind: 'clock' | 'old'; readonly sentence: string }
}

/**
 * Whether a backup is fresh at `now`: at most `limit` seconds old. `now` must be the latest time of all clocks that
 * were asked, because a slow clock would make a backup look young. A snapshot from the future, or one later than its
 * own manifest, comes from a wrong clock and is never fresh.
 */
export function freshness({ taken, started, stored }: BackupTimes, now: Date, limit: number): Freshness {
  const ageSeconds = Math.max(0, secondsBetween(taken, now))
  const clock = clockFault({ taken, started, stored }, now)
  if (clock !== undefined) return { ageSeconds, fault: { kind: 'clock', sentence: clock } }
  if (ageSeconds <= limit) return { ageSeconds }
  const sentence = `its data is ${formatDuration(ageSeconds)} old, more than ${formatDuration(limit)}`
  return { ageSeconds, fault: { kind: 'old', sentence } }
}

function clockFault({ taken, started, stored }: BackupTimes, now: Date): string | undefined {
  const ahead = Math.max(secondsBetween(now, taken), secondsBetween(now, started))
  if (!(ahead <= clockTolerance)) return `its time is ${formatDuration(ahead)} in the future: a clock is or was wrong`
  const behind = Math.max(...stored.map((date) => secondsBetween(date, taken)))
  if (behind <= clockTolerance || stored.length === 0) return undefined
  return `a store received it ${formatDuration(behind)} before its snapshot: a clock was wrong, so its age is not known`
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}
