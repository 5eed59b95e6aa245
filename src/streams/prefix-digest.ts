// Computes the SHA-256 of a stored file and of each of its prefixes that ends with a chunk, in one pass.
import { createHash } from 'node:crypto'
import { chunkBytes } from '../domain/backups/chunks.ts'

export interface StoredDigest {
  readonly bytes: number
  /** SHA-256 (hex) of the whole file. */
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
      // A chunk is known not to be the last only if more bytes follow.
      const inChunk = this.#bytes % chunkBytes
      if (inChunk === 0 && this.#bytes > 0) this.#prefixes.push(this.soFar())
      const length = Math.min(bytes.length - at, chunkBytes - inChunk)
      this.#digest.update(at === 0 && length === bytes.length ? bytes : bytes.subarray(at, at + length))
      this.#bytes += length
      at += length
    }
  }

  /** SHA-256 (hex) of the bytes so far. */
  soFar(): string {
    return this.#digest.copy().digest('hex')
  }

  finish(): StoredDigest {
    const prefixes = this.#prefixes
    return { bytes: this.#bytes, sha256: this.#digest.digest('hex'), ...(prefixes.length > 0 && { prefixes }) }
  }
}
