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

describe('the comparison of two fingerprints', () => {
  test('equal fingerprints have no difference', () => {
    expect(compareFingerprints(print(), print())).toEqual([])
  })

  const cases: [string, Partial<Fingerprint>, string][] = [
    ['fewer rows', { tables: [table({ rows: 40 })] }, 'public."Product": 41 rows in the backup, 40 restored'],
    [
      'different content in a table',
      { tables: [table({ sha256: 'e'.repeat(64) })] },
      'public."Product": same number of rows, but their content differs',
    ],
    ['a missing table', { tables: [] }, 'public."Product": 41 rows in the backup, but the table is missing'],
    [
      'a sequence at another value',
      { sequences: [{ schema: 'public', sequence: 'id_seq', value: '9', called: true }] },
      'public.id_seq: last value 42 in the backup, last value 9 restored',
    ],
    [
      'a sequence that was never called',
      { sequences: [{ schema: 'public', sequence: 'id_seq', value: '42', called: false }] },
      'public.id_seq: last value 42 in the backup, next value 42 restored',
    ],
    ['a missing sequence', { sequences: [] }, 'public.id_seq: the sequence is missing'],
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
      'different large objects',
      { largeObjects: { count: 2, bytes: 10, sha256: 'x' } },
      'large objects: same number and size as in the backup, but their content differs',
    ],
    ['missing indexes', objects({ TABLE }), 'INDEX: 2 in the backup, 0 restored'],
    [
      'renamed indexes',
      objects({ TABLE, INDEX: { count: 2, sha256: 'x' } }),
      'INDEX: same number as in the backup, but other names',
    ],
    [
      'objects of an additional kind',
      objects({ TABLE, INDEX: { count: 2, sha256: 'd' }, VIEW: { count: 3, sha256: 'x' } }),
      'VIEW: 0 in the backup, 3 restored',
    ],
  ]
  test.each(cases)('a restored database with %s is reported in one sentence', (_, actual, sentence) => {
    expect(compareFingerprints(print(), print(actual)).map((difference) => difference.sentence)).toEqual([sentence])
  })

  test('a fingerprint without checksums is compared by row counts', () => {
    const { sha256: _, ...counted } = table()
    expect(compareFingerprints(print({ tables: [counted] }), print())).toEqual([])
  })

  test('an additional table is not reported here because the inventory covers it', () => {
    expect(compareFingerprints(print(), print({ tables: [table(), table({ table: 'other' })] }))).toEqual([])
  })

  test('the sentence uses the singular for one row', () => {
    const [difference] = compareFingerprints(
      print({ tables: [table({ rows: 1 })] }),
      print({ tables: [table({ rows: 0 })] }),
    )
    expect(difference?.sentence).toBe('public."Product": 1 row in the backup, 0 restored')
  })
})

describe('partitions between which a restore may move rows', () => {
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

  test('rows that moved between partitions are not a difference', () => {
    expect(compareFingerprints(of(leaf('a', 3, 30), leaf('b', 1, 5)), of(leaf('a', 0, 0), leaf('b', 4, 35)))).toEqual(
      [],
    )
  })

  test('a missing row is reported for the root table', () => {
    const differences = compareFingerprints(
      of(leaf('a', 3, 30), leaf('b', 1, 5)),
      of(leaf('a', 1, 1), leaf('b', 2, 35)),
    )
    expect(differences.map(({ sentence }) => sentence)).toEqual(['public.by_mood: 4 rows in the backup, 3 restored'])
  })

  test('a changed row is reported for the root table', () => {
    const differences = compareFingerprints(
      of(leaf('a', 3, 30), leaf('b', 1, 5)),
      of(leaf('a', 3, 30), leaf('b', 1, 6)),
    )
    expect(differences.map(({ sentence }) => sentence)).toEqual([
      'public.by_mood: same number of rows, but their content differs',
    ])
  })

  test('partitions with a different column order are compared only by row count', () => {
    const turned = { columns: ['m', 'n'] }
    expect(
      compareFingerprints(of(leaf('a', 3, 30), leaf('b', 1, 5, turned)), of(leaf('a', 1, 1), leaf('b', 3, 99, turned))),
    ).toEqual([])
  })

  test('the sum of row hashes wraps around on overflow', () => {
    const most = 'f'.repeat(64)
    expect(
      compareFingerprints(of(leaf('a', 1, 0, { rowSum: most }), leaf('b', 1, 2)), of(leaf('a', 1, 1), leaf('b', 1, 0))),
    ).toEqual([])
  })
})

describe('the displayed name of a table', () => {
  test.each([
    ['public', 'tenant', 'public.tenant'],
    ['public', 'Product', 'public."Product"'],
    ['a.b', 'q"uote', '"a.b"."q""uote"'],
  ])('schema %s, table %s', (schema, name, display) => expect(displayName(schema, name)).toBe(display))
})
