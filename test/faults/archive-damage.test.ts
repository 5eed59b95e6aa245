// Damaged archives of pg_dump: truncated or changed at every byte, or with false lengths.
import { describe, expect, test, vi } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { TocReader } from '../../src/engines/postgres/archive/toc.ts'
import { fixture, int, outcome, read, tocBytes } from '../engines/postgres/archive/archives.ts'

vi.setConfig({ testTimeout: 120_000 })

describe.each([15, 17, 18])('archive of pg_dump %i', (major) => {
  const tiny = fixture(`tiny-${major}.dump`)
  const good = read(tiny)

  test('an archive truncated at any byte is refused', () => {
    for (let end = 0; end < tiny.length; end++) {
      expect(
        outcome(() => read(tiny.subarray(0, end))),
        `cut at ${end}`,
      ).toBeInstanceOf(Failure)
    }
  })

  test('an archive with bytes after its end is refused', () => {
    for (const more of [[0], [1], [1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0], new Array(5000).fill(0), [...tiny]])
      expect(outcome(() => read(Buffer.concat([tiny, Buffer.from(more)])))).toBeInstanceOf(Failure)
  })

  test('an archive with any byte changed is refused or has another fingerprint, without a crash', () => {
    const data = tocBytes(tiny)
    for (let at = 0; at < tiny.length; at++)
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(tiny)
        bytes[at] = (bytes[at] as number) ^ flip
        const result = outcome(() => read(bytes))
        if (at >= data) expect(result, `byte ${at} ^ ${flip}`).not.toEqual(good)
      }
  })

  test('an archive with any byte of its data removed or doubled is refused or has another fingerprint', () => {
    for (let at = tocBytes(tiny); at < tiny.length; at++) {
      const without = Buffer.concat([tiny.subarray(0, at), tiny.subarray(at + 1)])
      const doubled = Buffer.concat([tiny.subarray(0, at + 1), tiny.subarray(at)])
      for (const bytes of [without, doubled])
        expect(
          outcome(() => read(bytes)),
          `byte ${at}`,
        ).not.toEqual(good)
    }
  })
})

const header = fixture('tiny-15.dump').subarray(0, 11)
const noTime = Buffer.concat(Array.from({ length: 7 }, () => int(0)))

describe('archive with false lengths', () => {
  const sentence = (bytes: Buffer) => {
    const result = outcome(() => read(bytes))
    return result instanceof Failure ? result.message : undefined
  }

  test('a string of two gigabytes in the table of contents is refused at once', () => {
    const bytes = Buffer.concat([header, int(0), noTime, int(0x7fffffff)])
    expect(sentence(bytes)).toBe('the archive is damaged at byte 52: invalid length of a text: 2147483647 bytes')
  })

  test('a string of 200 MB in the table of contents allocates no memory before its bytes arrive', () => {
    const reader = new TocReader()
    reader.push(Buffer.concat([header, int(0), noTime, int(200_000_000)]))
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 100; i++) reader.push(Buffer.alloc(1000))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000)
  })

  test.each([-1, 50_000_001, 0xffffffff])('a table of contents with %i entries is refused', (count) => {
    const bytes = Buffer.concat([header, int(0), noTime, int(-1), int(-1), int(-1), int(count)])
    expect(sentence(bytes)).toContain('invalid number of entries in its table of contents')
  })

  test('a data block of more than two gigabytes is refused', () => {
    const tiny = fixture('tiny-15.dump')
    const bytes = Buffer.from(tiny)
    bytes.writeUInt32LE(0xfffffff0, tocBytes(tiny) + 7)
    expect(sentence(bytes)).toContain('invalid length of a data chunk: 4294967280 bytes')
  })

  test('a data block longer than the archive is refused as truncated', () => {
    const tiny = fixture('tiny-15.dump')
    const bytes = Buffer.from(tiny)
    bytes.writeUInt32LE(0x7fffffff, tocBytes(tiny) + 7)
    expect(sentence(bytes)).toContain('it ends within the data of TABLE DATA public.a')
  })

  test('a file that is not an archive is refused with the reason', () => {
    expect(sentence(Buffer.from('--\n-- PostgreSQL database dump\n'))).toContain('does not begin with PGDMP')
    expect(sentence(Buffer.alloc(0))).toContain('it ends within its table of contents')
  })
})

test('the time to read a table of contents does not depend on the size of the chunks it arrives in', () => {
  const tiny = fixture('tiny-15.dump')
  const count = 9_000
  const head = Buffer.concat([tiny.subarray(0, 11), int(0), noTime, int(-1), int(-1), int(-1), int(count)])
  const text = (value: string) => Buffer.concat([int(value.length), Buffer.from(value)])
  const none = int(-1)
  const entry = Buffer.concat([
    ...[int(0), text('0'), text('0'), text('t'), text('TABLE'), int(2), text('x'.repeat(2000)), none, none],
    ...[text('public'), none, none, text('me'), text('false'), text('1'), none, Buffer.alloc(9, 3)],
  ])
  const bytes = Buffer.concat([head, ...Array.from({ length: count }, (_, index) => [int(index + 1), entry]).flat()])
  const cost = (chunk: number) => {
    const before = process.cpuUsage()
    const print = read(bytes, chunk)
    const { user, system } = process.cpuUsage(before)
    expect(print.known && print.entries.length).toBe(count)
    return (user + system) / 1000
  }
  cost(bytes.length)
  // Reading from the start again for each chunk would cost thousands of times as much.
  expect(cost(1000)).toBeLessThan(20 * cost(bytes.length) + 500)
})
