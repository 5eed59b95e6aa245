// What stands in for the package crc32-stream must do what that one does: the package itself says what is right.
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { finished } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { inflateRawSync, type ZlibOptions } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import * as ours from '../../src/streams/crc32-stream.ts'

const { resolve } = createRequire(import.meta.url)
const packaged = (await import(/* @vite-ignore */ pathToFileURL(resolve('crc32-stream')).href)) as typeof ours

type Summing = InstanceType<typeof ours.DeflateCRC32Stream | typeof ours.CRC32Stream>

/** Writes the pieces and reads all that comes. */
async function through(stream: Summing, pieces: readonly Buffer[]): Promise<Buffer> {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (const piece of pieces.slice(0, -1)) stream.write(piece)
  stream.end(pieces.at(-1))
  await finished(stream)
  return Buffer.concat(chunks)
}

const sizes = [0, 1, 1000, (16 << 10) - 1, 16 << 10, (16 << 10) + 1, (256 << 10) - 1, 256 << 10, (256 << 10) + 1]
const contents = sizes.flatMap((size) => [Buffer.alloc(size, '1,two,three\n'), randomBytes(size)])
const cut = (content: Buffer, at: number): Buffer[] => [content.subarray(0, at), content.subarray(at)]

test('it is not the package that is tested', () => {
  expect(packaged.DeflateCRC32Stream).not.toBe(ours.DeflateCRC32Stream)
})

describe.each<ZlibOptions>([{ level: 0 }, { level: 1 }, { level: 9 }, {}])('compressing with %j', (options) => {
  test.each(contents.map((content) => [content.length, content] as const))('%i bytes', async (_, content) => {
    for (const pieces of [[content], cut(content, 1), cut(content, 100_000)]) {
      const mine = new ours.DeflateCRC32Stream(options)
      const theirs = new packaged.DeflateCRC32Stream(options)
      const compressed = await through(mine, pieces)
      await through(theirs, pieces)
      expect(inflateRawSync(compressed).equals(content)).toBe(true)
      expect(mine.digest().equals(theirs.digest())).toBe(true)
      expect([mine.hex(), mine.digest('hex'), mine.size()]).toEqual([theirs.hex(), theirs.digest('hex'), theirs.size()])
      expect(mine.size(true)).toBe(compressed.length)
      expect(mine.size(true)).toBeLessThanOrEqual(theirs.size(true) + 32 + content.length / 100)
    }
  })
})

test('letting through', async () => {
  const content = randomBytes(1 << 20)
  const mine = new ours.CRC32Stream()
  const theirs = new packaged.CRC32Stream()
  expect((await through(mine, cut(content, 5))).equals(content)).toBe(true)
  await through(theirs, cut(content, 5))
  expect([mine.hex(), mine.size()]).toEqual([theirs.hex(), theirs.size()])
})

test('many at once do not get into each other', async () => {
  await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      const content = Buffer.alloc(20_000 + 5000 * at, `${at}\n`)
      const compressed = await through(new ours.DeflateCRC32Stream({ level: 1 + (at % 2) }), [content])
      expect(inflateRawSync(compressed).equals(content)).toBe(true)
    }),
  )
})

test('what is destroyed midway disturbs no other', async () => {
  const gone = new ours.DeflateCRC32Stream({ level: 1 })
  gone.end(Buffer.alloc(200_000, 'gone'))
  gone.destroy()
  const streamed = new ours.DeflateCRC32Stream({ level: 1 })
  streamed.write(Buffer.alloc(1 << 20, 'gone too'))
  streamed.destroy()
  const content = Buffer.alloc(200_000, 'stays')
  for (let round = 0; round < 3; round += 1) {
    const compressed = await through(new ours.DeflateCRC32Stream({ level: 1 }), [content])
    expect(inflateRawSync(compressed).equals(content)).toBe(true)
  }
})
