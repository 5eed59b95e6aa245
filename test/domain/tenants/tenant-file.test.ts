import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tenantFile } from '../../../src/domain/tenants/tenant-file.ts'
import { anyCharacter } from '../../support/any-character.ts'

test.each(['7', 'acme', 'acme-inc', 'a_b', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'])(
  'the file name for tenant %j contains the ID unchanged',
  (id) => {
    expect(tenantFile(id)).toBe(`tenants/${id}.zip`)
  },
)

const hostile = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '../x',
    'a/../../b',
    '/etc/passwd',
    'a\\b',
    'C:',
    'con',
    'nul',
    'aux',
    'com1',
    'lpt9',
    'CON.zip',
  ],
  ...[
    'a\nb',
    '\0',
    '\u202egpj',
    '🐘',
    'é',
    'e\u0301',
    'K',
    'ſ',
    '-rf',
    '--',
    '~',
    'a~b',
    '$(x)',
    '`x`',
    'x'.repeat(64),
    'x'.repeat(9999),
  ],
  ...['ä'.repeat(32), "'; DROP TABLE x; --", '%2e%2e', 'all', 'shared'],
]

test.each(hostile)('the file name for tenant %j is safe on every file system', (id) => {
  expect(tenantFile(id)).toSatisfy(isSafe)
})

test('different tenant IDs have different file names, also on case-insensitive file systems', () => {
  const more = ['ABC', 'abc', 'Abc', 'é'.toUpperCase(), 'tenants/abc', 'abc.zip', ...hostile]
  const ids = [...new Set(more)]
  expect(new Set(ids.map((id) => tenantFile(id).toLowerCase().normalize('NFKC'))).size).toBe(ids.length)
})

test('any two tenant IDs have safe and different file names', () => {
  const ids = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.string(),
    fc.stringMatching(/^[aAbB~_.-]{0,6}$/),
    fc.constantFrom(...hostile),
  )
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      expect(tenantFile(a)).toSatisfy(isSafe)
      if (a !== b) expect(tenantFile(a).toLowerCase()).not.toBe(tenantFile(b).toLowerCase())
    }),
    { numRuns: 200 },
  )
})

test('a tenant ID equal to the file name of another tenant has a different file name', () => {
  const name = tenantFile('Acme').slice('tenants/'.length, -'.zip'.length)
  expect(tenantFile(name)).not.toBe(tenantFile('Acme'))
})

/**
 * Lower case, short, one folder deep, no name that Windows keeps for itself, nothing that a shell or a URL reads
 * otherwise.
 */
function isSafe(path: string): boolean {
  const [, name] = /^tenants\/([a-z0-9_~-]{1,70})\.zip$/.exec(path) ?? []
  return name !== undefined && !name.startsWith('-') && !/^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/.test(name)
}
