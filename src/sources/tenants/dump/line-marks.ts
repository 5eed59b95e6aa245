// Lines that begin with `\.` in CSV as it streams by: psql before 18 takes a line of only that for the end of the rows.

const mark = Buffer.from('\n\\.')

/** Whether such a line was seen, whatever stands in quotes. The first line has no newline before it, and is a header. */
export class LineMarks {
  found = false
  /** The end of the chunk before. */
  #last = Buffer.alloc(0)

  push(chunk: Buffer): void {
    if (this.found || chunk.length === 0) return
    const seam = Buffer.concat([this.#last, chunk.subarray(0, mark.length - 1)])
    this.found = seam.includes(mark) || chunk.includes(mark)
    // The chunk may be reused once this returns.
    this.#last = Buffer.concat([this.#last, chunk.subarray(-(mark.length - 1))]).subarray(-(mark.length - 1))
  }
}
