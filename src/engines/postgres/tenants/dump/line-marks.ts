// Detects lines that begin with `\.` in streamed CSV: psql before 18 treats a line that is only `\.` as the end of the
// data.

const mark = Buffer.from('\n\\.')

/** Reports in `found` whether there was such a line, also inside quotes. Ignores the first line, the header. */
export class LineMarks {
  found = false
  /** The end of the previous chunk. */
  #last = Buffer.alloc(0)

  push(chunk: Buffer): void {
    if (this.found || chunk.length === 0) return
    const seam = Buffer.concat([this.#last, chunk.subarray(0, mark.length - 1)])
    this.found = seam.includes(mark) || chunk.includes(mark)
    // The caller may reuse the chunk afterwards.
    this.#last = Buffer.concat([this.#last, chunk.subarray(-(mark.length - 1))]).subarray(-(mark.length - 1))
  }
}
