// The print of an RDB, and an RDB out of dumps: what is digested, which queues are found, what comes back.
import { expect, test } from 'vitest'
import { Crc64 } from '../../../src/engines/redis/rdb/crc64.ts'
import { addPrints, RdbPrint } from '../../../src/engines/redis/rdb/fingerprint.ts'
import { RdbReader } from '../../../src/engines/redis/rdb/reader.ts'
import { dumpOf, RdbWriter } from '../../../src/engines/redis/rdb/writer.ts'
import { compressed, intset, keyWith, le, length, library, listpack, rdb, str, ziplist } from './rdb-bytes.ts'
import { expiringSamples, keysOf, newSamples, oldSamples } from './rdb-samples.ts'

const printOf = (bytes: Uint8Array) => {
  const print = new RdbPrint()
  const reader = new RdbReader(print)
  reader.write(bytes)
  reader.end()
  return print.fingerprint()
}
const select = (database: number) => Buffer.of(254, database)
const expiring = (time: bigint) => Buffer.concat([Buffer.of(252), le(time, 8)])

/** CRC-64 bit by bit, as it is defined: the polynomial 0xad93d23594c935a9, all reflected. */
function slowCrc(bytes: Uint8Array): bigint {
  let crc = 0n
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x95ac9329ac4bc9b5n : crc >> 1n
  }
  return crc
}

test('the CRC-64 is that of Redis, in pieces of any size', () => {
  const crc = new Crc64()
  crc.update(Buffer.from('123456789'))
  expect([crc.hex(), crc.digest().toString('hex')]).toEqual(['e9c6d914c4b8d9ca', 'cad9b8c414d9c6e9'])
  const bytes = Buffer.from(Array.from({ length: 333 }, (_, at) => (at * 91) & 255))
  for (const piece of [1, 5, 8, 13, 64, 333]) {
    const pieces = new Crc64()
    for (let at = 0; at < bytes.length; at += piece) pieces.update(bytes.subarray(at, at + piece))
    expect(pieces.hex()).toBe(slowCrc(bytes).toString(16).padStart(16, '0'))
  }
})

test('a digest is the sum of the CRC-64 of type, expiry, elements and name of each key', () => {
  const bytes = rdb([
    ...[
      select(2),
      keyWith(0, 'greeting', str('hello')),
      expiring(1700000000123n),
      keyWith(11, 'numbers', str(intset([1, 2, 3]))),
    ],
    ...[expiring(-5n), keyWith(18, 'ü', Buffer.concat([length(1), length(2), str(listpack(['a']))]))],
    ...[select(0), keyWith(7, '', Buffer.of(1, 0))],
  ])
  const digest = (...keys: readonly (readonly [type: number, expiry: bigint, elements: number, name: string])[]) => {
    const sum = keys.reduce(
      (all, [type, expiry, elements, name]) =>
        all + slowCrc(Buffer.concat([Buffer.of(type), le(expiry, 8), le(elements, 8), Buffer.from(name)])),
      0n,
    )
    return BigInt.asUintN(64, sum).toString(16).padStart(16, '0')
  }
  expect(printOf(bytes)).toEqual({
    databases: [
      { database: 0, keys: 1, expiring: 0, types: { module: 1 }, digest: digest([7, -1n, 1, '']) },
      {
        ...{ database: 2, keys: 3, expiring: 2, types: { string: 1, list: 1, set: 1 } },
        digest: digest([1, -1n, 1, 'greeting'], [3, 1700000000123n, 3, 'numbers'], [2, -5n, 1, 'ü']),
      },
    ],
    functions: [],
    modules: ['AAAAAAAAA'],
    queues: [],
    largestValue: 15,
  })
})

test('how a value is encoded, and in which order keys come, changes no digest', () => {
  const fields = ['a', '1', 'b', '2']
  const hash = Buffer.concat([length(2), ...fields.map((each) => str(each))])
  const [one, other] = [keyWith(0, 'x', str('1')), keyWith(0, 'x', Buffer.of(0xc0, 1))]
  const first = printOf(rdb([keyWith(4, 'h', hash), one]))
  const last = printOf(rdb([other, keyWith(16, 'h', compressed(listpack(fields)))]))
  expect(last.databases).toEqual(first.databases)
  expect(printOf(rdb([keyWith(13, 'h', str(ziplist(fields))), one])).databases).toEqual(first.databases)
})

/** A list of one element, as text of single bytes. */
const listText = (key: string) => `\x01${String.fromCharCode(key.length)}${key}\x01\x017`
const meta = (key: string, fields: readonly string[]) => keyWith(16, key, str(listpack(fields)))
const listOf = (key: string, size: number) =>
  keyWith(1, key, Buffer.concat([length(size), ...Array(size).fill(str('7'))]))
const zsetOf = (key: string, size: number) =>
  keyWith(5, key, Buffer.concat([length(size), ...Array(size).fill(Buffer.concat([str('7'), le(0, 8)]))]))

test('a queue is known by its meta, wherever that comes, and its jobs by lists and sorted sets beside it', () => {
  const bytes = rdb([
    ...[listOf('bull:mail:wait', 3), zsetOf('bull:mail:delayed', 2), listOf('bull:other:wait', 9)],
    meta('bull:mail:meta', ['opts.maxLenEvents', '10000', 'version', 'bullmq:5.1.0', 'paused', '1']),
    ...[zsetOf('bull:mail:completed', 4), listOf('bull:mail:active', 1), zsetOf('bull:mail:wait-not', 1)],
    ...[meta('{bull}:images:meta', ['version', 'bullmq:6.7.0']), zsetOf('{bull}:images:waiting-children', 1)],
    ...[
      meta('app:eu:bull:x:meta', ['opts.maxLenEvents', '10000']),
      listOf('app:eu:bull:x:paused', 2),
      zsetOf('app:eu:bull:x:paused2', 2),
    ],
    ...[
      meta('bull:not:meta', ['version', '2']),
      meta('alone:meta', ['version', 'bullmq:1']),
      zsetOf('bull:not:wait', 2),
    ],
    ...[
      keyWith(0, 'bull:text:meta', str('version bullmq')),
      zsetOf('bull:mail:prioritized', 6),
      zsetOf('bull:mail:failed', 5),
    ],
    ...[select(1), meta('bull:mail:meta', ['version', 'bullmq:5.1.0']), zsetOf('bull:mail:wait', 8)],
  ])
  expect(printOf(bytes).queues).toEqual([
    { database: 0, prefix: 'app:eu:bull', name: 'x', paused: false, states: { paused: 2 } },
    {
      ...{ database: 0, prefix: 'bull', name: 'mail', paused: true, version: 'bullmq:5.1.0' },
      states: { wait: 3, prioritized: 6, delayed: 2, active: 1, completed: 4, failed: 5 },
    },
    {
      database: 0,
      prefix: '{bull}',
      name: 'images',
      paused: false,
      version: 'bullmq:6.7.0',
      states: { 'waiting-children': 1 },
    },
    { database: 1, prefix: 'bull', name: 'mail', paused: false, version: 'bullmq:5.1.0', states: {} },
  ])
})

test.each([
  ['hash', 4, Buffer.concat([length(2), str('version'), str('bullmq:5'), str('paused'), str('1')])],
  ['ziplist', 13, str(ziplist(['version', 'bullmq:5', 'paused', '1']))],
  ['compressed listpack', 16, compressed(listpack(['version', 'bullmq:5', 'some field', 'some field', 'paused', '1']))],
  [
    'listpack with expiries',
    25,
    Buffer.concat([le(0, 8), str(listpack(['version', 'bullmq:5', '0', 'paused', '1', '0']))]),
  ],
  [
    'hash with expiries',
    24,
    Buffer.concat([
      le(0, 8),
      length(2),
      length(0),
      str('version'),
      str('bullmq:5'),
      length(0),
      str('paused'),
      str('1'),
    ]),
  ],
])('a meta is read out of a %s', (_, code, value) => {
  expect(printOf(rdb([keyWith(code, 'bull:mail:meta', value)])).queues).toEqual([
    { database: 0, prefix: 'bull', name: 'mail', paused: true, version: 'bullmq:5', states: {} },
  ])
})

test('keys that end as those of queues take little memory; beyond a number of them, queues are listed without their jobs', () => {
  const queue = meta('bull:mail:meta', ['version', 'bullmq:5'])
  const many = (count: number) => {
    const print = new RdbPrint({ mostSizes: 100_000 })
    const reader = new RdbReader(print, { checksum: false })
    const before = process.memoryUsage().arrayBuffers
    reader.write(Buffer.concat([Buffer.from('REDIS0012'), queue, listOf('bull:mail:wait', 3)]))
    for (let at = 0; at < count; at += 1000) {
      reader.write(
        Buffer.from(Array.from({ length: 1000 }, (_, each) => listText(`user:${at + each}:active`)).join(''), 'latin1'),
      )
    }
    reader.write(Buffer.of(255, 0, 0, 0, 0, 0, 0, 0, 0))
    reader.end()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16e6)
    return print.fingerprint().queues
  }
  expect(many(99_000)[0]?.states).toEqual({ wait: 3 })
  expect(many(101_000)).toEqual([
    { database: 0, prefix: 'bull', name: 'mail', paused: false, version: 'bullmq:5', states: {} },
  ])
})

test('the prints of shards add up to that of one server with all their keys', () => {
  const samples = [...oldSamples, ...newSamples]
  const parts = [...keysOf(samples), meta('{q}:mail:meta', ['version', 'bullmq:5']), listOf('{q}:mail:wait', 2)]
  const [left, right] = [parts.slice(0, 12), parts.slice(12)]
  const functions = Buffer.concat([Buffer.of(245), str(library)])
  const sum = addPrints([printOf(rdb([functions, ...left])), printOf(rdb([functions, ...right]))])
  expect(sum).toEqual(printOf(rdb([functions, ...parts])))
  expect(addPrints([])).toEqual({ databases: [], functions: [], queues: [], largestValue: 0 })
})

test('an RDB out of what DUMP gives is the same RDB', () => {
  const samples = [...oldSamples, ...newSamples, ...expiringSamples]
  const whole = rdb([
    ...[
      Buffer.concat([Buffer.of(245), str(library)]),
      select(5),
      expiring(1700000000123n),
      keyWith(0, 'k'.repeat(200), str('v')),
    ],
    ...keysOf(samples),
  ])
  const writer = new RdbWriter()
  const out = [writer.header(12)]
  let pieces: Uint8Array[] = []
  const reader = new RdbReader({
    function: (_, serialized) => out.push(writer.functions(dumpOf(245, [serialized], 12)), writer.selectDatabase(5)),
    value: (piece) => pieces.push(piece.slice()),
    keyEnd: ({ key, code, expireAt }) => {
      out.push(writer.key({ key, expireAt, dump: dumpOf(code, pieces, 12) }))
      pieces = []
    },
  })
  reader.write(whole)
  reader.end()
  out.push(writer.end())
  expect(Buffer.concat(out).equals(whole)).toBe(true)
})

test("what is too short for a DUMP is damage, and Valkey's header is its own", () => {
  expect(() => new RdbWriter().key({ key: Buffer.from('k'), dump: Buffer.alloc(9) })).toThrow(
    expect.objectContaining({ code: 'redis/rdb-damaged' }),
  )
  expect(new RdbWriter().header(80).toString()).toBe('VALKEY080')
})
