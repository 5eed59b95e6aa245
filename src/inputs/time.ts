// Parses a time in ISO 8601, strictly.
import { parseStamp } from '../domain/backups/backup.ts'

const shape =
  /^(?<date>\d{4}-\d\d-\d\d)(?:T(?<clock>\d\d:\d\d(?<seconds>:\d\d(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d\d:?\d\d)?)?$/

/**
 * Parses `2026-11-24`, `2026-11-24T02:00`, `2026-11-24T02:00:05+01:00` or `20261124T020005Z` (the form in backup IDs).
 * Without an offset it is UTC; a date alone is its first moment. Undefined for anything else, such as February 30.
 */
export function parseTime(text: string): Date | undefined {
  const stamped = parseStamp(text)
  if (stamped) return stamped
  const { date, clock = '00:00', zone = 'Z' } = shape.exec(text)?.groups ?? {}
  if (date === undefined) return undefined
  const day = new Date(`${date}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return undefined
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`
  const time = new Date(`${date}T${clock}${offset}`)
  return Number.isNaN(time.getTime()) ? undefined : time
}
