// Formats and parses bytes and durations.

/** `0 B`, `812 KB`, `1.4 GB`: decimal units, as disks and object stores count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${units[unit]}`
}

/** `0.4 s`, `42 s`, `12 min 5 s`, `3 h 20 min`, `4 days`, from seconds. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's')
  if (whole < 48 * 3600) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min')
  return `${Math.floor(whole / 86_400)} days`
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

const durationUnits: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400, w: 604_800 }

/** Seconds in a text such as `90s`, `30m`, `4h`, `7d` or `1h30m`; undefined if it is anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(s|min|m|h|d|w))+$/.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(s|min|m|h|d|w)/g))
    seconds += Number(count) * (durationUnits[unit ?? ''] ?? 0)
  return Number.isSafeInteger(seconds) ? seconds : undefined
}

const byteUnits: Record<string, number> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}

/** Bytes in a text such as `64MiB`, `5GB` or `1048576`; undefined if it is anything else. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+) ?([KMGT]i?B|B)?$/.exec(text)
  const bytes = match ? Number(match[1]) * (byteUnits[match[2] ?? ''] ?? Number.NaN) : Number.NaN
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
