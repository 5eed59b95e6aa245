// Memory in small pages, chained per owner: thousands of growing buffers would leave as much garbage as they contain
// data.

/** Bytes per page, for a few rows. With a hundred thousand owners, most have one page that is almost empty. */
const pageBytes = 2048
const pagesPerSlab = 512

/** Chains of pages, one per owner. Released pages are reused; the memory of slabs is never freed. */
export class Pages {
  readonly #slabs: Buffer[] = []
  #next = new Int32Array(0)
  /** First free page, or -1. */
  #free = -1
  readonly #head: Int32Array
  readonly #tail: Int32Array
  readonly #bytes: Float64Array
  #used = 0

  constructor(owners: number) {
    this.#head = new Int32Array(owners).fill(-1)
    this.#tail = new Int32Array(owners).fill(-1)
    this.#bytes = new Float64Array(owners)
  }

  /** Bytes of all pages that have an owner. */
  get used(): number {
    return this.#used * pageBytes
  }

  bytesOf(owner: number): number {
    return this.#bytes[owner] as number
  }

  /** Copies bytes to the end of the owner's chain. */
  add(owner: number, bytes: Buffer, start: number, end: number): void {
    let filled = this.#bytes[owner] as number
    let page = this.#tail[owner] as number
    for (let at = start; at < end; ) {
      const within = filled % pageBytes
      if (within === 0) page = this.#append(owner)
      const taken = Math.min(pageBytes - within, end - at)
      bytes.copy(this.#slabOf(page), (page % pagesPerSlab) * pageBytes + within, at, at + taken)
      at += taken
      filled += taken
    }
    this.#bytes[owner] = filled
  }

  /** Returns the owner's bytes in order, valid until `release`. Adjacent pages are one piece. */
  piecesOf(owner: number): Buffer[] {
    const pieces: Buffer[] = []
    let left = this.#bytes[owner] as number
    for (let page = this.#head[owner] as number; left > 0; ) {
      const from = page
      let length = 0
      do {
        length += Math.min(pageBytes, left - length)
        page = this.#next[page] as number
      } while (length < left && page === from + Math.ceil(length / pageBytes) && page % pagesPerSlab !== 0)
      const offset = (from % pagesPerSlab) * pageBytes
      pieces.push(this.#slabOf(from).subarray(offset, offset + length))
      left -= length
    }
    return pieces
  }

  /** Releases the owner's pages. */
  release(owner: number): void {
    for (let page = this.#head[owner] as number; page !== -1; ) {
      const next = this.#next[page] as number
      this.#next[page] = this.#free
      this.#free = page
      this.#used -= 1
      page = next
    }
    this.#head[owner] = -1
    this.#tail[owner] = -1
    this.#bytes[owner] = 0
  }

  #append(owner: number): number {
    if (this.#free === -1) this.#addSlab()
    const page = this.#free
    this.#free = this.#next[page] as number
    this.#next[page] = -1
    const last = this.#tail[owner] as number
    if (last === -1) this.#head[owner] = page
    else this.#next[last] = page
    this.#tail[owner] = page
    this.#used += 1
    return page
  }

  #addSlab(): void {
    const first = this.#slabs.length * pagesPerSlab
    this.#slabs.push(Buffer.allocUnsafeSlow(pagesPerSlab * pageBytes))
    if (first + pagesPerSlab > this.#next.length) {
      const next = new Int32Array(Math.max(16 * pagesPerSlab, this.#next.length * 2))
      next.set(this.#next)
      this.#next = next
    }
    for (let page = first; page < first + pagesPerSlab; page += 1) this.#next[page] = page + 1
    this.#next[first + pagesPerSlab - 1] = this.#free
    this.#free = first
  }

  #slabOf(page: number): Buffer {
    return this.#slabs[Math.floor(page / pagesPerSlab)] as Buffer
  }
}
