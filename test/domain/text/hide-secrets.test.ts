import { expect, test } from 'vitest'
import { hideSecrets, passwordsToHide } from '../../../src/domain/text/hide-secrets.ts'

test('every known secret is hidden, longer secrets first', () => {
  expect(hideSecrets('with hunter22 and hunter2', ['hunter2', 'hunter22'])).toBe('with *** and ***')
})

test('the password in any URL is hidden, even if it is not a known secret', () => {
  expect(hideSecrets('no answer from postgresql://shop:s3:cr@db/shop, or redis://:x@cache', [])).toBe(
    'no answer from postgresql://shop:***@db/shop, or redis://:***@cache',
  )
})

test('empty and very short secrets are not hidden', () => {
  expect(hideSecrets('a dump of shop failed', ['', 'of'])).toBe('a dump of shop failed')
})

test('a password is hidden encoded and decoded, unless it is also a name in the same URL', () => {
  expect(passwordsToHide('postgresql://shop:s3cr%40t@db/shop')).toEqual(['s3cr%40t', 's3cr@t'])
  expect(passwordsToHide('postgresql://shop:shop@db/shop')).toEqual([])
  expect(passwordsToHide('postgresql://app:sh%6Fp@db/shop')).toEqual(['sh%6Fp'])
})
