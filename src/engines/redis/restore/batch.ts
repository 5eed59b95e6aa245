// Commands written one after the other into bytes that are used again, without an object for each.
import type { Expected, QueuedCommand } from './pipe.ts'

/** Bytes of a batch; a command that is longer gets one of its own. */
export const batchSize = 64 << 10

const most = 32

/** Byte buffers that were used, for the next ones. */
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
  /** Where the command with this number begins. */
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

  /** Reads the commands again: what each is about stands after its name. Fast if the numbers ascend. */
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

  /** Bytes that are commands already. */
  raw(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#size)
    this.#size += bytes.length
  }

  /** A bulk string. */
  bulk(bytes: Uint8Array): void {
    this.bulkOf(bytes.length)
    this.raw(bytes)
    this.lineEnd()
  }

  /** The head of a bulk string of this many bytes. */
  bulkOf(length: number): void {
    this.#buffer[this.#size++] = dollar
    this.#digits(length)
    this.lineEnd()
  }

  /** A whole number, not negative, as a bulk string. */
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
