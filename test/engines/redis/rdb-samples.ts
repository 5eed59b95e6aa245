// A value of every type that an RDB can hold, and what the reader says of an RDB.

import type { RdbHandler } from '../../../src/engines/redis/rdb/handler.ts'
import { RdbReader } from '../../../src/engines/redis/rdb/reader.ts'
import {
  compressed,
  intset,
  keyWith,
  le,
  length,
  listpack,
  longLength,
  moduleParts,
  str,
  stream,
  ziplist,
  zipmap,
} from './rdb-bytes.ts'

export interface Sample {
  readonly what: string
  readonly code: number
  readonly value: Buffer
  readonly type: string
  readonly elements: number
}
const words = Array.from({ length: 40 }, (_, at) => `word number ${at % 7}`)
const pair = (text: string) => [str(text), str('value')]
const packedAs = (code: number, type: string, what: string, bytes: Buffer, elements: number): Sample[] => [
  { what, code, type, elements, value: str(bytes) },
  { what: `${what}, compressed`, code, type, elements, value: compressed(bytes) },
]
const one = (code: number, type: string, what: string, elements: number, ...value: readonly Buffer[]): Sample[] => [
  { what, code, type, elements, value: Buffer.concat(value) },
]

/** Of Redis, all but what only its newest have. */
export const oldSamples: readonly Sample[] = [
  ...one(0, 'string', 'string', 1, str('hello')),
  ...one(0, 'string', 'empty string', 1, str('')),
  ...one(0, 'string', 'integer of 8 bits', 1, Buffer.of(0xc0, 0x85)),
  ...one(0, 'string', 'integer of 16 bits', 1, Buffer.of(0xc1, 1, 2)),
  ...one(0, 'string', 'integer of 32 bits', 1, Buffer.of(0xc2, 1, 2, 3, 4)),
  ...one(0, 'string', 'compressed string', 1, compressed(Buffer.from('abc'.repeat(50)))),
  ...one(0, 'string', 'string behind a long length', 1, longLength(3n), Buffer.from('abc')),
  ...one(0, 'string', 'string of 20000 bytes', 1, str('x'.repeat(20000))),
  ...one(1, 'list', 'list', 2, length(2), str('a'), Buffer.of(0xc0, 1)),
  ...one(2, 'set', 'set', 3, length(3), str('a'), str('b'), str('c')),
  ...one(
    3,
    'zset',
    'zset with scores as text',
    3,
    length(3),
    str('a'),
    str('1.5'),
    str('b'),
    Buffer.of(254),
    str('c'),
    Buffer.of(253),
  ),
  ...one(4, 'hash', 'hash', 2, length(2), ...pair('a'), ...pair('b')),
  ...one(5, 'zset', 'zset', 2, length(2), str('a'), le(1, 8), str('b'), le(2, 8)),
  ...one(7, 'module', 'module', 1, longLength(2n ** 63n + 5n), moduleParts),
  ...packedAs(
    9,
    'hash',
    'zipmap',
    zipmap([
      ['a', 'value'],
      ['b', 'other value'],
    ]),
    2,
  ),
  ...packedAs(9, 'hash', 'zipmap of 300', zipmap(Array.from({ length: 300 }, (_, at) => [`f${at}`, 'v'])), 300),
  ...packedAs(10, 'list', 'ziplist', ziplist([...words, '7', 'x'.repeat(300), 'end']), 43),
  ...packedAs(10, 'list', 'ziplist that does not count', ziplist([...words, '7', 'x'.repeat(300), 'end'], 65535), 43),
  ...packedAs(11, 'set', 'intset', intset([1, 2, 300, 4, 5, 6, 7, 8, 9]), 9),
  ...packedAs(12, 'zset', 'zset in a ziplist', ziplist(words), 20),
  ...packedAs(13, 'hash', 'hash in a ziplist', ziplist(words), 20),
  ...one(14, 'list', 'quicklist', 42, length(2), str(ziplist(['1', '2'])), compressed(ziplist(words))),
  ...one(15, 'stream', 'stream', 3, stream(15)),
]
export const newSamples: readonly Sample[] = [
  ...packedAs(16, 'hash', 'hash in a listpack', listpack(words), 20),
  ...packedAs(
    16,
    'hash',
    'hash in a listpack that does not count',
    listpack([...words, 'y'.repeat(100), 'z'.repeat(20000)], 65535),
    21,
  ),
  ...packedAs(17, 'zset', 'zset in a listpack', listpack(words), 20),
  ...one(
    18,
    'list',
    'quicklist with both containers',
    41,
    length(2),
    length(1),
    str('p'.repeat(9000)),
    length(2),
    compressed(listpack(words)),
  ),
  ...one(19, 'stream', 'stream of 7.0', 3, stream(19)),
  ...packedAs(20, 'set', 'set in a listpack', listpack(words), 40),
  ...one(21, 'stream', 'stream of 7.2', 3, stream(21)),
]
/** Of Redis 7.4 and 8, fields that expire. */
export const expiringSamples: readonly Sample[] = [
  ...one(
    22,
    'hash',
    'hash of a release candidate',
    2,
    length(2),
    length(0),
    ...pair('a'),
    longLength(1700000000000n),
    ...pair('b'),
  ),
  ...packedAs(23, 'hash', 'listpack of a release candidate', listpack(words.slice(0, 39)), 13),
  ...one(
    24,
    'hash',
    'hash with fields that expire',
    2,
    le(1700000000000, 8),
    length(2),
    length(0),
    ...pair('a'),
    length(7),
    ...pair('b'),
  ),
  ...one(25, 'hash', 'listpack with fields that expire', 13, le(1700000000000, 8), str(listpack(words.slice(0, 39)))),
  ...one(
    25,
    'hash',
    'compressed listpack with fields that expire',
    13,
    le(1700000000000, 8),
    compressed(listpack(words.slice(0, 39))),
  ),
]
/** Of Redis 8.6 and 8.8. */
export const newestSamples: readonly Sample[] = [
  ...one(26, 'stream', 'stream of 8.6', 3, stream(26)),
  ...one(27, 'stream', 'stream of 8.8', 3, stream(27)),
]
export const valkeySamples: readonly Sample[] = [
  ...one(
    22,
    'hash',
    'hash with fields that expire, of Valkey',
    2,
    length(2),
    ...pair('a'),
    le(-1, 8),
    ...pair('b'),
    le(1700000000000, 8),
  ),
]

export const keysOf = (samples: readonly Sample[]): Buffer[] =>
  samples.map(({ code, value }, at) => keyWith(code, `key ${at}`, value))

/** All that a handler is told, as text. */
export function eventsOf(bytes: Uint8Array, chunk = bytes.length): string[] {
  const events: string[] = []
  let value: Buffer[] = []
  const handler: RdbHandler = {
    header: (version) => events.push(`version ${version}`),
    auxiliary: (name, text) => events.push(`${name}=${text}`),
    key: ({ database, type, code, key, expireAt, idleSeconds, frequency }) => {
      value = []
      events.push(JSON.stringify([database, type, code, key.toString(), expireAt, idleSeconds, frequency]))
    },
    value: (piece) => {
      value.push(Buffer.from(piece))
    },
    keyEnd: (_, elements) => events.push(`${elements} in ${Buffer.concat(value).toString('hex')}`),
    function: (name, serialized) => events.push(`${name} ${Buffer.from(serialized).toString('hex')}`),
  }
  const reader = new RdbReader([handler])
  for (let at = 0; at < bytes.length; at += chunk) {
    const piece = Uint8Array.from(bytes.subarray(at, at + chunk))
    reader.write(piece)
    piece.fill(0xee) // the chunk is its owner's again
  }
  const { checksum } = reader.end()
  return [...events, checksum]
}

/** What reading comes to: `agreed`, `absent`, or the kind of the failure. Throws whatever is no Failure. */
export function verdictOf(bytes: Uint8Array): { verdict: string; said: string; hint: string } {
  try {
    const reader = new RdbReader([])
    reader.write(bytes)
    return { verdict: reader.end().checksum, said: '', hint: '' }
  } catch (thrown) {
    const failure = thrown as { name?: string; kind?: string; message?: string; hint?: string }
    if (failure.name !== 'Failure') throw thrown
    return { verdict: failure.kind ?? '', said: failure.message ?? '', hint: failure.hint ?? '' }
  }
}
