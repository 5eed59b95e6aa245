// Removes duplicate key names in bounded memory: SCAN may return a name twice, and Redis refuses an RDB with a
// duplicate key.
import type { FileHandle } from 'node:fs/promises'
import { openUnnamed } from '../../../streams/files/spool.ts'

interface NamesOptions {
  readonly folder: string
  /** Bytes buffered in memory before they are written to a file; default 4 MiB. */
  readonly memory?: number
  /**
   * Number of parts into which names are divided by hash; default 1024. `unique` reads one part into memory at a time.
   */
  readonly parts?: number
}

interface Part {
  /**
   * Buffered names, each preceded by its length, in the first `used` bytes. An object per name would cost more than
   * everything else.
   */
  bytes: Buffer
  used: number
  /** Offset and length of each piece in the file, alternating. */
  readonly pieces: number[]
}

/**
 * Uses 4 MiB of memory (8 while a buffer grows), and a thousandth of all names at a time when they are read; the rest
 * is in an unlinked file. `add` all names, then read `unique` once.
 */
export class Names {
  readonly #folder: string
  readonly #memory: number
  readonly #parts: Part[]
  #waiting = 0
  #file: FileHandle | undefined
  #size = 0

  constructor({ folder, memory = 4 << 20, parts = 1024 }: NamesOptions) {
    this.#folder = folder
    this.#memory = memory
    this.#parts = Array.from({ length: parts }, () => ({ bytes: nothing, used: 0, pieces: [] }))
  }

  async add(names: readonly Uint8Array[]): Promise<void> {
    for (const name of names) {
      const part = this.#parts[hashOf(name) % this.#parts.length] as Part
      const end = part.used + lengthSize + name.length
      if (end > part.bytes.length) part.bytes = grown(part, end)
      part.bytes.writeUInt32LE(name.length, part.used)
      part.bytes.set(name, part.used + lengthSize)
      this.#waiting += end - part.used
      part.used = end
    }
    if (this.#waiting > this.#memory) await this.#writeOut()
  }

  /** Yields each name once, in no particular order. */
  async *unique(): AsyncGenerator<Buffer[]> {
    for (const part of this.#parts) {
      const bytes = await this.#bytesOf(part)
      part.bytes = nothing
      const offsets = firstOf(bytes)
      for (let at = 0; at < offsets.length; at += page)
        yield offsets.slice(at, at + page).map((offset) => nameAt(bytes, offset))
    }
  }

  /** May be called repeatedly; never throws. */
  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => {})
  }

  async #writeOut(): Promise<void> {
    this.#file ??= await openUnnamed(this.#folder)
    const whole: Buffer[] = []
    let size = this.#size
    for (const part of this.#parts) {
      if (part.used === 0) continue
      part.pieces.push(size, part.used)
      whole.push(part.bytes.subarray(0, part.used))
      size += part.used
      part.used = 0
    }
    const bytes = Buffer.concat(whole)
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#file.write(bytes, done, bytes.length - done, this.#size + done)).bytesWritten
    }
    this.#size = size
    this.#waiting = 0
  }

  async #bytesOf({ bytes: waiting, used, pieces }: Part): Promise<Buffer> {
    const read: Buffer[] = []
    for (let at = 0; at < pieces.length; at += 2) {
      const [offset = 0, length = 0] = pieces.slice(at, at + 2)
      const bytes = Buffer.allocUnsafeSlow(length)
      for (let done = 0; done < length; ) {
        const { bytesRead } = (await this.#file?.read(bytes, done, length - done, offset + done)) ?? { bytesRead: 0 }
        if (bytesRead === 0) throw new Error('a temporary file ends too early')
        done += bytesRead
      }
      read.push(bytes)
    }
    return Buffer.concat([...read, waiting.subarray(0, used)])
  }
}

const nothing = Buffer.alloc(0)
const lengthSize = 4
/** Maximum names per yielded array. */
const page = 250

function grown({ bytes, used }: Part, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(256, needed, bytes.length * 2))
  bytes.copy(larger, 0, 0, used)
  return larger
}

/** Offset of the first occurrence of each name. */
function firstOf(bytes: Buffer): number[] {
  const seen = new Set<string>()
  const offsets: number[] = []
  for (let at = 0; at < bytes.length; at += lengthSize + bytes.readUInt32LE(at)) {
    const before = seen.size
    if (seen.add(nameAt(bytes, at).toString('latin1')).size > before) offsets.push(at)
  }
  return offsets
}

function nameAt(bytes: Buffer, offset: number): Buffer {
  const from = offset + lengthSize
  return bytes.subarray(from, from + bytes.readUInt32LE(offset))
}

/** FNV-1a, 32 bits. */
function hashOf(name: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ (name[at] as number), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}
