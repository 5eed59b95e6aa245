import { expect, test } from 'vitest'
import { hideSecrets, passwordsIn } from '../../src/domain/hide-secrets.ts'

test('every known secret is hidden, the longer before the shorter', () => {
  expect(hideSecrets('with hunter22 and hunter2', ['hunter2', 'hunter22'])).toBe('with *** and ***')
})

test('what stands as a password in any URL is hidden, known or not', () => {
  expect(hideSecrets('no answer from postgresql://shop:s3:cr@db/shop, or redis://:x@cache', [])).toBe(
    'no answer from postgresql://shop:***@db/shop, or redis://:***@cache',
  )
})

test('secrets too short to be told from words are left, and no secret at all changes nothing', () => {
  expect(hideSecrets('a dump of shop failed', ['', 'of'])).toBe('a dump of shop failed')
})

test.each([
  ['postgresql://shop:s3cr%40t@db:5432/x', ['s3cr%40t', 's3cr@t']],
  ['postgresql://shop@db/x?password=pass%2Fword', ['pass%2Fword', 'pass/word']],
  ['postgresql://shop:100%@db/x', ['100%', '100%']],
  ['postgresql://shop@db/x', []],
])('the passwords of %s', (url, passwords) => {
  expect(passwordsIn(url)).toEqual(passwords)
})

test('a password that is also a name of the same URL is no secret by itself', () => {
  expect(passwordsIn('postgresql://shop:shop@db/shop')).toEqual([])
})
