// Buffers the value of a key between RDB and RESTORE: its length and checksum must be known before its first byte is
// sent.
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Crc64 } from '../rdb/crc64.ts'

/** Bytes; larger values wait in a file. */
const largest = 8 << 20
const piece = 256 << 10

/** Gathers one value after the other. Reuses its memory for the next value, unless `take` was called. */
export class ValueGatherer {
  readonly #path: string
  readonly #crc = new Crc64()
  readonly #code = new Uint8Array(1)
  #bytes = Buffer.allocUnsafeSlow(piece)
  #filled = 0
  #file: number | undefined
  #spilled = 0

  constructor(folder: string) {
    this.#path = join(folder, 'value')
  }

  /** Begins a value of this type byte or opcode. */
  begin(code: number): void {
    this.#dropFile()
    this.#code[0] = code
    this.#filled = 0
    this.#crc.reset()
    this.#crc.update(this.#code)
    this.#add(this.#code)
  }

  add(bytes: Uint8Array): void {
    this.#crc.update(bytes)
    this.#add(bytes)
  }

  /** Adds the version of the RDB format, and the checksum of everything before it. */
  end(version: number): void {
    const footer = Buffer.from([version & 0xff, version >>> 8])
    this.add(footer)
    this.#add(this.#crc.digest())
  }

  /** Bytes of the payload, after `end`. */
  get length(): number {
    return this.#spilled + this.#filled
  }

  /** The whole payload if it fits into memory; valid until the next `begin`. */
  get bytes(): Uint8Array | undefined {
    return this.#file === undefined ? this.#bytes.subarray(0, this.#filled) : undefined
  }

  /** Returns the whole payload, in pieces that the caller may keep. */
  take(): Iterable<Uint8Array> {
    const bytes = this.#bytes.subarray(0, this.#filled)
    this.#bytes = Buffer.allocUnsafeSlow(piece)
    this.#filled = 0
    const file = this.#file
    const length = this.#spilled
    this.#file = undefined
    this.#spilled = 0
    return file === undefined ? [bytes] : piecesOf(file, length, bytes)
  }

  close(): void {
    this.#dropFile()
  }

  #add(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > largest) this.#spill()
    if (this.#filled + bytes.length > this.#bytes.length) this.#grow(this.#filled + bytes.length)
    this.#bytes.set(bytes, this.#filled)
    this.#filled += bytes.length
  }

  #grow(size: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(largest, Math.max(size, this.#bytes.length * 2)))
    grown.set(this.#bytes.subarray(0, this.#filled))
    this.#bytes = grown
  }

  #spill(): void {
    this.#file ??= openNameless(this.#path)
    this.#spilled += writeAll(this.#file, this.#bytes.subarray(0, this.#filled))
    this.#filled = 0
  }

  #dropFile(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
    this.#spilled = 0
  }
}

function* piecesOf(file: number, length: number, rest: Uint8Array): Generator<Uint8Array> {
  try {
    for (let at = 0; at < length; ) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(piece, length - at))
      const read = readSync(file, bytes, 0, bytes.length, at)
      if (read === 0) throw new Error('a temporary file has become shorter')
      at += read
      yield bytes.subarray(0, read)
    }
    yield rest
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  return bytes.length
}

/** Opens an unlinked file, which disappears when it is closed or the process ends. */
function openNameless(path: string): number {
  const file = openSync(path, 'wx+', 0o600)
  rmSync(path)
  return file
}
