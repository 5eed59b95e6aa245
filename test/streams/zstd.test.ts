import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { compress, decompress } from '../../src/streams/zstd.ts'

const stream = (content: Buffer): Readable => Readable.from([content], { objectMode: false })
const read = async (output: Readable): Promise<Buffer> => Buffer.concat(await output.toArray())

describe.each(['child', 'node'] as const)('zstd by %s', (engine) => {
  test.each([0, 1, 5_000_000])('gives %i bytes back as they were', async (size) => {
    const content = Buffer.concat([randomBytes(Math.floor(size / 2)), Buffer.alloc(Math.ceil(size / 2), 'a')])
    const packed = await read(compress(stream(content), 3, engine).output)
    expect((await read(decompress(stream(packed)).output)).equals(content)).toBe(true)
  })

  test('what is read long after it was ready is all there', async () => {
    const later = async (output: Readable) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      return read(output)
    }
    const packed = await later(compress(stream(Buffer.from('hello')), 3, engine).output)
    expect((await later(decompress(stream(packed)).output)).toString()).toBe('hello')
  })

  test('a source that breaks is the failure that is told, not the compressor’s', async () => {
    const broken = async function* () {
      yield Buffer.alloc(1_000_000)
      throw new Failure('tool', 'pg_dump died')
    }
    const { output, done } = compress(Readable.from(broken(), { objectMode: false }), 3, engine)
    await expect(read(output)).rejects.toMatchObject({ message: 'pg_dump died' })
    await expect(done).rejects.toMatchObject({ message: 'pg_dump died' })
  })
})

describe('what is damaged', () => {
  const packed = async (): Promise<Buffer> => read(compress(stream(randomBytes(500_000)), 3).output)

  test('a truncated stream is refused', async () => {
    const whole = await packed()
    await expect(read(decompress(stream(whole.subarray(0, whole.length - 100))).output)).rejects.toMatchObject({
      kind: 'integrity',
    })
  })

  test('a flipped byte is refused', async () => {
    const whole = await packed()
    whole[1000] = (whole[1000] ?? 0) ^ 0xff
    await expect(read(decompress(stream(whole)).output)).rejects.toMatchObject({ kind: 'integrity' })
  })

  test('what is no zstd at all is refused', async () => {
    await expect(read(decompress(stream(Buffer.from('hello, hello, hello'))).output)).rejects.toMatchObject({ kind: 'integrity' })
  })
})
