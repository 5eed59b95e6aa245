// The digests of a stored file, out of one SHA-256 over its bytes: that of the whole, and that of each prefix which
// ends with a chunk.
import { createHash } from 'node:crypto'
import { chunkBytes } from '../domain/backups/chunks.ts'

export interface StoredDigest {
  readonly bytes: number
  /** SHA-256 (hex) of the whole. */
  readonly sha256: string
  /** SHA-256 (hex) of the bytes up to the end of each chunk but the last; absent for a file of one chunk. */
  readonly prefixes?: readonly string[]
}

/** One hash with a copy of its state at the end of each chunk, so the prefixes cost no second hash. */
export class PrefixDigest {
  readonly #digest = createHash('sha256')
  readonly #prefixes: string[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      // Only with more to come is a chunk known not to be the last.
      const inChunk = this.#bytes % chunkBytes
      if (inChunk === 0 && this.#bytes > 0) this.#prefixes.push(this.soFar())
      const length = Math.min(bytes.length - at, chunkBytes - inChunk)
      this.#digest.update(at === 0 && length === bytes.length ? bytes : bytes.subarray(at, at + length))
      this.#bytes += length
      at += length
    }
  }

  /** SHA-256 (hex) of the bytes until now. */
  soFar(): string {
    return this.#digest.copy().digest('hex')
  }

  finish(): StoredDigest {
    const prefixes = this.#prefixes
    return { bytes: this.#bytes, sha256: this.#digest.digest('hex'), ...(prefixes.length > 0 && { prefixes }) }
  }
}
