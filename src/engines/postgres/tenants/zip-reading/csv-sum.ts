// A digest of CSV rows that does not depend on their order: a faster variant of the archive's row sum, for tenants.
import { hash } from 'node:crypto'
import { CsvRows } from '../dump/csv-rows.ts'

const lanes = 8
/** Lanes of 32 bits are summed as doubles: after this many rows, carries must be propagated. */
const rowsBeforeCarry = 1 << 20

/** The sum of the SHA-256 of each row (with its newline) modulo 2^256. Bytes may be reused after `push`. */
export class CsvSum {
  readonly #sums = new Float64Array(lanes)
  readonly #rows = new CsvRows((bytes, start, end) => this.#add(bytes, start, end))
  #uncarried = 0

  get rows(): number {
    return this.#rows.rows
  }

  push(chunk: Buffer): void {
    this.#rows.push(chunk)
  }

  /** Returns 64 hexadecimal digits. Throws if the stream has ended within a row. */
  digest(): string {
    this.#rows.end()
    this.#propagateCarries()
    return [...this.#sums].map((lane) => lane.toString(16).padStart(8, '0')).join('')
  }

  #add(bytes: Buffer, start: number, end: number): void {
    // A string of 32 characters, because a Buffer for each row takes twice as long.
    const digest = hash('sha256', bytes.subarray(start, end), 'binary')
    const sums = this.#sums
    for (let lane = 0, at = 0; lane < lanes; lane += 1, at += 4) {
      const high = (digest.charCodeAt(at) << 8) | digest.charCodeAt(at + 1)
      const low = (digest.charCodeAt(at + 2) << 8) | digest.charCodeAt(at + 3)
      sums[lane] = (sums[lane] as number) + high * 65_536 + low
    }
    this.#uncarried += 1
    if (this.#uncarried === rowsBeforeCarry) this.#propagateCarries()
  }

  #propagateCarries(): void {
    let over = 0
    for (let lane = lanes - 1; lane >= 0; lane -= 1) {
      const sum = (this.#sums[lane] as number) + over
      over = Math.floor(sum / 2 ** 32)
      this.#sums[lane] = sum - over * 2 ** 32
    }
    this.#uncarried = 0
  }
}
