// The bytes of an RDB that are at hand, and the tokens in them.
//
// Each token has a quick way without a generator (`try…`, false and nothing consumed where its bytes are not all at
// hand) and a patient one that yields until more bytes have come. Whoever drives the generators calls `push` between
// two steps.
import { damaged } from './faults.ts'

/** Resumed as soon as there are more bytes. */
export type Resumable<T = void> = Generator<undefined, T, undefined>

const empty = new Uint8Array(0)

/** String encodings beside plain bytes: integers of 1, 2 and 4 bytes, and LZF. */
export const plain = -1
export const lzf = 3

/** Up to as many bytes a loop copies faster than a call does. */
const shortCopy = 48

/**
 * No string of Redis is longer than this many bytes for each byte that LZF stores: three bytes stand for 264 at most.
 */
const mostExpansion = 88

export class Window {
  bytes: Uint8Array = empty
  /** Next byte to be read. */
  at = 0
  end = 0
  /** Where what has not been handed on of the value under way begins; -1 outside of values. */
  valueAt = -1
  /** The number that tryLength read; beyond 2^53 it is rounded. */
  length = 0
  /** Of the last length or string: `plain`, `lzf`, or 0, 1, 2 for integers. */
  encoding = plain
  /** Bytes of the string's body. */
  size = 0
  /** Bytes of the string when it is unpacked: as `size` but for LZF. */
  unpacked = 0
  /** Bytes before the window. */
  #before = 0

  /** Bytes of the stream that have been read. */
  get offset(): number {
    return this.#before + this.at
  }

  /**
   * The window becomes what has not been read, and `chunk`. Copies nothing of `chunk` unless a token is cut by its
   * beginning.
   */
  push(chunk: Uint8Array): void {
    this.#before += this.at
    const left = this.end - this.at
    // No Buffer: pieces of it would be Buffers too, and these take twice the time to make.
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

  /** What has not been read is kept as a copy: the chunk belongs to its owner again. Always few bytes. */
  release(): void {
    const left = this.bytes.slice(this.at, this.end)
    this.#before += this.at
    this.bytes = left
    this.at = 0
    this.end = left.length
  }

  /** A length, or the encoding of a string. */
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

  /** Everything of a string before its body: sets encoding, size, unpacked. */
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

  /** A string, unread. */
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

  /** A length that is no encoding. */
  *number(): Resumable<number> {
    while (!this.#tryNumber()) yield
    return this.length
  }

  /** A length of up to 64 bits, exact. */
  *wideNumber(): Resumable<bigint> {
    const rounded = yield* this.number()
    if (Number.isSafeInteger(rounded)) return BigInt(rounded)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.at - 8, 8).readBigUInt64BE()
  }

  /** As many lengths. */
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

  /** Until as many bytes are at hand; only for few. */
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

  /** A copy of as many bytes, which are at hand. */
  copy(count: number): Buffer {
    const copy = Buffer.allocUnsafe(count)
    const { bytes, at } = this
    if (count > shortCopy) copy.set(bytes.subarray(at, at + count))
    else for (let index = 0; index < count; index++) copy[index] = bytes[at + index] as number
    this.at = at + count
    return copy
  }

  /** A copy. Takes memory only for what has come, whatever `count` says. */
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
