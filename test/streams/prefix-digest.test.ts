import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { chunkBytes, prefixCount } from '../../src/domain/backups/chunks.ts'
import { PrefixDigest } from '../../src/streams/prefix-digest.ts'

const content = randomBytes(2 * chunkBytes + 7)
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

function digested(bytes: Buffer, pieces: readonly number[]) {
  const digest = new PrefixDigest()
  let at = 0
  for (const length of pieces) {
    digest.update(bytes.subarray(at, at + length))
    at += length
  }
  digest.update(bytes.subarray(at))
  return digest.finish()
}

describe('digests of a stored file', () => {
  test.each([
    ['an empty file', 0],
    ['a file of one byte', 1],
    ['a file of exactly one chunk', chunkBytes],
    ['a file of one chunk and one byte', chunkBytes + 1],
    ['a file of exactly two chunks', 2 * chunkBytes],
    ['a file of two chunks and a rest', 2 * chunkBytes + 7],
  ])('%s has the digest of the whole, and one for each chunk before the last', (_, bytes) => {
    const file = content.subarray(0, bytes)
    const { prefixes = [], ...whole } = digested(file, [])
    expect(whole).toEqual({ bytes, sha256: sha256(file) })
    expect(prefixes).toEqual(
      Array.from({ length: prefixCount(bytes) }, (_, at) => sha256(file.subarray(0, (at + 1) * chunkBytes))),
    )
  })

  test('the pieces in which bytes arrive make no difference', () => {
    const whole = digested(content, [])
    expect(digested(content, [1, 100, chunkBytes - 101, 5])).toEqual(whole)
    expect(digested(content, [chunkBytes - 1, 2, chunkBytes])).toEqual(whole)
  })
})
