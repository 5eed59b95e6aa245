// Counts the rows and computes the SHA-256 of a COPY stream.
import { createHash, type Hash } from 'node:crypto'
import type { Failure } from '../../../domain/failures/failure.ts'
import { RowSum } from './row-sum.ts'

/** What pg_dump writes after a table's rows: the end of COPY data and two empty lines. */
const end = Buffer.from('\\.\n\n\n')
const newline = 0x0a
/** Bytes to buffer before they are hashed and counted, because a call per row would be slow. */
const scratchBytes = 128 * 1024
/** Maximum bytes that a loop copies faster than a call. */
const shortCopy = 24

export interface CopyFingerprint {
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  /** Only with `sumRows`: the sum of the rows' digests, which does not depend on their order. */
  readonly rowSum?: string
}

/**
 * Digests the data of one table after another. COPY's text format escapes newlines in values, so every newline ends a
 * row, wherever chunks begin and end.
 */
export class CopyDigest {
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes)
  readonly #words = new Int32Array(this.#scratch.buffer, 0, scratchBytes / 4)
  #fill = 0
  #hash: Hash = createHash('sha256')
  #sum: RowSum | undefined
  #rows = 0
  #bytes = 0
  #last = newline

  /** Begins a table. `sumRows` makes it several times slower. */
  begin({ sumRows }: { sumRows: boolean }): void {
    this.#hash = createHash('sha256')
    this.#sum = sumRows ? new RowSum() : undefined
    this.#fill = 0
    this.#rows = 0
    this.#bytes = 0
    this.#last = newline
  }

  /** Adds bytes `from` to `to` of a chunk. They are copied, so the caller may reuse the chunk. */
  add(chunk: Uint8Array, from: number, to: number): void {
    const length = to - from
    const fill = this.#fill
    if (length <= shortCopy && fill + length <= scratchBytes) {
      const scratch = this.#scratch
      for (let i = 0; i < length; i++) scratch[fill + i] = chunk[from + i] as number
      this.#fill = fill + length
      return
    }
    this.#addLong(chunk, from, to)
  }

  #addLong(chunk: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; ) {
      if (this.#fill === scratchBytes) this.#flush()
      const length = Math.min(to - at, scratchBytes - this.#fill)
      Buffer.prototype.copy.call(chunk, this.#scratch, this.#fill, at, at + length)
      this.#fill += length
      at += length
    }
  }

  /** Ends a table. Throws the Failure that `damage` returns if the data does not end as pg_dump ends it. */
  finish(damage: (what: string) => Failure): CopyFingerprint {
    const closing = this.#fill - end.length
    if (closing < 0 || end.compare(this.#scratch, closing, this.#fill) !== 0)
      throw damage('the data of a table does not end with \\.')
    this.#flush()
    if (this.#last !== newline) throw damage("a table's last row has no newline")
    const sum = this.#sum && { rowSum: this.#sum.digest() }
    return { rows: this.#rows, bytes: this.#bytes, sha256: this.#hash.digest('hex'), ...sum }
  }

  /** Hashes and counts all bytes except the last few, which may be the end marker. */
  #flush(): void {
    const ready = this.#fill - end.length
    if (ready <= 0) return
    const bytes = this.#scratch.subarray(0, ready)
    this.#hash.update(bytes)
    this.#sum?.update(bytes)
    this.#rows += countNewlines(this.#scratch, this.#words, ready)
    this.#bytes += ready
    this.#last = this.#scratch[ready - 1] as number
    this.#scratch.copyWithin(0, ready, this.#fill)
    this.#fill = end.length
  }
}

/** Counts newlines in the first `length` bytes, four bytes at a time, because most words contain none. */
function countNewlines(bytes: Uint8Array, words: Int32Array, length: number): number {
  let count = 0
  const whole = length >> 2
  for (let i = 0; i < whole; i++) {
    const word = (words[i] as number) ^ 0x0a0a0a0a
    // Sets the highest bit of each byte that is zero. This is exact, unlike the shorter formula with a subtraction.
    const zeros = ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f)
    if (zeros !== 0) count += (zeros >>> 31) + ((zeros >>> 23) & 1) + ((zeros >>> 15) & 1) + ((zeros >>> 7) & 1)
  }
  for (let i = whole * 4; i < length; i++) if (bytes[i] === newline) count++
  return count
}
