// Descriptions of inputs for help and errors: placeholder, allowed values, default.
import type { InputRow } from './kinds.ts'

const placeholders: Record<InputRow['kind'], string> = {
  text: 'TEXT',
  secret: 'SECRET',
  flag: '',
  count: 'NUMBER',
  percent: 'PERCENT',
  choice: '',
  lines: 'TEXT',
  duration: 'DURATION',
  bytes: 'SIZE',
  time: 'TIME',
}

/** The placeholder of the value in help: `NUMBER`, `custom|plain`; empty for a flag. */
export function placeholder(row: InputRow): string {
  if (row.placeholder !== undefined) return row.placeholder
  return row.kind === 'choice' ? row.choices.join('|') : placeholders[row.kind]
}

/** `--keep-last NUMBER`; a flag that is on by default is shown in the form that turns it off. */
export function flagText(name: string, row: InputRow): string {
  if (row.kind === 'flag') return row.fallback ? `--[no-]${name}` : `--${name}`
  return `--${name} ${placeholder(row)}`
}

/** The allowed values of an input: `a whole number, at least 1`. */
export function allowed(row: InputRow): string {
  switch (row.kind) {
    case 'flag':
      return 'true or false'
    case 'count':
      return [
        'a whole number',
        row.least !== undefined && `at least ${row.least}`,
        row.most !== undefined && `at most ${row.most}`,
      ]
        .filter(Boolean)
        .join(', ')
    case 'percent':
      return 'a percentage from 0 to 100, such as 50%'
    case 'choice':
      return `${row.choices.length > 1 ? 'one of ' : ''}${row.choices.join(', ')}`
    case 'lines':
      return 'one value per line'
    case 'duration':
      return 'a duration such as 90s, 30m, 4h, 7d or 1h30m'
    case 'bytes':
      return 'a size such as 64MiB, 5GB or 1048576'
    case 'time':
      return 'a time in ISO 8601 such as 2026-11-24, 2026-11-24T02:00Z or 2026-11-24T02:00+01:00'
    default:
      return 'a text'
  }
}

const durations = [
  [604_800, 'w'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
] as const

const sizes = [
  [1024 ** 4, 'TiB'],
  [1024 ** 3, 'GiB'],
  [1024 ** 2, 'MiB'],
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1024, 'KiB'],
  [1e3, 'KB'],
] as const

/**
 * The default of an input as a user would write it; undefined if there is none, if it is empty, or for a flag that is
 * off.
 */
export function fallbackText(row: InputRow): string | undefined {
  if (row.fallback === undefined) return undefined
  switch (row.kind) {
    case 'flag':
      return row.fallback ? 'true' : undefined
    case 'percent':
      return `${row.fallback}%`
    case 'lines':
      return row.fallback.length === 0 ? undefined : row.fallback.join(', ')
    case 'duration':
      return inUnits(row.fallback, durations, 's')
    case 'bytes':
      return inUnits(row.fallback, sizes, '')
    default:
      return row.fallback === '' ? undefined : String(row.fallback)
  }
}

function inUnits(value: number, units: readonly (readonly [number, string])[], smallest: string): string {
  const unit =
    value === 0 ? undefined : units.find(([size, name]) => value % size === 0 && !(name === 'w' && value === size))
  return unit ? `${value / unit[0]}${unit[1]}` : `${value}${smallest}`
}
