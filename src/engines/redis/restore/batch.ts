// Encodes commands into reused buffers, without an object for each command.
import type { Expected, QueuedCommand } from './pipe.ts'

/** Bytes of a batch; a longer command gets a separate batch. */
export const batchSize = 64 << 10

const most = 32

/** A pool of used buffers. */
export class Buffers {
  readonly #free: Buffer[] = []

  take(size: number): Buffer {
    return (size <= batchSize ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(size, batchSize))
  }

  give(buffer: Buffer): void {
    if (buffer.length === batchSize && this.#free.length < most) this.#free.push(buffer)
  }
}

const [carriageReturn, lineFeed, dollar, zero] = [0x0d, 0x0a, 0x24, 0x30]

export class Batch implements QueuedCommand {
  readonly expected: Expected[] = []
  readonly #buffers: Buffers
  readonly #buffer: Buffer
  #size = 0
  /** Number of a command and the offset at which it begins. */
  #read = { command: 0, at: 0 }

  constructor(buffers: Buffers, size = batchSize) {
    this.#buffers = buffers
    this.#buffer = buffers.take(size)
  }

  get bytes(): number {
    return this.#size
  }

  hasRoomFor(size: number): boolean {
    return this.#size + size <= this.#buffer.length
  }

  *pieces(): Iterable<Uint8Array> {
    if (this.#size > 0) yield this.#buffer.subarray(0, this.#size)
  }

  /** The key of a command, read from the buffer: it follows the command's name. Fast if the numbers ascend. */
  nameAt(number: number): Uint8Array {
    if (number < this.#read.command) this.#read = { command: 0, at: 0 }
    let { command, at } = this.#read
    const line = () => {
      const end = this.#buffer.indexOf('\r\n', at)
      const value = Number(this.#buffer.toString('latin1', at + 1, end))
      at = end + 2
      return value
    }
    for (; at < this.#size; command++) {
      if (command === number) this.#read = { command, at }
      const parts = line()
      for (let part = 0; part < parts; part++) {
        const length = line()
        if (command === number && part === 1) return this.#buffer.subarray(at, at + length)
        at += length + 2
      }
    }
    return new Uint8Array(0)
  }

  done(): void {
    this.#buffers.give(this.#buffer)
  }

  /** Appends encoded bytes. */
  raw(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#size)
    this.#size += bytes.length
  }

  /** Appends a bulk string. */
  bulk(bytes: Uint8Array): void {
    this.bulkOf(bytes.length)
    this.raw(bytes)
    this.lineEnd()
  }

  /** Appends the head of a bulk string of this many bytes. */
  bulkOf(length: number): void {
    this.#buffer[this.#size++] = dollar
    this.#digits(length)
    this.lineEnd()
  }

  /** Appends a non-negative integer as a bulk string. */
  number(value: number): void {
    this.bulkOf(digitsOf(value))
    this.#digits(value)
    this.lineEnd()
  }

  lineEnd(): void {
    this.#buffer[this.#size++] = carriageReturn
    this.#buffer[this.#size++] = lineFeed
  }

  #digits(value: number): void {
    const count = digitsOf(value)
    let left = value
    for (let at = this.#size + count - 1; at >= this.#size; at--) {
      const next = Math.floor(left / 10)
      this.#buffer[at] = zero + (left - next * 10)
      left = next
    }
    this.#size += count
  }
}

function digitsOf(value: number): number {
  let count = 1
  for (let power = 10; value >= power; power *= 10) count++
  return count
}
