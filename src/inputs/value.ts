// One input's value from its text: the whole text must match its kind.
import { parseBytes, parseDuration } from '../domain/text/quantities.ts'
import { allowed } from './describe.ts'
import type { InputRow } from './kinds.ts'
import { nearestName } from './nearest.ts'
import { parseTime } from './time.ts'

/** The value, or what is wrong with the text (without naming the input). */
type Parsed = { readonly value: unknown } | { readonly problem: string }

/** Texts that mean absence are the caller's; a secret's text is never part of a problem. */
export function parseValue(row: InputRow, text: string): Parsed {
  const value = read(row, text)
  if (value !== undefined) return { value }
  const meant = row.kind === 'choice' ? nearestName(text, row.choices) : undefined
  const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`
  return { problem: `${quote(text)} is not ${description(row)}${suggestion}` }
}

function description(row: InputRow): string {
  return row.kind === 'choice' && row.choices.length === 1 ? `allowed; only ${allowed(row)} is` : allowed(row)
}

function read(row: InputRow, text: string): unknown {
  switch (row.kind) {
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'count':
      return wholeNumber(text, row.least ?? 0, row.most ?? Number.MAX_SAFE_INTEGER)
    case 'percent':
      return wholeNumber(text.replace(/%$/, ''), 0, 100)
    case 'choice':
      return row.choices.includes(text) ? text : undefined
    case 'duration':
      return parseDuration(text)
    case 'bytes':
      return parseBytes(text)
    case 'time':
      return parseTime(text)
    default:
      return text
  }
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

/** A text in quotes on one line, cut where it is long. */
function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 79)}…` : text
  return JSON.stringify(shown)
}
