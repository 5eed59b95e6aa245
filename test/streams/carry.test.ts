import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { chunkBytes } from '../../src/domain/backups/chunks.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { AllStoresFailed, type WriteRequest, writeToStores } from '../../src/streams/write-to-stores.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'

const request = (content: Buffer, stores: MemoryStore[], more: Partial<WriteRequest> = {}): WriteRequest => ({
  source: Readable.from(pieces(content), { objectMode: false }),
  key: 'a/b',
  estimate: content.length,
  destinations: stores.map((store) => ({ store })),
  compression: { method: 'none' },
  signal: new AbortController().signal,
  onProgress: () => {},
  ...more,
})

function* pieces(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
}

describe('carrying a stream to stores', () => {
  test('each gets every byte, and the digest is that of what is stored', async () => {
    const content = randomBytes(3_500_000)
    const stores = [memoryStore(), memoryStore(), memoryStore()]
    const carried = await writeToStores(request(content, stores))
    for (const store of stores) expect(store.objects.get('a/b')?.content.equals(content)).toBe(true)
    expect(carried).toMatchObject({
      bytes: content.length,
      contentBytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    })
  })

  test('counts content before compression and bytes after it, and tells progress', async () => {
    const store = memoryStore()
    const seen: number[] = []
    const compression = { method: 'zstd', level: 1 } as const
    const carried = await writeToStores(
      request(Buffer.alloc(2_000_000), [store], { compression, onProgress: (bytes) => seen.push(bytes) }),
    )
    expect(carried.contentBytes).toBe(2_000_000)
    expect(carried.bytes).toBe(store.objects.get('a/b')?.content.length)
    expect(carried.bytes).toBeLessThan(10_000)
    expect(seen.at(-1)).toBe(2_000_000)
  })

  test('more than one chunk has the digest of each prefix too', async () => {
    const content = randomBytes(chunkBytes + 1)
    const { prefixes } = await writeToStores(request(content, [memoryStore()]))
    expect(prefixes).toEqual([createHash('sha256').update(content.subarray(0, chunkBytes)).digest('hex')])
  })

  test('an empty stream makes an empty object', async () => {
    const store = memoryStore()
    await writeToStores(request(Buffer.alloc(0), [store], { source: Readable.from([], { objectMode: false }) }))
    expect(store.objects.get('a/b')?.content.length).toBe(0)
  })

  test('a store that fails midway is marked and aborted, the other is whole', async () => {
    const content = randomBytes(3_500_000)
    const stores = [memoryStore({ failWrite: 2 }), memoryStore()]
    const wanted = request(content, stores)
    const carried = await writeToStores(wanted)
    expect(wanted.destinations.map((destination) => carried.written.has(destination))).toEqual([false, true])
    expect(wanted.destinations[0]?.failure?.code).toBe('s3/unreachable')
    expect([stores[0]?.objects.size, stores[0]?.unfinished.size]).toEqual([0, 0])
  })

  test('with no store left it throws', async () => {
    await expect(writeToStores(request(randomBytes(100), [memoryStore({ failFinish: 1 })]))).rejects.toBeInstanceOf(
      AllStoresFailed,
    )
  })

  test('a source that fails aborts every writer', async () => {
    const stores = [memoryStore(), memoryStore()]
    const broken = async function* () {
      yield Buffer.alloc(2_000_000)
      throw new Failure('tool/failed', 'the source broke')
    }
    await expect(
      writeToStores(request(Buffer.alloc(0), stores, { source: Readable.from(broken(), { objectMode: false }) })),
    ).rejects.toMatchObject({ code: 'tool/failed' })
    for (const store of stores) expect([store.objects.size, store.unfinished.size]).toEqual([0, 0])
  })
})
