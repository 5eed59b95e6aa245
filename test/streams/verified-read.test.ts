import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { chunkBytes } from '../../src/domain/backups/chunks.ts'
import { PrefixDigest, type StoredDigest } from '../../src/streams/prefix-digest.ts'
import { openVerified, readBack } from '../../src/streams/verified-read.ts'
import { memoryStore } from '../support/memory-store.ts'

const whole = randomBytes(2 * chunkBytes + 1000)
const digestOfWhole = digestOf(whole)
const { signal } = new AbortController()

function digestOf(content: Buffer): StoredDigest {
  const digest = new PrefixDigest()
  digest.update(content)
  return digest.finish()
}

/** What was passed on of `stored` by a reader that expects `expected`, and how it ended. */
async function readThrough(stored: Buffer, expected = digestOfWhole): Promise<{ passed: Buffer; failure?: string }> {
  const store = memoryStore()
  store.objects.set('a/b', { content: stored, modified: new Date() })
  const pieces: Buffer[] = []
  try {
    for await (const piece of await openVerified(store, 'a/b', expected, signal)) pieces.push(piece as Buffer)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    expect(code).toBe('store/object-damaged')
    return { passed: Buffer.concat(pieces), failure: message }
  }
  return { passed: Buffer.concat(pieces) }
}

function flipped(at: number): Buffer {
  const bytes = Buffer.from(whole)
  bytes[at] = (bytes[at] as number) ^ 1
  return bytes
}

describe('a verified stream', () => {
  test.each([0, 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, whole.length])(
    'passes on all of %i bytes',
    async (bytes) => {
      const content = whole.subarray(0, bytes)
      const { passed, failure } = await readThrough(content, digestOf(content))
      expect(failure).toBeUndefined()
      expect(passed.equals(content)).toBe(true)
    },
  )

  test.each([
    ['a flipped bit at the start', () => flipped(0), 0, 'chunk 1 of 3'],
    ['a flipped bit at the end of the first chunk', () => flipped(chunkBytes - 1), 0, 'chunk 1 of 3'],
    ['a flipped bit at the start of the second chunk', () => flipped(chunkBytes), 1, 'chunk 2 of 3'],
    ['a flipped bit in the last chunk', () => flipped(whole.length - 1), 2, 'chunk 3 of 3'],
    [
      'two chunks in each other’s place',
      () =>
        Buffer.concat([
          whole.subarray(chunkBytes, 2 * chunkBytes),
          whole.subarray(0, chunkBytes),
          whole.subarray(2 * chunkBytes),
        ]),
      0,
      'chunk 1 of 3',
    ],
    ['a missing byte', () => whole.subarray(0, -1), 2, `has ${whole.length - 1} bytes, not ${whole.length}`],
    ['a missing chunk', () => whole.subarray(0, chunkBytes), 1, `has ${chunkBytes} bytes, not ${whole.length}`],
    ['one byte too many', () => Buffer.concat([whole, Buffer.alloc(1)]), 2, `has more than ${whole.length} bytes`],
    ['nothing', () => Buffer.alloc(0), 0, 'has 0 bytes'],
  ])('%s: nothing of that chunk is passed on', async (_, stored, chunks, message) => {
    const { passed, failure } = await readThrough(stored())
    expect(failure).toContain('a/b in memory')
    expect(failure).toContain(message)
    expect(passed.equals(whole.subarray(0, chunks * chunkBytes))).toBe(true)
  })

  test('a manifest without the digests between cannot make it pass on more', async () => {
    const { prefixes: _, ...bare } = digestOfWhole
    expect((await readThrough(whole, bare)).passed.length).toBe(0)
  })

  test('a missing file is an integrity failure', async () => {
    await expect(openVerified(memoryStore(), 'a/b', digestOfWhole, signal)).rejects.toMatchObject({
      code: 'store/object-missing',
    })
  })
})

test('reading back finds the same and tells the bytes read', async () => {
  const store = memoryStore()
  store.objects.set('a/b', { content: whole, modified: new Date() })
  let seen = 0
  await readBack(store, 'a/b', digestOfWhole, signal, (bytes) => {
    seen = bytes
  })
  expect(seen).toBe(whole.length)
  const other = { ...digestOfWhole, sha256: createHash('sha256').digest('hex') }
  await expect(readBack(store, 'a/b', other, signal)).rejects.toMatchObject({ code: 'store/object-damaged' })
})
