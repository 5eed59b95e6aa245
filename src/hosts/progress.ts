// How far long work has come, as one line for people.
import { formatBytes, formatDuration } from '../domain/quantities.ts'

export interface Progress {
  readonly what: string
  readonly bytes: number
  readonly of?: number
}

/** `Dumping: 1.2 GB of about 2.5 GB, 48%, 110 MB/s, 12 s left`; `seconds` since this work began. */
export function progressText({ what, bytes, of }: Progress, seconds: number): string {
  const rate = seconds > 0.5 ? bytes / seconds : 0
  const known = of !== undefined && of > 0 && bytes <= of
  const left = known && rate > 0 ? (of - bytes) / rate : undefined
  return [
    `${what}: ${formatBytes(bytes)}${known ? ` of ${formatBytes(of)}` : ''}`,
    known ? `${Math.floor((bytes / of) * 100)}%` : '',
    rate > 0 ? `${formatBytes(rate)}/s` : '',
    left !== undefined && seconds > 3 ? `${formatDuration(left)} left` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}
