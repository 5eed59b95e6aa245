// The bytes of an archive that arrived and are not understood yet, read value by value.
import { damagedAt } from './damage.ts'

/** Thrown by the reads of a `ByteWindow` that ran into the end of what has arrived; `rewind` and wait for more. */
export const underrun = Symbol('underrun')

/** Bytes of an integer, without its sign: C's int wherever PostgreSQL runs. */
export const intBytes = 4
/** Longest text accepted. PostgreSQL's own limit is 1 GB; no definition in a catalogue comes near this. */
const longestText = 256 * 1024 * 1024

/**
 * A growing window over a stream. Reads throw `underrun` when bytes are missing; `mark` says up to where
 * everything is understood, and after `rewind` reading starts there again.
 * Memory follows the bytes that arrived, never a length that the stream claims.
 */
export class ByteWindow {
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #at = 0
  #end = 0
  /** Offset in the stream of the window's byte 0. */
  #origin: number
  #needed = 0
  /** Bytes of a file offset, as the header says. */
  offsetSize = 8
  /** Decodes texts; UTF-8 unless the archive says otherwise. */
  decode: (bytes: Buffer) => string = (bytes) => bytes.toString('utf8')

  constructor(offset = 0) {
    this.#origin = offset
  }

  /** Adds bytes; false as long as a read that ran short would still run short. */
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

  /** Lets go of the memory; nothing can be read any more. */
  release(): void {
    this.#bytes = Buffer.alloc(0)
    this.#start = this.#at = this.#end = 0
  }

  /** What is left after the last `mark`; it shares the window's memory. */
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

  /** A length and as many bytes of text; a negative length is null (`WriteStr`). */
  text(): string | null {
    const length = this.int()
    if (length < 0) return null
    if (length > longestText) throw damagedAt(this.offset - intBytes, `invalid length of a text: ${length} bytes`)
    const from = this.#take(length)
    return this.decode(this.#bytes.subarray(from, from + length))
  }
}
