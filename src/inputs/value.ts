// Parses the value of one input. The whole text must match the kind of the input.
import { parseBytes, parseDuration } from '../domain/text/quantities.ts'
import { allowed } from './describe.ts'
import type { InputRow } from './kinds.ts'
import { nearestName } from './nearest.ts'
import { parseTime } from './time.ts'

/** The value, or what is wrong with the text (without naming the input). */
type Parsed = { readonly value: unknown } | { readonly problem: string }

/** The caller handles blank texts. A problem never contains the text of a secret. */
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

/** A text in quotes on one line, cut to 80 characters. */
function quote(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 79)}…` : text
  return JSON.stringify(shown)
}
