// Damaged, cut, foreign RDBs: each is a Failure, none hangs or takes memory.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RdbReader } from '../../../src/engines/redis/rdb/reader.ts'
import { auxiliary, compressed, intset, keyWith, length, library, listpack, longLength, rdb, str } from './rdb-bytes.ts'
import { expiringSamples, keysOf, newSamples, oldSamples, verdictOf } from './rdb-samples.ts'

const samples = [...oldSamples, ...newSamples, ...expiringSamples].filter(({ value }) => value.length < 600)
const small = rdb([
  auxiliary('redis-ver', str('7.0.15')),
  Buffer.concat([Buffer.of(245), str(library)]),
  Buffer.of(254, 0, 251, 9, 0),
  ...keysOf(samples),
])

/** Each kind of value alone: all of them in one RDB would be read from its beginning for every byte. */
const each = [
  rdb([
    auxiliary('redis-ver', str('7.0.15')),
    Buffer.concat([Buffer.of(245), str(library)]),
    Buffer.of(254, 0, 251, 9, 0),
  ]),
  ...samples.map((sample) => rdb(keysOf([sample]))),
]

test('an RDB that is cut anywhere is not whole', () => {
  for (const [number, whole] of each.entries()) {
    for (let end = 0; end < whole.length; end++) {
      const { verdict, said } = verdictOf(whole.subarray(0, end))
      expect(`${verdict} ${said}`, `RDB ${number}`).toMatch(/^integrity the RDB is incomplete: it ends after \d+ bytes/)
    }
  }
})

test('a byte that is changed anywhere is noticed', () => {
  const flips = [1, 0x80, 0xff]
  for (const [number, whole] of each.entries()) {
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] as number) ^ (flips[at % flips.length] as number)
      expect(['integrity', 'refused'], `RDB ${number}, byte ${at}`).toContain(verdictOf(changed).verdict)
    }
  }
})

test('bytes after the end are damage, in the same piece or later', () => {
  expect(verdictOf(Buffer.concat([small, Buffer.of(0)]))).toMatchObject({
    verdict: 'integrity',
    said: expect.stringContaining('after its end'),
  })
  const reader = new RdbReader([])
  reader.write(small)
  expect(() => reader.write(Buffer.of(0))).toThrow(expect.objectContaining({ code: 'redis/rdb-damaged' }))
  expect(() => reader.end()).toThrow(expect.objectContaining({ code: 'redis/rdb-damaged' }))
})

test('a checksum of 0 is none', () => {
  expect(verdictOf(rdb([keyWith(0, 'k', str('v'))], { checksum: false })).verdict).toBe('absent')
})

test('another checksum is damage', () => {
  const other = Buffer.concat([rdb([], { checksum: false }).subarray(0, -8), Buffer.alloc(8, 1)])
  expect(verdictOf(other)).toMatchObject({ verdict: 'integrity', said: expect.stringContaining('checksum') })
})

test.each(['REDIS0015', 'REDIS0099', 'REDIS0005', 'REDIS0080', 'VALKEY081', 'VALKEY011'])(
  'the version %s is refused, with what to do',
  (magic) => {
    const { verdict, said, hint } = verdictOf(rdb([], { magic }))
    expect([verdict, said, hint]).toEqual([
      'refused',
      expect.stringMatching(/format version \d+ of (Redis|Valkey)/),
      expect.stringMatching(/^Update/),
    ])
  },
)

test.each(['REDISabcd', 'PGDMP0123', 'REDIS-001'])('%s is no RDB', (magic) => {
  expect(verdictOf(rdb([], { magic })).verdict).toBe('integrity')
})

test.each([6, 8, 26, 40, 200, 243, 246])('the type or opcode %i is refused', (code) => {
  expect(verdictOf(rdb([keyWith(code, 'k', str('v'))])).verdict).toBe('refused')
})

test.each([22, 23, 24, 25])('type %i means nothing before version 12', (code) => {
  expect(verdictOf(rdb([keyWith(code, 'k', str('v'))], { magic: 'REDIS0011' })).verdict).toBe('refused')
})

test.each([
  [26, 'REDIS0012'],
  [27, 'REDIS0013'],
])('type %i means nothing in %s', (code, magic) => {
  expect(verdictOf(rdb([keyWith(code, 'k', str('v'))], { magic })).verdict).toBe('refused')
})

test('what modules say of keys is refused: it would be lost', () => {
  expect(verdictOf(rdb([Buffer.of(243, 0), keyWith(0, 'k', str('v'))], { magic: 'REDIS0013' }))).toMatchObject({
    verdict: 'refused',
    said: expect.stringContaining('module data'),
  })
})

const huge = longLength(2n ** 60n)
test.each([
  ['name', Buffer.concat([Buffer.of(0), huge])],
  ['string', keyWith(0, 'k', huge)],
  ['list', keyWith(1, 'k', huge)],
  ['hash', keyWith(4, 'k', huge)],
  ['zset', keyWith(5, 'k', huge)],
  ['quicklist', keyWith(18, 'k', huge)],
  ['listpack', keyWith(16, 'k', huge)],
  ['stream', keyWith(21, 'k', huge)],
  [
    'pending entries',
    keyWith(
      15,
      'k',
      Buffer.concat([length(0), length(0), length(0), length(0), length(1), str('g'), length(0), length(0), huge]),
    ),
  ],
  ['auxiliary field', Buffer.concat([Buffer.of(250), huge])],
  ['library', Buffer.concat([Buffer.of(245), huge])],
  ['compressed string', keyWith(0, 'k', Buffer.concat([Buffer.of(0xc3), huge, huge]))],
  ['compressed name', Buffer.concat([Buffer.of(0, 0xc3, 5), huge, Buffer.alloc(5)])],
  ['database', Buffer.concat([Buffer.of(254), huge])],
  ['module', keyWith(7, 'k', Buffer.concat([length(1), length(5), huge]))],
])('a length of 2^60 for a %s is damage, and takes no memory', (_, part) => {
  const before = process.memoryUsage().arrayBuffers
  expect(verdictOf(rdb([part])).verdict).toBe('integrity')
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6)
})

test.each([
  [
    'a listpack of another size than it says',
    keyWith(16, 'k', str(Buffer.concat([listpack(['a', 'b']), Buffer.of(0)]))),
  ],
  ['half a field', keyWith(16, 'k', str(listpack(['a', 'b', 'c'])))],
  ['an intset of another size than it says', keyWith(11, 'k', str(intset([1, 2]).subarray(0, 10)))],
  ['a number in place of a listpack', keyWith(16, 'k', Buffer.of(0xc0, 1))],
  ['a listpack without its end', keyWith(20, 'k', str(withoutEnd(listpack(['a'], 65535))))],
  ['a compressed listpack without its end', keyWith(20, 'k', compressed(withoutEnd(listpack(['a'], 65535))))],
  ['a node of no kind', keyWith(18, 'k', Buffer.concat([length(1), length(3), str('a')]))],
  ['an encoding in place of a length', keyWith(1, 'k', Buffer.of(0xc0, 1))],
  ['a string with an unknown encoding', keyWith(0, 'k', Buffer.of(0xc4, 1))],
  ['a length with an unknown encoding', keyWith(0, 'k', Buffer.of(0x82, 1))],
  ['a library without a name', Buffer.concat([Buffer.of(245), str('#!lua\n')])],
])('%s is damage without a checksum too', (_, part) => {
  expect(verdictOf(rdb([part], { checksum: false })).verdict).toBe('integrity')
})

function withoutEnd(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  changed[changed.length - 1] = 1
  return changed
}

test('any bytes at all come to an end, and to nothing but a Failure', () => {
  const codes = [...Array(26).keys(), 244, 245, 247, 248, 249, 250, 251, 252, 253, 254, 255]
  const likely = fc.array(
    fc.oneof(fc.constantFrom(...codes), fc.nat(255), fc.nat(3), fc.constantFrom(0xc3, 0x80, 0x81, 0xff)),
    {
      maxLength: 120,
    },
  )
  fc.assert(
    fc.property(likely, fc.constantFrom('REDIS0006', 'REDIS0010', 'REDIS0012', 'VALKEY080'), (bytes, magic) => {
      verdictOf(Buffer.concat([Buffer.from(magic), Buffer.from(bytes)]))
    }),
    { numRuns: 2000 },
  )
})

test('any change of a whole RDB comes to an end, and to nothing but a Failure', () => {
  const change = fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(change, (changes) => {
      const changed = Buffer.from(small)
      for (const [at, byte] of changes) changed[at] = byte
      verdictOf(changed)
    }),
    { numRuns: 1000 },
  )
})
