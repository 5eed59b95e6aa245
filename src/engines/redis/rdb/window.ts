// The buffered bytes of an RDB, and readers for the tokens in them.
//
// Each token has a fast reader without a generator (`try…`, which returns false and consumes nothing if bytes are
// missing) and a generator that yields until more bytes have arrived. The caller of the generators calls `push` between
// two steps.
import { damaged } from './faults.ts'

/** A generator that yields if it needs more bytes. */
export type Resumable<T = void> = Generator<undefined, T, undefined>

const empty = new Uint8Array(0)

/** String encodings: plain bytes and LZF. 0, 1 and 2 are integers of 1, 2 and 4 bytes. */
export const plain = -1
export const lzf = 3

/** Up to this many bytes, a loop copies faster than a call. */
const shortCopy = 48

/** Maximum decompressed bytes for each byte of LZF: three bytes expand to at most 264. */
const mostExpansion = 88

export class Window {
  bytes: Uint8Array = empty
  /** Index of the next byte to read. */
  at = 0
  end = 0
  /** Index of the first byte of the current value that handlers have not received; -1 outside of values. */
  valueAt = -1
  /** The number that `tryLength` read; rounded beyond 2^53. */
  length = 0
  /** Encoding of the last length or string: `plain`, `lzf`, or 0, 1, 2 for integers. */
  encoding = plain
  /** Bytes of the string's body. */
  size = 0
  /** Bytes of the decompressed string; the same as `size` except for LZF. */
  unpacked = 0
  /** Bytes of the stream before the window. */
  #before = 0

  /** Bytes of the stream that have been read. */
  get offset(): number {
    return this.#before + this.at
  }

  /**
   * Sets the window to the unread bytes and `chunk`. Copies `chunk` only if unread bytes are left, from a token that
   * was cut.
   */
  push(chunk: Uint8Array): void {
    this.#before += this.at
    const left = this.end - this.at
    // Not a Buffer: its subarrays would also be Buffers, which take twice as long to create.
    if (left === 0) this.bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
    else {
      const joined = new Uint8Array(left + chunk.length)
      joined.set(this.bytes.subarray(this.at, this.end))
      joined.set(chunk, left)
      this.bytes = joined
    }
    this.at = 0
    this.end = left + chunk.length
  }

  /** Copies the unread bytes, which are always few, so that the owner of the chunk may reuse it. */
  release(): void {
    const left = this.bytes.slice(this.at, this.end)
    this.#before += this.at
    this.bytes = left
    this.at = 0
    this.end = left.length
  }

  /** Reads a length, or the encoding of a string. */
  tryLength(): boolean {
    const { bytes, at } = this
    const left = this.end - at
    if (left < 1) return false
    const first = bytes[at] as number
    this.encoding = plain
    if (first < 0x40) {
      this.length = first
      this.at = at + 1
      return true
    }
    if (first < 0x80) {
      if (left < 2) return false
      this.length = ((first & 0x3f) << 8) | (bytes[at + 1] as number)
      this.at = at + 2
      return true
    }
    if (first >= 0xc0) {
      this.length = 0
      this.encoding = first & 0x3f
      this.at = at + 1
      return true
    }
    return this.#tryLongLength(first, left)
  }

  #tryLongLength(first: number, left: number): boolean {
    if (first === 0x80) {
      if (left < 5) return false
      this.length = this.#bigEndian(this.at + 1)
      this.at += 5
      return true
    }
    if (first !== 0x81) throw damaged('a length with an unknown encoding', this.offset)
    if (left < 9) return false
    this.length = this.#bigEndian(this.at + 1) * 0x1_0000_0000 + this.#bigEndian(this.at + 5)
    this.at += 9
    return true
  }

  #bigEndian(at: number): number {
    const { bytes } = this
    const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    return (bytes[at] as number) * 0x100_0000 + low
  }

  /** Reads the head of a string: sets `encoding`, `size` and `unpacked`. */
  tryString(): boolean {
    const start = this.at
    if (!this.tryLength()) return false
    if (this.encoding === plain) {
      this.size = this.unpacked = this.length
      return true
    }
    if (this.encoding < lzf) {
      this.size = this.unpacked = 1 << this.encoding
      return true
    }
    if (this.encoding > lzf) throw damaged('a string with an unknown encoding', this.offset)
    if (this.#tryNumber()) {
      const size = this.length
      if (this.#tryNumber()) {
        this.size = size
        this.unpacked = this.length
        this.encoding = lzf
        if (this.unpacked > size * mostExpansion)
          throw damaged('a compressed string with an impossible length', this.offset)
        return true
      }
    }
    this.at = start
    return false
  }

  #tryNumber(): boolean {
    if (!this.tryLength()) return false
    if (this.encoding !== plain) throw damaged('an encoding in place of a length', this.offset)
    return true
  }

  /** Skips a string. */
  trySkipString(): boolean {
    const start = this.at
    if (!this.tryString()) return false
    if (this.size <= this.end - this.at) {
      this.at += this.size
      return true
    }
    this.at = start
    return false
  }

  /** Reads a length; throws for an encoding. */
  *number(): Resumable<number> {
    while (!this.#tryNumber()) yield
    return this.length
  }

  /** Reads a length of up to 64 bits exactly. */
  *wideNumber(): Resumable<bigint> {
    const rounded = yield* this.number()
    if (Number.isSafeInteger(rounded)) return BigInt(rounded)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.at - 8, 8).readBigUInt64BE()
  }

  /** Skips `count` lengths. */
  *numbers(count: number): Resumable {
    for (let done = 0; done < count; done++) yield* this.number()
  }

  *string(): Resumable {
    while (!this.tryString()) yield
  }

  *skipString(): Resumable {
    if (this.trySkipString()) return
    yield* this.string()
    yield* this.skip(this.size)
  }

  /** Waits until `count` bytes are in the window; only for small counts. */
  *need(count: number): Resumable {
    while (this.end - this.at < count) yield
  }

  *byte(): Resumable<number> {
    yield* this.need(1)
    return this.bytes[this.at++] as number
  }

  *skip(count: number): Resumable {
    let left = count
    while (left > this.end - this.at) {
      left -= this.end - this.at
      this.at = this.end
      yield
    }
    this.at += left
  }

  /** Copies `count` bytes, which must be in the window. */
  copy(count: number): Buffer {
    const copy = Buffer.allocUnsafe(count)
    const { bytes, at } = this
    if (count > shortCopy) copy.set(bytes.subarray(at, at + count))
    else for (let index = 0; index < count; index++) copy[index] = bytes[at + index] as number
    this.at = at + count
    return copy
  }

  /** Copies `count` bytes. Allocates memory only for bytes that have arrived. */
  *take(count: number): Resumable<Buffer> {
    if (count <= this.end - this.at) return this.copy(count)
    const pieces: Uint8Array[] = []
    let left = count
    while (left > 0) {
      yield* this.need(1)
      const size = Math.min(left, this.end - this.at)
      pieces.push(this.bytes.slice(this.at, this.at + size))
      this.at += size
      left -= size
    }
    return Buffer.concat(pieces)
  }
}
