// Whether a backup is so much smaller than the last good one that something is probably wrong with the source.
import { formatBytes } from '../text/quantities.ts'

export interface Size {
  readonly rows: number
  readonly bytes: number
}

/**
 * Why a backup is suspect, as a sentence, or undefined. `limit` is in percent: 50 means less than half of the last one.
 */
export function shrinkVerdict(now: Size, before: Size | undefined, limit: number): string | undefined {
  if (!before) return undefined
  const remains = 100 - limit
  if (before.rows > 0 && now.rows * 100 < before.rows * remains) {
    return `rows fell by ${percent(now.rows, before.rows)}, from ${before.rows} to ${now.rows}`
  }
  if (before.bytes > 0 && now.bytes * 100 < before.bytes * remains) {
    return `the dump shrank by ${percent(now.bytes, before.bytes)}, from ${formatBytes(before.bytes)} to ${formatBytes(now.bytes)}`
  }
  return undefined
}

function percent(now: number, before: number): string {
  return `${Math.round(100 - (now / before) * 100)}%`
}
