import { describe, expect, test } from 'vitest'
import { compareFingerprints, displayName } from '../../../src/domain/fingerprint/compare-fingerprints.ts'
import type { Fingerprint, TableFingerprint } from '../../../src/domain/fingerprint/fingerprint.ts'

const table = (more: Partial<TableFingerprint> = {}): TableFingerprint => ({
  schema: 'public',
  table: 'Product',
  rows: 41,
  sha256: 'a'.repeat(64),
  columns: ['id'],
  ...more,
})
const print = (more: Partial<Fingerprint> = {}): Fingerprint => ({
  covers: 'content',
  tables: [table()],
  sequences: [{ schema: 'public', sequence: 'id_seq', value: '42', called: true }],
  largeObjects: { count: 2, bytes: 10, sha256: 'b'.repeat(64) },
  inventory: { objects: { TABLE: { count: 1, sha256: 'c' }, INDEX: { count: 2, sha256: 'd' } } },
  ...more,
})
const objects = (inventory: Record<string, { count: number; sha256: string }>) => ({
  inventory: { objects: inventory },
})
const TABLE = { count: 1, sha256: 'c' }

describe('two fingerprints', () => {
  test('that are the same have no difference', () => {
    expect(compareFingerprints(print(), print())).toEqual([])
  })

  const cases: [string, Partial<Fingerprint>, string][] = [
    ['fewer rows', { tables: [table({ rows: 40 })] }, 'public."Product": 41 rows in the backup, 40 restored'],
    [
      'other content',
      { tables: [table({ sha256: 'e'.repeat(64) })] },
      'public."Product": same number of rows, but their content differs',
    ],
    ['no table', { tables: [] }, 'public."Product": 41 rows in the backup, but the table is missing'],
    [
      'a sequence elsewhere',
      { sequences: [{ schema: 'public', sequence: 'id_seq', value: '9', called: true }] },
      'public.id_seq: last value 42 in the backup, last value 9 restored',
    ],
    [
      'a sequence never called',
      { sequences: [{ schema: 'public', sequence: 'id_seq', value: '42', called: false }] },
      'public.id_seq: last value 42 in the backup, next value 42 restored',
    ],
    ['no sequence', { sequences: [] }, 'public.id_seq: the sequence is missing'],
    [
      'fewer large objects',
      { largeObjects: { count: 1, bytes: 10, sha256: 'x' } },
      'large objects: 2 in the backup, 1 restored',
    ],
    [
      'shorter large objects',
      { largeObjects: { count: 2, bytes: 9, sha256: 'x' } },
      'large objects: 10 bytes in the backup, 9 restored',
    ],
    [
      'other large objects',
      { largeObjects: { count: 2, bytes: 10, sha256: 'x' } },
      'large objects: same number and size as in the backup, but their content differs',
    ],
    ['no index', objects({ TABLE }), 'INDEX: 2 in the backup, 0 restored'],
    [
      'indexes of other names',
      objects({ TABLE, INDEX: { count: 2, sha256: 'x' } }),
      'INDEX: same number as in the backup, but other names',
    ],
    [
      'a kind too many',
      objects({ TABLE, INDEX: { count: 2, sha256: 'd' }, VIEW: { count: 3, sha256: 'x' } }),
      'VIEW: 0 in the backup, 3 restored',
    ],
  ]
  test.each(cases)('with %s are told apart in a sentence', (_, actual, sentence) => {
    expect(compareFingerprints(print(), print(actual)).map((difference) => difference.sentence)).toEqual([sentence])
  })

  test('of counts alone are compared by counts', () => {
    const { sha256: _, ...counted } = table()
    expect(compareFingerprints(print({ tables: [counted] }), print())).toEqual([])
  })

  test('a table too many is left to the inventory', () => {
    expect(compareFingerprints(print(), print({ tables: [table(), table({ table: 'other' })] }))).toEqual([])
  })

  test('one row is singular', () => {
    const [difference] = compareFingerprints(
      print({ tables: [table({ rows: 1 })] }),
      print({ tables: [table({ rows: 0 })] }),
    )
    expect(difference?.sentence).toBe('public."Product": 1 row in the backup, 0 restored')
  })
})

describe('partitions whose rows a restore may mix', () => {
  const leaf = (name: string, rows: number, sum: number, more: Partial<TableFingerprint> = {}): TableFingerprint =>
    table({
      table: name,
      rows,
      sha256: name.padEnd(64, '0'),
      root: { schema: 'public', table: 'by_mood' },
      rowSum: sum.toString(16).padStart(64, '0'),
      ...more,
    })
  const of = (...tables: TableFingerprint[]) => print({ tables })

  test('are the same if only rows moved among them', () => {
    expect(compareFingerprints(of(leaf('a', 3, 30), leaf('b', 1, 5)), of(leaf('a', 0, 0), leaf('b', 4, 35)))).toEqual(
      [],
    )
  })

  test('differ at the root if a row is missing', () => {
    const differences = compareFingerprints(
      of(leaf('a', 3, 30), leaf('b', 1, 5)),
      of(leaf('a', 1, 1), leaf('b', 2, 35)),
    )
    expect(differences.map(({ sentence }) => sentence)).toEqual(['public.by_mood: 4 rows in the backup, 3 restored'])
  })

  test('differ at the root if a row is another', () => {
    const differences = compareFingerprints(
      of(leaf('a', 3, 30), leaf('b', 1, 5)),
      of(leaf('a', 3, 30), leaf('b', 1, 6)),
    )
    expect(differences.map(({ sentence }) => sentence)).toEqual([
      'public.by_mood: same number of rows, but their content differs',
    ])
  })

  test('are compared by rows alone if their columns stand in another order', () => {
    const turned = { columns: ['m', 'n'] }
    expect(
      compareFingerprints(of(leaf('a', 3, 30), leaf('b', 1, 5, turned)), of(leaf('a', 1, 1), leaf('b', 3, 99, turned))),
    ).toEqual([])
  })

  test('sums wrap around', () => {
    const most = 'f'.repeat(64)
    expect(
      compareFingerprints(of(leaf('a', 1, 0, { rowSum: most }), leaf('b', 1, 2)), of(leaf('a', 1, 1), leaf('b', 1, 0))),
    ).toEqual([])
  })
})

describe('a name for people', () => {
  test.each([
    ['public', 'tenant', 'public.tenant'],
    ['public', 'Product', 'public."Product"'],
    ['a.b', 'q"uote', '"a.b"."q""uote"'],
  ])('%s %s', (schema, name, display) => expect(displayName(schema, name)).toBe(display))
})
