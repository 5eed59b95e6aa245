// RDBs by hand, for tests: every type that Redis 2.6 to 8 and Valkey 9 write, small.
import { Crc64 } from '../../../src/engines/redis/rdb/crc64.ts'

export const length = (count: number): Buffer => {
  if (count < 64) return Buffer.of(count)
  if (count < 16384) return Buffer.of(0x40 | (count >> 8), count & 0xff)
  const long = Buffer.alloc(5, 0x80)
  long.writeUInt32BE(count, 1)
  return long
}
/** A length of 8 bytes, however small. */
export const longLength = (count: bigint): Buffer => {
  const long = Buffer.alloc(9, 0x81)
  long.writeBigUInt64BE(count, 1)
  return long
}
export const str = (text: string | Buffer): Buffer =>
  Buffer.concat([length(Buffer.byteLength(text)), Buffer.from(text)])
export const le = (number: number | bigint, size: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(number))
  return bytes.subarray(0, size)
}

/** LZF, by trying: literal runs, and references to the last 8 KB. */
function lzf(text: Buffer): Buffer {
  const out: Buffer[] = []
  let literal = 0
  const flush = (end: number) => {
    for (let at = end - literal; at < end; at += 32) {
      const run = text.subarray(at, Math.min(end, at + 32))
      out.push(Buffer.of(run.length - 1), run)
    }
    literal = 0
  }
  for (let at = 0; at < text.length; ) {
    const from = at < 3 ? -1 : text.subarray(Math.max(0, at - 8000), at + 2).lastIndexOf(text.subarray(at, at + 3), -3)
    const back = from < 0 || at + 3 > text.length ? 0 : at - Math.max(0, at - 8000) - from
    let size = 0
    while (back > 0 && size < 264 && at + size < text.length && text[at + size - back] === text[at + size]) size++
    if (size < 3) {
      literal++
      at++
      continue
    }
    flush(at)
    const [short, far] = [size - 2, back - 1]
    out.push(
      short < 7
        ? Buffer.of((short << 5) | (far >> 8), far & 0xff)
        : Buffer.of(0xe0 | (far >> 8), short - 7, far & 0xff),
    )
    at += size
  }
  flush(text.length)
  return Buffer.concat(out)
}
export const compressed = (text: Buffer): Buffer => {
  const body = lzf(text)
  return Buffer.concat([Buffer.of(0xc3), length(body.length), length(text.length), body])
}

/** `count`: what the header says, 65535 where it does not know. */
export function listpack(entries: readonly string[], count = entries.length): Buffer {
  const body = entries.map((text) => {
    const [size, at] = [Buffer.byteLength(text), Buffer.from(text)]
    const head =
      size < 64
        ? Buffer.of(0x80 | size)
        : size < 4096
          ? Buffer.of(0xe0 | (size >> 8), size & 0xff)
          : Buffer.concat([Buffer.of(0xf0), le(size, 4)])
    return Buffer.concat([head, at, backwards(head.length + size)])
  })
  const all = Buffer.concat([...body, Buffer.of(0xff)])
  return Buffer.concat([le(all.length + 6, 4), le(count, 2), all])
}
function backwards(size: number): Buffer {
  if (size <= 127) return Buffer.of(size)
  if (size < 16383) return Buffer.of(size >> 7, (size & 127) | 128)
  return Buffer.of(size >> 14, ((size >> 7) & 127) | 128, (size & 127) | 128)
}

/** Small integers are kept as such, so that ziplists have both. */
export function ziplist(entries: readonly string[], count = entries.length): Buffer {
  let before = 0
  const body = entries.map((text) => {
    const size = Buffer.byteLength(text)
    const previous = before < 254 ? Buffer.of(before) : Buffer.concat([Buffer.of(254), le(before, 4)])
    const entry = /^\d$/.test(text)
      ? Buffer.concat([previous, Buffer.of(0xf1 + Number(text))])
      : Buffer.concat([
          previous,
          size < 64 ? Buffer.of(size) : Buffer.of(0x40 | (size >> 8), size & 0xff),
          Buffer.from(text),
        ])
    before = entry.length
    return entry
  })
  const all = Buffer.concat([...body, Buffer.of(0xff)])
  return Buffer.concat([le(all.length + 10, 4), le(10, 4), le(count, 2), all])
}
export const intset = (numbers: readonly number[]): Buffer =>
  Buffer.concat([le(2, 4), le(numbers.length, 4), ...numbers.map((number) => le(number, 2))])
export const zipmap = (pairs: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat([
    Buffer.of(Math.min(254, pairs.length)),
    ...pairs.flatMap(([field, value]) => [
      Buffer.of(field.length),
      Buffer.from(field),
      Buffer.of(value.length, 2),
      Buffer.from(`${value}..`),
    ]),
    Buffer.of(0xff),
  ])

/**
 * `layout`: 15, 19, 21, 26 or 27. One node, one group with one entry pending at one consumer, one idempotent producer.
 */
export function stream(layout: number): Buffer {
  const more = layout === 15 ? [] : [5, 1, 5, 2, 7].map(length)
  return Buffer.concat([
    ...[
      length(1),
      str(Buffer.alloc(16, 1)),
      str(listpack(['3', '0', '1', 'f', '0'])),
      length(3),
      length(5),
      length(3),
      ...more,
    ],
    ...[length(1), str('group'), length(5), length(1), ...(layout === 15 ? [] : [longLength(2n ** 64n - 1n)])],
    ...[length(1), Buffer.alloc(16, 2), le(1700000000000, 8), length(1)],
    ...[length(1), str('consumer'), le(1700000000000, 8), ...(layout >= 21 ? [le(1700000000001, 8)] : [])],
    ...[length(1), Buffer.alloc(16, 2)],
    ...(layout === 27 ? [length(1), Buffer.alloc(16, 2)] : []),
    ...(layout >= 26
      ? [length(100), length(100), length(1), str('producer'), length(1), str('once'), length(5), length(3)]
      : []),
    ...(layout >= 26 ? [length(1), length(0)] : []),
  ])
}
export const moduleParts = Buffer.concat([
  ...[
    length(2),
    length(77),
    length(1),
    longLength(2n ** 60n),
    length(3),
    le(0, 4),
    length(4),
    le(0, 8),
    length(5),
    str('of the module'),
    length(0),
  ],
])

export const library = '#!lua name=mylib\nredis.register_function("f", function() return 1 end)'
export const auxiliary = (name: string, value: Buffer): Buffer => Buffer.concat([Buffer.of(250), str(name), value])

/** With a checksum that is right, or none. */
export function rdb(parts: readonly Buffer[], { magic = 'REDIS0012', checksum = true } = {}): Buffer {
  const content = Buffer.concat([Buffer.from(magic), ...parts, Buffer.of(255)])
  const crc = new Crc64()
  crc.update(content)
  return Buffer.concat([content, checksum ? crc.digest() : Buffer.alloc(8)])
}
export const keyWith = (code: number, name: string | Buffer, value: Buffer): Buffer =>
  Buffer.concat([Buffer.of(code), str(name), value])
