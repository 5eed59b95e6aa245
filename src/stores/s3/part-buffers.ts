// The buffers of an upload: a fixed number that are filled, sent and reused.

/** Provides at most `most` buffers at a time. Their pages use no memory until they are written to. */
export class PartBuffers {
  readonly #most: number
  readonly #free: Buffer[] = []
  #out = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A buffer of at least `bytes`, or undefined while all are in use. */
  take(bytes: number): Buffer | undefined {
    if (this.#out >= this.#most) return undefined
    this.#out += 1
    const buffer = this.#free.pop()
    // Not from Node's pool, and not zeroed, so that the kernel allocates pages only as they are filled.
    return buffer && buffer.length >= bytes ? buffer : Buffer.allocUnsafeSlow(bytes)
  }

  give(buffer: Buffer): void {
    this.#out -= 1
    this.#free.push(buffer)
  }

  /** Releases all free buffers. */
  clear(): void {
    this.#free.length = 0
  }
}
