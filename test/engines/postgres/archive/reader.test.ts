// The fingerprint of archives that real pg_dump versions wrote, against what COPY and sha256sum said.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArchiveReader } from '../../../../src/engines/postgres/archive/reader.ts'
import { asVersion15, entriesOf, expectedTables, fingerprintOf, fixture, read, rechunked } from './archives.ts'

const majors = [15, 17, 18]
const versions: Record<number, string> = { 15: '1.14', 17: '1.16', 18: '1.16' }
const summary = (bytes: Buffer) =>
  fingerprintOf(bytes)
    .tables.map(({ schema, table, rows, sha256 }) => ({ schema, table, rows, sha256 }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.schema + a.table), Buffer.from(b.schema + b.table)))
const sorted = (name: string) =>
  expectedTables(name).sort((a, b) => Buffer.compare(Buffer.from(a.schema + a.table), Buffer.from(b.schema + b.table)))

describe.each(majors)('an archive of pg_dump %i', (major) => {
  const wide = fixture(`wide-${major}.dump`)

  test('has the rows and digests that COPY gave', () => {
    expect(summary(wide)).toEqual(sorted('wide'))
    expect(summary(fixture(`tiny-${major}.dump`))).toEqual(sorted('tiny'))
  })

  test('gives the same in chunks of any size', () => {
    const expected = read(wide)
    for (const size of [1, 2, 3, 5, 6, 7, 11, 4096, 1_000_000]) expect(read(wide, size)).toEqual(expected)
  })

  test('gives the same in random chunks, which the caller may reuse', () => {
    const expected = read(wide)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const reader = new ArchiveReader()
        const buffer = Buffer.alloc(3000)
        for (let at = 0, i = 0; at < wide.length; i++) {
          const size = (sizes[i % sizes.length] as number) || 1
          const length = wide.copy(buffer, 0, at, at + size)
          reader.push(buffer.subarray(0, length))
          buffer.fill(0x5c)
          at += length
        }
        expect(reader.end()).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  test('gives the same however pg_dump buffers rows', () => {
    const expected = read(wide)
    for (const size of [1, 3, 4, 5, 100, 4096, 1 << 20]) expect(read(rechunked(wide, size), 8192)).toEqual(expected)
  })

  test('says what its header says', () => {
    const print = read(wide)
    expect(print.known && print.header).toMatchObject({
      version: versions[major],
      format: 'custom',
      compression: 'none',
      database: 'wide',
      serverVersion: expect.stringMatching(/^15\./),
      dumpVersion: expect.stringMatching(new RegExp(`^${major}\\.`)),
      created: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    })
  })

  test('has sequences to 64 bits, called or not', () => {
    expect(fingerprintOf(wide).sequences).toEqual([
      { schema: 'public', sequence: 'Last "one"', value: '9223372036854775807', called: true },
      { schema: 'public', sequence: 'Product_id_seq', value: '20', called: true },
      { schema: 'public', sequence: 'down', value: '-42', called: false },
      { schema: 'public', sequence: 'never_called', value: '1', called: false },
      { schema: 'public', sequence: 'owned', value: '1', called: false },
    ])
  })

  test('has large objects, empty ones and numbers beyond 2^31 too, in any order of blocks', () => {
    expect(fingerprintOf(wide).largeObjects).toEqual({
      count: 4,
      bytes: 3 + 0 + 25_000 + 11,
      sha256: 'd75fbebbd56fbe5f34d5918e2c1b4a4b27c094a1a26be3a4e7021c93277d4860',
    })
  })

  test('has columns unquoted and in the order of the data', () => {
    const tables = fingerprintOf(wide).tables
    expect(tables.find(({ table }) => table === '🐘 t(a, b) FROM')?.columns).toEqual([
      'a b',
      'c,d',
      'e)"f',
      'select',
      '$1',
    ])
    expect(tables.find(({ table }) => table === 'child')?.columns).toEqual(['a', 'b', 'c', 'd'])
    expect(tables.find(({ table }) => table === 'no_columns')).not.toHaveProperty('columns')
  })

  test('has an order-free sum for partitions that a restore may fill differently', () => {
    const partitions = fingerprintOf(wide).tables.filter(({ root }) => root !== undefined)
    expect(partitions.map(({ table, root }) => [table, root])).toEqual([
      ['by_mood_0', { schema: 'public', table: 'by_mood' }],
      ['by_mood_1', { schema: 'public', table: 'by_mood' }],
    ])
    const rows = ['happy\t1\n', '🙂\t2\n', "it's fine\t3\n", '\\N\t4\n']
    const sums = rows.map((row) => BigInt(`0x${createHash('sha256').update(row).digest('hex')}`))
    const sum = (all: bigint[]) => all.reduce((a, b) => a + b) % (1n << 256n)
    expect(sum(partitions.map(({ rowSum }) => BigInt(`0x${rowSum}`)))).toBe(sum(sums))
  })

  test('has the inventory of the schema-only dump of a database restored from it', () => {
    expect(fingerprintOf(fixture('wide-15-restored-schema.dump')).inventory).toEqual(fingerprintOf(wide).inventory)
  })
})

test('version 1.15 of PostgreSQL 16 reads like 1.14', () => {
  const print = read(asVersion15(fixture('wide-15.dump')))
  expect(print.known && print.header.version).toBe('1.15')
  expect(print.fingerprint).toEqual(fingerprintOf(fixture('wide-15.dump')))
})

test('every major gives the same fingerprint of one database', () => {
  for (const major of [17, 18])
    expect(fingerprintOf(fixture(`wide-${major}.dump`))).toEqual(fingerprintOf(fixture('wide-15.dump')))
})

test.each([15, 17])('an archive that pg_dump %i wrote into a file itself reads the same', (major) => {
  for (const size of [1, 64, 65536])
    expect(fingerprintOf(fixture(`tiny-${major}-to-file.dump`), size)).toEqual(
      fingerprintOf(fixture(`tiny-${major}.dump`)),
    )
})

test('a version from the future is named, and its bytes pass', () => {
  const bytes = Buffer.from(fixture('tiny-18.dump'))
  bytes[6] = 17
  const unknown = { known: false, version: '1.17', fingerprint: { covers: 'counts', tables: [], sequences: [] } }
  for (const size of [1, 100, 65536]) expect(read(bytes, size)).toEqual(unknown)
})

test.each(['tiny-15-gzip.dump', 'tiny-15-inserts.dump'])(
  '%s covers counts only, but sequences and inventory',
  (name) => {
    const { tables, covers, sequences, inventory } = fingerprintOf(fixture(name))
    expect({ tables, covers }).toEqual({ tables: [], covers: 'counts' })
    expect({ sequences, inventory }).toEqual({
      sequences: [{ schema: 'public', sequence: 's', value: '7', called: true }],
      inventory: fingerprintOf(fixture('tiny-15.dump')).inventory,
    })
  },
)

test('the table of contents tells owners, dependencies and statements', () => {
  const entries = entriesOf('tiny-15.dump')
  const key = entries.find((entry) => entry.description === 'FK CONSTRAINT')
  expect(key).toMatchObject({
    schema: 'public',
    tag: 'b b_a_id_fkey',
    owner: 'postgres',
    section: 'post-data',
    hadData: false,
  })
  expect(key?.definition).toContain('FOREIGN KEY (a_id) REFERENCES public.a(id)')
  expect(key?.dropStatement).toContain('DROP CONSTRAINT b_a_id_fkey')
  const table = entries.find((entry) => entry.description === 'TABLE' && entry.tag === 'b')
  expect(key?.dependencies).toContain(table?.dumpId)
})
