// Descriptions of inputs in help texts, and parsing of the described defaults.
import { expect, test } from 'vitest'
import { allowed, fallbackText, placeholder } from '../../src/inputs/describe.ts'
import type { InputRow } from '../../src/inputs/kinds.ts'
import { nearestName } from '../../src/inputs/nearest.ts'
import { parseValue } from '../../src/inputs/value.ts'

test.each<[InputRow, string | undefined]>([
  [{ kind: 'duration', summary: '', fallback: 2_592_000 }, '30d'],
  [{ kind: 'duration', summary: '', fallback: 604_800 }, '7d'],
  [{ kind: 'duration', summary: '', fallback: 90 }, '90s'],
  [{ kind: 'duration', summary: '', fallback: 0 }, '0s'],
  [{ kind: 'bytes', summary: '', fallback: 67_108_864 }, '64MiB'],
  [{ kind: 'bytes', summary: '', fallback: 5_000_000_000 }, '5GB'],
  [{ kind: 'bytes', summary: '', fallback: 1023 }, '1023'],
  [{ kind: 'percent', summary: '', fallback: 50 }, '50%'],
  [{ kind: 'flag', summary: '', fallback: false }, undefined],
  [{ kind: 'text', summary: '' }, undefined],
])('the default of %j is written as %s and parses to the same value', (row, text) => {
  expect(fallbackText(row)).toBe(text)
  if (text !== undefined) expect(parseValue(row, text)).toEqual({ value: row.fallback })
})

test('the description of a choice lists its values, and that of a count its limits', () => {
  expect(placeholder({ kind: 'choice', summary: '', choices: ['a', 'b'] })).toBe('a|b')
  expect(allowed({ kind: 'count', summary: '', least: 1, most: 9 })).toBe('a whole number, at least 1, at most 9')
})

test.each([
  ['kep-last', 'keep-last'],
  ['keep-lsat', 'keep-last'],
  ['store-s', 'store'],
  ['keep-weekl', 'keep-weekly'],
  ['frobnicate', undefined],
  ['x', undefined],
])('the suggestion for %s is %s', (written, meant) => {
  expect(nearestName(written, ['keep-last', 'keep-weekly', 'store', 'json'])).toBe(meant)
})
