import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { compress, decompress, decompressInto } from '../../../src/streams/zstd/zstd.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resguardo-zstd-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The content of a file into which the zstd program was let decompress. */
async function intoFile(source: Readable, contentBytes: number): Promise<Buffer> {
  const path = join(folder, 'content')
  const file = await open(path, 'w')
  try {
    await decompressInto(file, source, contentBytes, 'the file', new AbortController().signal)
    return await readFile(path)
  } finally {
    await file.close()
  }
}

const stream = (content: Buffer): Readable => Readable.from([content], { objectMode: false })
const read = async (output: Readable): Promise<Buffer> => Buffer.concat(await output.toArray())

describe.each(['child', 'node'] as const)('zstd by %s', (engine) => {
  test.each([0, 1, 5_000_000])('gives %i bytes back as they were', async (size) => {
    const content = Buffer.concat([randomBytes(Math.floor(size / 2)), Buffer.alloc(Math.ceil(size / 2), 'a')])
    const packed = await read(compress(stream(content), 3, engine).output)
    expect((await read(decompress(stream(packed), content.length, 'the file', engine).output)).equals(content)).toBe(
      true,
    )
  })

  test('what is read long after it was ready is all there', async () => {
    const later = async (output: Readable) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      return read(output)
    }
    const packed = await later(compress(stream(Buffer.from('hello')), 3, engine).output)
    expect((await later(decompress(stream(packed), 5, 'the file', engine).output)).toString()).toBe('hello')
  })

  test('a source that breaks is the failure that is told, not the compressor’s', async () => {
    const broken = async function* () {
      yield Buffer.alloc(1_000_000)
      throw new Failure('tool/failed', 'pg_dump died')
    }
    const { output, done } = compress(Readable.from(broken(), { objectMode: false }), 3, engine)
    await expect(read(output)).rejects.toMatchObject({ message: 'pg_dump died' })
    await expect(done).rejects.toMatchObject({ message: 'pg_dump died' })
  })
})

describe.each(['child', 'node', 'file'] as const)('content that is not that of the manifest, by %s', (engine) => {
  const content = randomBytes(500_000)
  const packed = async (): Promise<Buffer> => read(compress(stream(content), 3).output)
  const unpacked = async (bytes: Buffer, contentBytes = content.length): Promise<Buffer> =>
    engine === 'file'
      ? intoFile(stream(bytes), contentBytes)
      : read(decompress(stream(bytes), contentBytes, 'the file', engine).output)

  test('a truncated stream is refused', async () => {
    const whole = await packed()
    await expect(unpacked(whole.subarray(0, whole.length - 100))).rejects.toMatchObject({
      code: 'backup/content-mismatch',
    })
  })

  test('a flipped byte is refused', async () => {
    const whole = await packed()
    whole[1000] = (whole[1000] ?? 0) ^ 0xff
    await expect(unpacked(whole)).rejects.toMatchObject({ code: 'backup/content-mismatch' })
  })

  test('what is no zstd at all is refused', async () => {
    await expect(unpacked(Buffer.from('hello, hello, hello'))).rejects.toMatchObject({
      code: 'backup/content-mismatch',
    })
  })

  test.each([
    ['shorter', content.length + 1, 'decompresses to 500000 bytes, not the 500001'],
    ['longer', content.length - 1, 'decompresses to more than the 499999'],
  ])('content that is %s than stated is refused', async (_, contentBytes, message) => {
    await expect(unpacked(await packed(), contentBytes)).rejects.toMatchObject({
      code: 'backup/content-mismatch',
      message: expect.stringContaining(message),
    })
  })

  test('a frame that asks for more than 128 MB of memory is refused', async () => {
    // Magic number, a window of 1 GiB, one raw block of five bytes that is the last.
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 20 << 3, 0x29, 0, 0]), Buffer.from('hello')])
    await expect(unpacked(frame, 5)).rejects.toMatchObject({ code: 'backup/content-mismatch' })
  })
})

describe('decompressed into a file', () => {
  test.each([0, 1, 5_000_000])('%i bytes are as they were', async (size) => {
    const content = Buffer.concat([randomBytes(Math.floor(size / 2)), Buffer.alloc(Math.ceil(size / 2), 'a')])
    const packed = await read(compress(stream(content), 3).output)
    expect((await intoFile(stream(packed), size)).equals(content)).toBe(true)
  })

  test('content beyond what is stated does not get to the disk', async () => {
    const packed = await read(compress(stream(Buffer.alloc(50_000_000)), 3).output)
    await expect(intoFile(stream(packed), 1000)).rejects.toMatchObject({
      code: 'backup/content-mismatch',
      message: expect.stringContaining('decompresses to more than the 1000'),
    })
    expect((await stat(join(folder, 'content'))).size).toBeLessThanOrEqual(1024)
  })

  test('a source that breaks is the failure', async () => {
    const packed = await read(compress(stream(randomBytes(300_000)), 3).output)
    async function* broken() {
      yield packed.subarray(0, 200_000)
      throw new Failure('store/object-damaged', 'a chunk is damaged')
    }
    const source = Readable.from(broken(), { objectMode: false })
    await expect(intoFile(source, 300_000)).rejects.toMatchObject({ code: 'store/object-damaged' })
  })
})
