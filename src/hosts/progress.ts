// Formats the progress of long work as one line.
import { plural } from '../domain/text/plural.ts'
import { formatBytes, formatDuration } from '../domain/text/quantities.ts'
import type { Progress } from '../ports/common.ts'

/** `dumped: 1.2 GB of 2.5 GB, 48%, 110 MB/s, 12 s left`; `seconds` since this work began. */
export function progressText(progress: Progress, seconds: number): string {
  const { what, of } = progress
  const [done, format] = 'rows' in progress ? [progress.rows, formatRows] : [progress.bytes, formatBytes]
  const rate = seconds > 0.5 ? done / seconds : 0
  const known = of !== undefined && of > 0 && done <= of
  const left = known && rate > 0 ? (of - done) / rate : undefined
  return [
    `${what}: ${format(done)}${known ? ` of ${format(of)}` : ''}`,
    known ? `${Math.floor((done / of) * 100)}%` : '',
    rate > 0 ? `${format(rate)}/s` : '',
    left !== undefined && seconds > 3 ? `${formatDuration(left)} left` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}

function formatRows(rows: number): string {
  return plural(Math.round(rows), 'row')
}
