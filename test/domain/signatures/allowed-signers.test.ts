import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { distrust, parseAllowedSigners } from '../../../src/domain/signatures/allowed-signers.ts'
import { matchesPatternList } from '../../../src/domain/signatures/pattern-list.ts'
import { encodePublicKey } from '../../../src/domain/signatures/public-key.ts'

const encodedPublicKey = encodePublicKey(Buffer.alloc(32, 1))
const key = `ssh-ed25519 ${encodedPublicKey.toString('base64')}`
const time = new Date('2026-11-24T02:00:00Z')
const ask = (lines: string[], name = 'shop') => distrust(parseAllowedSigners(lines), { encodedPublicKey, name, time })

describe('trust in a public key', () => {
  test.each([
    [`shop ${key}`],
    [`shop ${key} a comment with "quotes"`],
    [`"shop,other" namespaces="resguardo" ${key}`],
    [`sh*,!shop-test namespaces="git,resguardo" ${key}`],
    [`* valid-after="20261124Z",valid-before="202611240200Z" ${key}`],
    [`shop NAMESPACES="res*",valid-before=20261124020000Z ${key}`],
  ])('the key is trusted by the line %s', (line) => {
    expect(ask(['# a comment', '', line])).toBeUndefined()
  })

  test.each([
    ['another name', `shop2 ${key}`, 'not trusted for backups named shop'],
    ['an excluded name', `*,!shop ${key}`, 'not trusted for backups named shop'],
    ['another namespace', `shop namespaces="git" ${key}`, 'not among the trusted keys'],
    ['a later start of validity', `shop valid-after="20261124020001Z" ${key}`, 'was not valid at'],
    ['an earlier end of validity', `shop valid-before="20261124015959Z" ${key}`, 'was not valid at'],
    [
      'another key',
      `shop ssh-ed25519 ${encodePublicKey(Buffer.alloc(32, 2)).toString('base64')}`,
      'not among the trusted keys',
    ],
  ])('the key is not trusted by a line with %s', (_, line, reason) => {
    expect(ask([line])).toContain(reason)
  })

  test('the key is trusted if one of its lines matches', () => {
    expect(ask([`shop valid-before="20200101Z" ${key}`, `shop ${key}`])).toBeUndefined()
  })

  test.each([
    key,
    `shop ${key.slice(0, 40)}`,
    `shop cert-authority ${key}`,
    `shop namespaces="resguardo",cert-authority ${key}`,
    `shop namespaces="git",namespaces="resguardo" ${key}`,
    `shop valid-before="20301301Z" ${key}`,
    `shop valid-before="20300101" ${key}`,
    `shop valid-before ${key}`,
    `shop option=1 ${key}`,
    `shop a b ${key}`,
    `ops@example.com ${key}`,
    `shop/one ${key}`,
    `shop ssh-rsa AAAAB3NzaC1yc2E=`,
    `shop sk-ssh-ed25519@openssh.com ${key.split(' ')[1]}`,
    `shop ssh-ed25519-cert-v01@openssh.com ${key.split(' ')[1]}`,
    'shop',
  ])('the invalid line %j fails, and the error contains its line number', (line) => {
    expect(() => parseAllowedSigners(['', line])).toThrow(
      expect.objectContaining({ code: 'signature/invalid-trusted-keys' }),
    )
    expect(() => parseAllowedSigners(['', line])).toThrow(/line 2/)
  })
})

test('patterns match the same texts as equivalent regular expressions', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 12 })
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), maxLength: 8 })
  fc.assert(
    fc.property(letters, patterns, (text, pattern) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text)
      expect(matchesPatternList(text, pattern)).toBe(expected)
    }),
  )
})

test('a pattern with many stars is matched without exponential backtracking', () => {
  expect(matchesPatternList('a'.repeat(10_000), `${'*a'.repeat(200)}b`)).toBe(false)
})
