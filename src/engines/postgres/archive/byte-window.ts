// A buffer for the bytes of an archive that were received but not parsed yet, with reads of single values.
import { damagedAt } from './damage.ts'

/** Thrown by reads of a `ByteWindow` that lacks bytes. The caller calls `rewind` and waits for more bytes. */
export const underrun = Symbol('underrun')

/** Bytes of an integer without its sign byte: the size of C's int on all platforms of PostgreSQL. */
export const intBytes = 4
/** Maximum bytes of a text. PostgreSQL's limit is 1 GB; definitions in a catalog are much shorter. */
const longestText = 256 * 1024 * 1024

/**
 * A growing buffer over a stream. Reads throw `underrun` if bytes are missing. `mark` sets the position to which
 * `rewind` returns; bytes before it may be discarded. Memory grows with the bytes received, never with a length that
 * the stream contains.
 */
export class ByteWindow {
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #at = 0
  #end = 0
  /** Offset in the stream of the window's byte 0. */
  #origin: number
  #needed = 0
  /** Bytes of a file offset, from the header of the archive. */
  offsetSize = 8
  /** Decodes texts; UTF-8 unless the archive names another encoding. */
  decode: (bytes: Buffer) => string = (bytes) => bytes.toString('utf8')

  constructor(offset = 0) {
    this.#origin = offset
  }

  /** Appends bytes. Returns false if the last read that threw `underrun` would throw again. */
  append(chunk: Uint8Array): boolean {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
    return this.#end >= this.#needed
  }

  #makeRoom(more: number): void {
    const kept = this.#end - this.#start
    const size = kept + more <= this.#bytes.length / 2 ? this.#bytes.length : Math.max(2 * (kept + more), 1 << 17)
    const bytes = size === this.#bytes.length ? this.#bytes : Buffer.allocUnsafe(size)
    this.#bytes.copy(bytes, 0, this.#start, this.#end)
    this.#bytes = bytes
    this.#origin += this.#start
    this.#needed -= this.#start
    this.#at -= this.#start
    this.#end = kept
    this.#start = 0
  }

  /** Offset in the stream of the next byte to read. */
  get offset(): number {
    return this.#origin + this.#at
  }

  mark(): void {
    this.#start = this.#at
  }

  rewind(): void {
    this.#at = this.#start
  }

  /** Frees the memory. No reads are possible afterwards. */
  release(): void {
    this.#bytes = Buffer.alloc(0)
    this.#start = this.#at = this.#end = 0
  }

  /** Bytes after the last `mark`. They share the memory of this buffer. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  #take(length: number): number {
    const from = this.#at
    if (from + length > this.#end) {
      this.#needed = from + length
      throw underrun
    }
    this.#at = from + length
    return from
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number
  }

  skip(length: number): void {
    this.#take(length)
  }

  latin1(length: number): string {
    const from = this.#take(length)
    return this.#bytes.toString('latin1', from, from + length)
  }

  /** A sign byte and the magnitude, least significant byte first (`WriteInt` in pg_backup_archiver.c). */
  int(): number {
    const sign = this.byte()
    if (sign > 1) throw damagedAt(this.offset - 1, `invalid sign byte of an integer: ${sign}`)
    const from = this.#take(intBytes)
    const magnitude = this.#bytes.readUInt32LE(from)
    if (sign === 1 && magnitude === 0) throw damagedAt(this.offset - intBytes - 1, 'invalid integer: minus zero')
    return sign === 1 ? -magnitude : magnitude
  }

  /** A length and that many bytes of text; a negative length means null (`WriteStr`). */
  text(): string | null {
    const length = this.int()
    if (length < 0) return null
    if (length > longestText) throw damagedAt(this.offset - intBytes, `invalid length of a text: ${length} bytes`)
    const from = this.#take(length)
    return this.decode(this.#bytes.subarray(from, from + length))
  }
}
