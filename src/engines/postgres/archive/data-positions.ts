// Writes the positions of the data into the table of contents of a custom archive on disk. pg_dump omits them when it
// writes to a pipe.
import { type FileHandle, open } from 'node:fs/promises'
import { damagedAt } from './damage.ts'
import type { TocReader } from './toc.ts'

const largeObjectsBlock = 3
/** A sign byte and four bytes: `WriteInt` of pg_dump. */
const numberBytes = 5
/** Bytes read at once. */
const pieceBytes = 1 << 20
/** K_OFFSET_POS_SET, and the size of the position that follows it: `WriteOffset` of pg_dump. */
const positionKnown = 2
const positionBytes = 8

/**
 * Finds the data and writes its positions into the file's table of contents, as pg_dump does when it writes to a file.
 * Without positions, each worker of pg_restore reads all data that precedes its own, row by row. `toc` must have read
 * the file's table of contents. Does nothing if file offsets do not have 8 bytes. Throws a Failure (integrity) if the
 * blocks do not match the table of contents.
 */
export async function notePositions(path: string, toc: TocReader): Promise<void> {
  const { entries, positionFields, end, offsetSize } = toc
  if (offsetSize !== positionBytes) return
  const withData = new Set(entries.flatMap(({ dumpId, hadData }) => (hadData ? [dumpId] : [])))
  const file = await open(path, 'r+')
  try {
    const found = await findData(file, end, withData)
    const contents = Buffer.allocUnsafe(end)
    await file.read(contents, 0, end, 0)
    for (const [index, { dumpId }] of entries.entries()) {
      const [position, field] = [found.get(dumpId), positionFields[index]]
      if (position === undefined || field === undefined) continue
      contents[field] = positionKnown
      contents.writeBigUInt64LE(BigInt(position), field + 1)
    }
    await file.write(contents, 0, end, 0)
  } finally {
    await file.close()
  }
}

/** Returns positions by dump ID. `from` is the offset of the first block; `BlockReader` describes the blocks. */
async function findData(file: FileHandle, from: number, awaited: Set<number>): Promise<Map<number, number>> {
  const numbers = new Numbers(file, from)
  const found = new Map<number, number>()
  while (found.size < awaited.size) {
    const position = numbers.at
    const type = await numbers.byte()
    const dumpId = await numbers.next()
    if (!awaited.has(dumpId) || found.has(dumpId)) throw damagedAt(position, `unexpected data for entry ${dumpId}`)
    found.set(dumpId, position)
    if (type !== largeObjectsBlock) await numbers.skipChunks()
    else while ((await numbers.next()) !== 0) await numbers.skipChunks()
  }
  return found
}

/** Reads the integers of a file through a buffer, and skips the data between them. */
class Numbers {
  /** Offset in the file of the next byte. */
  at: number
  readonly #file: FileHandle
  readonly #piece = Buffer.allocUnsafeSlow(pieceBytes)
  #start = 0
  #end = 0

  constructor(file: FileHandle, at: number) {
    this.#file = file
    this.at = at
  }

  async byte(): Promise<number> {
    await this.#have(1)
    this.at += 1
    return this.#piece[this.at - 1 - this.#start] as number
  }

  /** Reads an integer and ignores its sign byte. */
  async next(): Promise<number> {
    await this.#have(numberBytes)
    this.at += numberBytes
    return this.#piece.readUInt32LE(this.at - numberBytes + 1 - this.#start)
  }

  /**
   * Skips data chunks, each after its length, and the length of 0 after them. The inner loop: a chunk is often one row.
   */
  async skipChunks(): Promise<void> {
    for (;;) {
      if (this.at + numberBytes > this.#end) await this.#have(numberBytes)
      const length = this.#piece.readUInt32LE(this.at + 1 - this.#start)
      if (this.#piece[this.at - this.#start] !== 0) throw damagedAt(this.at, 'a data chunk has a negative length')
      this.at += numberBytes + length
      if (length === 0) return
    }
  }

  async #have(bytes: number): Promise<void> {
    if (this.at + bytes <= this.#end) return
    this.#start = this.at
    this.#end = this.at
    while (this.#end < this.at + bytes) {
      const filled = this.#end - this.#start
      const { bytesRead } = await this.#file.read(this.#piece, filled, pieceBytes - filled, this.#end)
      if (bytesRead === 0) throw damagedAt(this.#end, 'it ends within its data')
      this.#end += bytesRead
    }
  }
}
