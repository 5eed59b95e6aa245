// Glob patterns of keys. test/services/redis-restore.test.ts tests these cases and more on a real server.
import { expect, test } from 'vitest'
import { escapeGlob, matchesGlob } from '../../../src/domain/redis/glob.ts'

const matches = (pattern: string, key: string) => matchesGlob(Buffer.from(pattern), Buffer.from(key))

test.each([
  ['*', ''],
  ['*', 'anything'],
  ['bull:*', 'bull:mail:1'],
  ['h?llo', 'hello'],
  ['h[ae]llo', 'hallo'],
  ['h[^e]llo', 'hallo'],
  ['h[a-c]llo', 'hbllo'],
  ['h[c-a]llo', 'hbllo'],
  ['a\\*b', 'a*b'],
  ['*:*:*', 'a:b:c'],
  ['a**', 'a'],
  ['[\\]]', ']'],
  ['a[b', 'ab'],
  ['[^', 'x'],
  ['ends\\', 'ends\\'],
])('the pattern %s matches %j', (pattern, key) => {
  expect(matches(pattern, key)).toBe(true)
})

test.each([
  ['**', ''],
  ['', 'a'],
  ['h?llo', 'hllo'],
  ['h[^e]llo', 'hello'],
  ['bull:*', 'Bull:mail'],
  ['a\\*b', 'axb'],
  ['[]', ']'],
  ['*a', 'ab'],
])('the pattern %s does not match %j', (pattern, key) => {
  expect(matches(pattern, key)).toBe(false)
})

test('the pattern ? matches one byte, not one character', () => {
  expect(matchesGlob(Buffer.from('?'), Buffer.from('é'))).toBe(false)
  expect(matchesGlob(Buffer.from('??'), Buffer.from('é'))).toBe(true)
})

test('a pattern with many stars is matched without exponential backtracking', () => {
  expect(matches(`${'a*'.repeat(60)}b`, 'a'.repeat(100))).toBe(false)
})

test('an escaped text matches only itself', () => {
  for (const text of ['a*b?c[d]e\\f^g-h', '{bull}:mail', '[', '\\']) {
    expect(matches(escapeGlob(text), text)).toBe(true)
    expect(matches(`${escapeGlob(text)}:*`, `${text}:1`)).toBe(true)
  }
  expect(matches(escapeGlob('a*b'), 'axb')).toBe(false)
})
