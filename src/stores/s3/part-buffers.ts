// The memory of an upload: a fixed number of buffers that are filled, sent and used again.

/** Hands out at most `most` buffers at a time. Their pages cost nothing until they are written to. */
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
    // Not from Node's pool, and not zeroed: the kernel gives pages as they are filled.
    return buffer && buffer.length >= bytes ? buffer : Buffer.allocUnsafeSlow(bytes)
  }

  give(buffer: Buffer): void {
    this.#out -= 1
    this.#free.push(buffer)
  }

  /** Lets go of all memory. */
  clear(): void {
    this.#free.length = 0
  }
}
