// Names of artifacts: every key has one of its own, GitHub takes it, and it leads back to the key.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { artifactName, keyOf } from '../../src/stores/artifact/names.ts'
import { wantedDays } from '../../src/stores/artifact/settings.ts'
import { keySegments } from '../../src/stores/keys.ts'

test.each([
  [
    'shop/20261124T020005Z-platform-scheduled-7f3a9c/manifest.json',
    'resguardo~shop~20261124T020005Z-platform-scheduled-7f3a9c~manifest.json',
  ],
  ['shop/x/pins/pull%20request%2017', 'resguardo~shop~x~pins~pull=2520request=252017'],
  ['shop/x/tenant-1.csv.zip', 'resguardo~shop~x~tenant-1.csv=2Ezip'],
  ['shop.zip/x', 'resguardo~shop.zip~x'],
  ['a~b/=7E', 'resguardo~a=7Eb~=3D7E'],
  ['é', 'resguardo~=C3=A9'],
])('the key %s is the artifact %s', (key, name) => {
  expect(artifactName(key)).toBe(name)
  expect(keyOf(name)).toBe(key)
})

test('every key comes back, no two share a name, and no name has a sign that GitHub forbids', () => {
  const segment = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...'a.~=%/2F:*?"<>| \r\nZIPzip') }),
  )
  const keys = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('/'))
    .filter(isSafe)
  fc.assert(
    fc.property(keys, keys, (one, other) => {
      const name = artifactName(one)
      expect(keyOf(name)).toBe(one)
      expect(name).toMatch(/^[A-Za-z0-9._~=-]+$/)
      expect(name).not.toMatch(/\.zip$/i)
      expect(artifactName(other) === name).toBe(one === other)
    }),
  )
})

function isSafe(key: string): boolean {
  try {
    keySegments(key)
    return Buffer.byteLength(key) < 70
  } catch {
    return false
  }
}

test.each([
  'build',
  'resguardo',
  'resguardo~',
  'resguardo~a~',
  'resguardo~~a',
  'resguardo~..~a',
  'resguardo~a=2f',
  'resguardo~=41',
  'resguardo~=FF',
  'resguardo~a b',
])('%s is no name of a store', (name) => {
  expect(keyOf(name)).toBeUndefined()
})

test('a key that is too long for a name is refused with what to shorten', () => {
  expect(() => artifactName(`${'n'.repeat(100)}/x/pins/${'r'.repeat(200)}`)).toThrow(
    expect.objectContaining({ code: 'artifact/name-too-long', hint: expect.stringContaining('pin') }),
  )
})

test.each([
  ['shop/20261124T020005Z-platform-scheduled-7f3a9c/dump.zst', undefined, 30],
  ['shop/20261124T020005Z-platform-pre-migration-7f3a9c/pins/x', undefined, 90],
  ['shop/20261124T020005Z-platform-manual-7f3a9c/dump.zst', undefined, 90],
  ['shop/20261124T020005Z-platform-safety-7f3a9c/dump.zst', undefined, 7],
  ['shop/20261124T020005Z-platform-safety-7f3a9c/dump.zst', 12, 12],
  ['shop/lock', undefined, undefined],
])('%s is to be kept for days: %s given, %s wanted', (key, given, days) => {
  expect(wantedDays(key, given)).toBe(days)
})
