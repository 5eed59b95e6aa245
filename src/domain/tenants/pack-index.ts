// The index of a pack, `tenants.csv`: a line for each tenant and each table in which it has rows.
import { encodedName } from './encoded-name.ts'

export const indexFile = 'tenants.csv'
export const indexHeader = 'tenant,file,rows,offset,bytes,sha256\n'

/** Rows of one tenant in a CSV of a pack. */
export interface PackSlice {
  /** Path of the CSV in the ZIP. */
  readonly file: string
  readonly rows: number
  /** Where the rows begin, in bytes from the start of the CSV. */
  readonly offset: number
  readonly bytes: number
  /** SHA-256 (hex) of these bytes. */
  readonly sha256: string
}

/** SHA-256, at most 20 digits in all three numbers, five commas and a newline. */
const fixedLineBytes = 90

/** Maximum bytes of a line. */
export function lineBytes(tenant: string, file: string): number {
  return encodedName(tenant).length + Buffer.byteLength(file) + fixedLineBytes
}

/** Builds the index of a pack while the pack is written. */
export class PackIndex {
  readonly #lines = [indexHeader]
  readonly #bytes = new Map<string, number>()

  add(tenant: string, { file, rows, offset, bytes, sha256 }: PackSlice): void {
    // The ID is percent-encoded, so no field needs quotes.
    this.#lines.push(`${encodedName(tenant)},${file},${rows},${offset},${bytes},${sha256}\n`)
    this.#bytes.set(file, this.rowBytesOf(file) + bytes)
  }

  /** Bytes of all rows in a CSV. */
  rowBytesOf(file: string): number {
    return this.#bytes.get(file) ?? 0
  }

  text(): string {
    return this.#lines.join('')
  }
}
