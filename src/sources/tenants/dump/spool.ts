// Rows of many tenants on their way into many ZIPs: sorted by tenant in one file that has no name, in bounded memory.

import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { openUnnamed } from '../../../streams/spool.ts'
import { Pages } from './pages.ts'

/** Rows that wait in memory. */
const memory = 32 << 20
/** A tenant's rows are written once there is so much of them. */
const largest = 256 << 10
/** What one writev takes. */
const vectors = 1024

/** Rows of one table of one tenant. */
export interface Spooled {
  readonly table: number
  readonly rows: number
  readonly bytes: number
  /** The bytes, in pieces of at most a quarter of a MiB, valid until the next one is asked for. */
  read(): AsyncIterable<Buffer>
}

/**
 * Takes rows table by table, in any order of tenants, and gives them back tenant by tenant, in order of tables. The
 * file is removed from its folder as soon as it is open: nobody else can read it, and nothing is left if the process is
 * killed.
 */
export class Spool {
  readonly #file: FileHandle
  readonly #segments = new Segments()
  #pages: Pages
  readonly #rows: Uint32Array
  readonly #head: Int32Array
  readonly #tail: Int32Array
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
  }

  static async open(folder: string, tenants: number): Promise<Spool> {
    return new Spool(await openUnnamed(folder), tenants)
  }

  /** Bytes on disk so far. */
  get bytes(): number {
    return this.#size
  }

  /** Adds a row, or several, of the current table. The bytes are copied. Call `settle` now and then. */
  add(tenant: number, bytes: Buffer, start: number, end: number): void {
    if (this.#pages.bytesOf(tenant) === 0) this.#waiting.add(tenant)
    this.#pages.add(tenant, bytes, start, end)
    this.#rows[tenant] = (this.#rows[tenant] as number) + 1
    if (this.#pages.bytesOf(tenant) >= largest) this.#ready.push(tenant)
  }

  /** Writes what must be written so that memory stays within its bound. */
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

  /** Everything that was added belongs to this table; what comes next belongs to the next. */
  async endTable(): Promise<void> {
    await this.#write([...this.#waiting])
    this.#ready = []
    this.#table += 1
  }

  /** No more rows will come: lets go of the memory they waited in. */
  seal(): void {
    this.#pages = new Pages(0)
  }

  /** Of one tenant, in order of tables; those without rows are left out. */
  tablesOf(tenant: number): readonly Spooled[] {
    const tables: { table: number; rows: number; bytes: number; pieces: { offset: number; length: number }[] }[] = []
    for (let at = this.#head[tenant] as number; at !== -1; at = this.#segments.next(at)) {
      const { table, offset, length, rows } = this.#segments.get(at)
      let last = tables.at(-1)
      if (last?.table !== table) {
        last = { table, rows: 0, bytes: 0, pieces: [] }
        tables.push(last)
      }
      last.rows += rows
      last.bytes += length
      last.pieces.push({ offset, length })
    }
    const longest = tables.flatMap(({ pieces }) => pieces).reduce((most, { length }) => Math.max(most, length), 0)
    const buffer = Buffer.allocUnsafeSlow(Math.min(largest, longest))
    return tables.map(({ pieces, ...rest }) => ({ ...rest, read: () => this.#read(pieces, buffer) }))
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

  /** What was written of a tenant: a segment of its own in the file. */
  #note(tenant: number): void {
    const length = this.#pages.bytesOf(tenant)
    const rows = this.#rows[tenant] as number
    const segment = this.#segments.add({ table: this.#table, offset: this.#size, length, rows })
    if (this.#head[tenant] === -1) this.#head[tenant] = segment
    else this.#segments.link(this.#tail[tenant] as number, segment)
    this.#tail[tenant] = segment
    this.#size += length
    this.#pages.release(tenant)
    this.#rows[tenant] = 0
    this.#waiting.delete(tenant)
  }

  async *#read(
    pieces: readonly { readonly offset: number; readonly length: number }[],
    buffer: Buffer,
  ): AsyncIterable<Buffer> {
    for (const { offset, length } of pieces) {
      for (let at = 0; at < length; ) {
        const wanted = Math.min(buffer.length, length - at)
        // It was written a moment ago and lies in memory, mostly: waiting for another thread would cost more than the
        // reading.
        const bytesRead = readSync(this.#file.fd, buffer, 0, wanted, offset + at)
        if (bytesRead === 0) throw new Error('the spool file ends too early')
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    }
  }
}

/** Writes all of it, also where the system takes only a part at once. */
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

interface Segment {
  readonly table: number
  readonly offset: number
  readonly length: number
  readonly rows: number
}

/** Many small records in a few arrays of numbers: an object for each would cost five times the memory. */
class Segments {
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
    const [table = 0, length = 0, rows = 0] = this.#whole.subarray(at * 4, at * 4 + 3)
    return { table, offset: this.#offsets[at] as number, length, rows }
  }

  /** The one after it, or -1. */
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
