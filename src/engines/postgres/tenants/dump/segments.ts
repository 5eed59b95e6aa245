// The places of rows in a spool file: a linked list of segments for each tenant.

/** A part of the file. */
export interface Piece {
  readonly offset: number
  readonly length: number
}

interface Segment extends Piece {
  readonly table: number
  readonly rows: number
}

/** Segments in typed arrays: an object for each would use five times the memory. */
export class Segments {
  #count = 0
  #whole = new Uint32Array(4 * 1024)
  #offsets = new Float64Array(1024)

  add({ table, offset, length, rows }: Segment): number {
    if (this.#count === this.#offsets.length) this.#grow()
    const at = this.#count
    this.#count += 1
    this.#whole.set([table, length, rows, 0], at * 4)
    this.#offsets[at] = offset
    return at
  }

  get(at: number): Segment {
    const from = at * 4
    return {
      table: this.#whole[from] as number,
      offset: this.#offsets[at] as number,
      length: this.#whole[from + 1] as number,
      rows: this.#whole[from + 2] as number,
    }
  }

  /** Index of the next segment in the list, or -1. */
  next(at: number): number {
    return (this.#whole[at * 4 + 3] as number) - 1
  }

  link(from: number, to: number): void {
    this.#whole[from * 4 + 3] = to + 1
  }

  #grow(): void {
    const whole = new Uint32Array(this.#whole.length * 2)
    whole.set(this.#whole)
    this.#whole = whole
    const offsets = new Float64Array(this.#offsets.length * 2)
    offsets.set(this.#offsets)
    this.#offsets = offsets
  }
}
