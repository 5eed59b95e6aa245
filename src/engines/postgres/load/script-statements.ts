// Finds single statements in a stream of a pg_dump script, never within rows, literals or function bodies.

const newline = 0x0a
const endOfRows = Buffer.from('\n\\.\n')
/**
 * Tokens that begin quoted text or a comment, or end a statement. pg_dump quotes every identifier that could contain
 * one.
 */
const opening = /(?<![\w$\x80-\xff])[eE]'|'|"|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$|--|;/g

/**
 * Statements begin at the beginning of a line, as pg_dump writes them. Bytes are read as Latin-1: every encoding of a
 * dump leaves ASCII unchanged. Memory is bounded by the longest line outside of rows and by the longest wanted
 * statement.
 */
export class ScriptStatements {
  readonly #isWanted: (firstLine: string) => boolean
  /** An incomplete line. */
  #parts: Uint8Array[] = []
  /** The last bytes of the rows so far; undefined outside of rows. */
  #rows: Buffer | undefined
  /** The token that ends the current quoted text; `E'` for a literal with escapes. */
  #quote: string | undefined
  #statement: { readonly isWanted: boolean; readonly isCopy: boolean; text: string } | undefined

  /** `isWanted` is called with the first line of each statement. */
  constructor(isWanted: (firstLine: string) => boolean) {
    this.#isWanted = isWanted
  }

  /** Returns the bytes that are complete, with each wanted statement replaced by the result of `rewrite`. */
  push(chunk: Uint8Array, rewrite: (statement: string) => string): Buffer {
    if (!this.#rows && !chunk.includes(newline)) {
      this.#parts.push(chunk)
      return Buffer.alloc(0)
    }
    const out: Uint8Array[] = []
    let rest = Buffer.concat([...this.#parts, chunk])
    this.#parts = []
    while (rest.length > 0) {
      if (this.#rows) {
        const end = this.#endOfRows(rest)
        out.push(rest.subarray(0, end))
        rest = rest.subarray(end)
        continue
      }
      const end = rest.indexOf(newline) + 1
      if (end === 0) {
        this.#parts.push(rest)
        break
      }
      out.push(this.#line(rest.toString('latin1', 0, end), rewrite))
      rest = rest.subarray(end)
    }
    return Buffer.concat(out)
  }

  /** Returns the remaining bytes at the end of the script. */
  end(rewrite: (statement: string) => string): Buffer {
    const line = this.#line(Buffer.concat(this.#parts).toString('latin1'), rewrite)
    const open = this.#statement?.isWanted ? this.#statement.text : ''
    return Buffer.concat([line, Buffer.from(open, 'latin1')])
  }

  #endOfRows(rest: Buffer): number {
    const before = this.#rows as Buffer
    const seam = Buffer.concat([before, rest.subarray(0, endOfRows.length)]).indexOf(endOfRows)
    const found = rest.indexOf(endOfRows)
    if (seam === -1 && found === -1) {
      this.#rows = Buffer.concat([before, rest.subarray(-3)]).subarray(-3)
      return rest.length
    }
    this.#rows = undefined
    return (seam === -1 ? found : seam - before.length) + endOfRows.length
  }

  #line(line: string, rewrite: (statement: string) => string): Buffer {
    if (!this.#statement && this.#quote === undefined && !/^\s*(?:--|$)/.test(line))
      this.#statement = { isWanted: this.#isWanted(line), isCopy: line.startsWith('COPY '), text: '' }
    const isOver = this.#endsStatement(line)
    const statement = this.#statement
    if (isOver) this.#statement = undefined
    if (isOver && statement?.isCopy && / FROM stdin;\s*$/.test(line)) this.#rows = Buffer.from('\n')
    if (!statement?.isWanted) return Buffer.from(line, 'latin1')
    statement.text += line
    return Buffer.from(isOver ? rewrite(statement.text) : '', 'latin1')
  }

  /** Whether the last semicolon outside of quotes ends the line. */
  #endsStatement(line: string): boolean {
    let isOver = false
    for (let at = 0; at < line.length; ) {
      if (this.#quote !== undefined) {
        at = endOfQuote(this.#quote, line, at)
        if (at === -1) return false
        this.#quote = undefined
        continue
      }
      opening.lastIndex = at
      const found = opening.exec(line)
      const end = found ? opening.lastIndex : line.length
      const text = line.slice(at, found?.index)
      if (text.trim() !== '') isOver = false
      if (!found || found[0] === '--') return isOver
      isOver = found[0] === ';'
      if (!isOver) this.#quote = found[0].length === 2 && found[0].endsWith("'") ? "E'" : found[0]
      at = end
    }
    return isOver
  }
}

/**
 * The position after the end of the quoted text; -1 if that is not in the line. A doubled quote ends one text and
 * begins another.
 */
function endOfQuote(quote: string, line: string, from: number): number {
  if (quote !== "E'") {
    const at = line.indexOf(quote, from)
    return at === -1 ? -1 : at + quote.length
  }
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1
    else if (line[at] === "'") {
      if (line[at + 1] !== "'") return at + 1
      at += 1
    }
  }
  return -1
}
