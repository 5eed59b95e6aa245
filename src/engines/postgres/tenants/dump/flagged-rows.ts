// Removes the last column, a flag, from streamed CSV of COPY, and counts the flagged rows.
import { CsvRows } from './csv-rows.ts'

const comma = 0x2c
const newline = 0x0a

/** Rows whose last column is `1` if they are flagged, else NULL. */
export class FlaggedRows {
  readonly #csv = new CsvRows((bytes, start, end) => this.#take(bytes, start, end))
  #out = Buffer.alloc(0)
  #filled = 0
  /** Bytes of an incomplete row. */
  #open = 0
  flagged = 0

  get rows(): number {
    return this.#csv.rows
  }

  /** Returns the rows that end in this chunk, without the flag. */
  push(chunk: Buffer): Buffer {
    this.#out = Buffer.allocUnsafe(this.#open + chunk.length)
    this.#filled = 0
    this.#open += chunk.length
    this.#csv.push(chunk)
    return this.#out.subarray(0, this.#filled)
  }

  /** Throws if the stream ended within a row. */
  end(): void {
    this.#csv.end()
  }

  #take(bytes: Buffer, start: number, end: number): void {
    this.#open -= end - start
    const flagged = bytes[end - 2] !== comma
    if (flagged) this.flagged += 1
    const length = end - start - (flagged ? 3 : 2)
    bytes.copy(this.#out, this.#filled, start, start + length)
    this.#filled += length
    this.#out[this.#filled] = newline
    this.#filled += 1
  }
}
