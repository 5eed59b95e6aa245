// Splits streamed CSV of COPY into rows, and reads single fields.

const quote = 0x22
const newline = 0x0a
const comma = 0x2c

/** Called with one row: `bytes` from `start` up to `end`, newline included. Valid only during the call. */
type OnRow = (bytes: Buffer, start: number, end: number) => void

/** Splits a stream of CSV, as PostgreSQL's COPY writes it, into rows. A newline inside quotes does not end a row. */
export class CsvRows {
  readonly #onRow: OnRow
  /** The beginning of an incomplete row. */
  #open: Buffer[] = []
  /** The incomplete row has an odd number of quotes so far. */
  #quoted = false
  rows = 0

  constructor(onRow: OnRow) {
    this.#onRow = onRow
  }

  push(chunk: Buffer): void {
    let start = 0
    let nextQuote = this.#quoted ? 0 : chunk.indexOf(quote)
    while (start < chunk.length) {
      let end = nextQuote === start ? -1 : chunk.indexOf(newline, start)
      if (nextQuote !== -1 && (end === -1 || end > nextQuote)) {
        end = this.#endBehindQuotes(chunk, nextQuote)
        nextQuote = end === -1 ? -1 : chunk.indexOf(quote, end)
      }
      if (end === -1) break
      this.#row(chunk, start, end + 1)
      start = end + 1
    }
    // The caller may reuse the chunk afterwards.
    if (start < chunk.length) this.#open.push(Buffer.from(chunk.subarray(start)))
  }

  /**
   * Returns the index of the newline that ends the row; -1 if it is not in this chunk. Reads byte by byte: JSON has a
   * quote every few bytes, and a call of `indexOf` costs as much as a hundred bytes.
   */
  #endBehindQuotes(chunk: Buffer, from: number): number {
    let quoted = this.#quoted
    let at = from
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (byte === quote) quoted = !quoted
      else if (byte === newline && !quoted) break
    }
    this.#quoted = quoted
    return at < chunk.length ? at : -1
  }

  /** Throws if the stream has ended within a row. */
  end(): void {
    if (this.#open.length > 0) throw new Error('the CSV ends within a row')
  }

  #row(chunk: Buffer, start: number, end: number): void {
    this.rows += 1
    if (this.#open.length === 0) {
      this.#onRow(chunk, start, end)
      return
    }
    const whole = Buffer.concat([...this.#open, chunk.subarray(start, end)])
    this.#open = []
    this.#onRow(whole, 0, whole.length)
  }
}

/** Returns where the first field of a row ends: at its comma or, in a row of one field, at its newline. */
export function endOfFirstField(bytes: Buffer, start: number, end: number): number {
  let at = start
  if (bytes[at] === quote) {
    at = bytes.indexOf(quote, at + 1)
    while (at !== -1 && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2)
    return at + 1
  }
  at = bytes.indexOf(comma, at)
  return at === -1 || at >= end ? end - 1 : at
}

/** Returns the text of a CSV field without its quotes; undefined for NULL. */
export function fieldText(field: string): string | undefined {
  if (field === '') return undefined
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field
}
