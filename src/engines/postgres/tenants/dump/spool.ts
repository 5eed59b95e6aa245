// Sorts rows of many tenants by tenant, in one unnamed file and in bounded memory.

import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { openUnnamed } from '../../../../streams/files/spool.ts'
import { Pages } from './pages.ts'
import { type Piece, Segments } from './segments.ts'

/** Bytes of rows in memory above which `settle` writes some to the file. */
const memory = 32 << 20
/** Bytes of a tenant's rows after which they are written. */
const largest = 256 << 10
/** Maximum number of buffers in one writev. */
const vectors = 1024

/** Rows of one table of one tenant. */
interface Spooled {
  readonly rows: number
  readonly bytes: number
  /** Reads the rows into the buffer, piece by piece. A piece is valid until the next is requested. */
  read(buffer: Buffer): Iterable<Buffer>
  /** Copies all rows into a buffer. */
  copyTo(buffer: Buffer, at: number): void
}

/**
 * Accepts rows table by table, in any order of tenants, and returns them tenant by tenant, in order of tables. The file
 * is unlinked as soon as it is open: other users cannot read it, and nothing is left if the process is killed.
 */
export class Spool {
  readonly #file: FileHandle
  readonly #segments = new Segments()
  #pages: Pages
  readonly #rows: Uint32Array
  /** By tenant: its first segment not yet taken, its last segment, its bytes, and its number of tables with rows. */
  readonly #head: Int32Array
  readonly #tail: Int32Array
  readonly #bytes: Float64Array
  readonly #tables: Uint32Array
  #waiting = new Set<number>()
  #ready: number[] = []
  #size = 0
  #table = 0

  private constructor(file: FileHandle, tenants: number) {
    this.#file = file
    this.#pages = new Pages(tenants)
    this.#rows = new Uint32Array(tenants)
    this.#head = new Int32Array(tenants).fill(-1)
    this.#tail = new Int32Array(tenants).fill(-1)
    this.#bytes = new Float64Array(tenants)
    this.#tables = new Uint32Array(tenants)
  }

  static async open(folder: string, tenants: number): Promise<Spool> {
    return new Spool(await openUnnamed(folder), tenants)
  }

  /** Bytes on disk so far. */
  get bytes(): number {
    return this.#size
  }

  /** Adds one row of the current table. The bytes are copied. Call `settle` regularly. */
  add(tenant: number, bytes: Buffer, start: number, end: number): void {
    if (this.#pages.bytesOf(tenant) === 0) this.#waiting.add(tenant)
    this.#pages.add(tenant, bytes, start, end)
    this.#rows[tenant] = (this.#rows[tenant] as number) + 1
    if (this.#pages.bytesOf(tenant) >= largest) this.#ready.push(tenant)
  }

  /** Writes the rows of tenants with many bytes, and more rows until memory is within its bound. */
  async settle(): Promise<void> {
    const ready = this.#ready
    this.#ready = []
    if (this.#pages.used > memory) {
      const byFill = [...this.#waiting].sort((a, b) => this.#pages.bytesOf(b) - this.#pages.bytesOf(a))
      let left = this.#pages.used
      for (const tenant of byFill) {
        if (left <= memory / 2) break
        left -= this.#pages.bytesOf(tenant)
        ready.push(tenant)
      }
    }
    if (ready.length > 0) await this.#write([...new Set(ready)])
  }

  /** Writes the rows of the current table and ends it. Rows that are added later belong to the next table. */
  async endTable(): Promise<void> {
    await this.#write([...this.#waiting])
    this.#ready = []
    this.#table += 1
  }

  /** Frees the pages. No row may be added afterwards. */
  seal(): void {
    this.#pages = new Pages(0)
  }

  /** Bytes of a tenant's rows in all tables. */
  bytesOf(tenant: number): number {
    return this.#bytes[tenant] as number
  }

  /** Number of tables in which a tenant has rows. */
  tablesOf(tenant: number): number {
    return this.#tables[tenant] as number
  }

  /** Returns a tenant's rows of a table; undefined if there are none. Call it once per table, in order of tables. */
  take(tenant: number, table: number): Spooled | undefined {
    const pieces: Piece[] = []
    let rows = 0
    let bytes = 0
    let at = this.#head[tenant] as number
    for (; at !== -1; at = this.#segments.next(at)) {
      const segment = this.#segments.get(at)
      if (segment.table !== table) break
      pieces.push(segment)
      rows += segment.rows
      bytes += segment.length
    }
    this.#head[tenant] = at
    if (pieces.length === 0) return undefined
    return {
      rows,
      bytes,
      read: (buffer) => this.#read(pieces, buffer),
      copyTo: (buffer, from) => this.#copy(pieces, buffer, from),
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #write(tenants: readonly number[]): Promise<void> {
    for (let from = 0; from < tenants.length; ) {
      const pieces: Buffer[] = []
      const batch: number[] = []
      for (; from < tenants.length && pieces.length < vectors; from += 1) {
        batch.push(tenants[from] as number)
        pieces.push(...this.#pages.piecesOf(tenants[from] as number))
      }
      await writeAll(this.#file, pieces, this.#size)
      for (const tenant of batch) this.#note(tenant)
    }
  }

  /** Records the rows just written of a tenant as a segment of the file. */
  #note(tenant: number): void {
    const length = this.#pages.bytesOf(tenant)
    const rows = this.#rows[tenant] as number
    const segment = this.#segments.add({ table: this.#table, offset: this.#size, length, rows })
    const last = this.#tail[tenant] as number
    if (last === -1) this.#head[tenant] = segment
    else this.#segments.link(last, segment)
    if (last === -1 || this.#segments.get(last).table !== this.#table) this.#tables[tenant] = this.tablesOf(tenant) + 1
    this.#bytes[tenant] = this.bytesOf(tenant) + length
    this.#tail[tenant] = segment
    this.#size += length
    this.#pages.release(tenant)
    this.#rows[tenant] = 0
    this.#waiting.delete(tenant)
  }

  *#read(pieces: readonly Piece[], buffer: Buffer): Generator<Buffer> {
    for (const { offset, length } of pieces) {
      for (let at = 0; at < length; at += buffer.length) {
        const block = buffer.subarray(0, Math.min(buffer.length, length - at))
        this.#fill(block, offset + at)
        yield block
      }
    }
  }

  #copy(pieces: readonly Piece[], buffer: Buffer, from: number): void {
    let at = from
    for (const { offset, length } of pieces) {
      this.#fill(buffer.subarray(at, at + length), offset)
      at += length
    }
  }

  /** The bytes are mostly still in the page cache, so a synchronous read is faster than one in another thread. */
  #fill(block: Buffer, offset: number): void {
    for (let at = 0; at < block.length; ) {
      const bytesRead = readSync(this.#file.fd, block, at, block.length - at, offset + at)
      if (bytesRead === 0) throw new Error('the spool file ends too early')
      at += bytesRead
    }
  }
}

/** Writes all pieces, also if the system writes only a part at once. */
async function writeAll(file: FileHandle, pieces: readonly Buffer[], offset: number): Promise<void> {
  let at = offset
  for (let from = 0; from < pieces.length; from += vectors) {
    const batch = pieces.slice(from, from + vectors)
    const total = batch.reduce((sum, { length }) => sum + length, 0)
    const { bytesWritten } = await file.writev(batch, at)
    if (bytesWritten < total) await writeRest(file, Buffer.concat(batch).subarray(bytesWritten), at + bytesWritten)
    at += total
  }
}

async function writeRest(file: FileHandle, rest: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < rest.length; )
    done += (await file.write(rest, done, rest.length - done, offset + done)).bytesWritten
}
