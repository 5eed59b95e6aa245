// A digest of rows that does not depend on their order, for tables whose rows a restore may reorder.
import { createHash } from 'node:crypto'

const newline = 0x0a
const modulus = 1n << 256n

/**
 * The sum of the SHA-256 of each row (with its newline) modulo 2^256. Slower than a plain digest, so it is used only
 * for tables that need it.
 */
export class RowSum {
  #sum = 0n
  #open: Uint8Array[] = []

  /** Adds bytes of COPY text. The caller may reuse the buffer afterwards. */
  update(bytes: Uint8Array): void {
    let from = 0
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
      this.#row(bytes.subarray(from, at + 1))
      from = at + 1
    }
    if (from < bytes.length) this.#open.push(Uint8Array.from(bytes.subarray(from))) // copies; Buffer.slice would not
  }

  #row(end: Uint8Array): void {
    const hash = createHash('sha256')
    for (const part of this.#open) hash.update(part)
    this.#open = []
    this.#sum = (this.#sum + BigInt(`0x${hash.update(end).digest('hex')}`)) % modulus
  }

  /** Returns 64 hexadecimal digits. Every row must have ended with its newline. */
  digest(): string {
    return this.#sum.toString(16).padStart(64, '0')
  }
}
