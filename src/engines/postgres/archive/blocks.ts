// Reads the data blocks that follow the table of contents of a custom archive.
import { createHash, type Hash } from 'node:crypto'
import type { LargeObjectsFingerprint, TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { CopyDigest } from './copy-digest.ts'
import { damagedAt } from './damage.ts'
import { type CopiedTable, copiedTables, isCopied } from './fingerprint.ts'
import { LargeObjectDigest } from './large-object-digest.ts'
import type { TocEntry } from './toc-entry.ts'

const rowsBlock = 1
const largeObjectsBlock = 3
/** A sign byte and four bytes: a length, or the OID of a large object. */
const numberBytes = 5
/** A type byte and a dump ID. */
const headerBytes = 1 + numberBytes

/**
 * Reads blocks in chunks of any size. A block consists of its type, a dump ID, data chunks (each after its length) and
 * a length of 0. In a block of large objects, each object begins with its OID, and OID 0 ends the block
 * (`WriteDataChunks` and src/bin/pg_dump/pg_backup_custom.c of PostgreSQL).
 */
export class BlockReader {
  readonly #awaited: Map<number, TocEntry>
  readonly #copied: (entry: TocEntry) => CopiedTable
  #expecting: 'header' | 'oid' | 'length' | 'data' = 'header'
  #content: 'rows' | 'inserts' | 'objects' = 'rows'
  #entry: TocEntry | undefined
  /** The number that is being read; a chunk of the stream may end within it. */
  readonly #number = Buffer.alloc(headerBytes)
  #numberLength = 0
  /** Bytes of the current data chunk that have not been read yet. */
  #open = 0
  readonly #copy = new CopyDigest()
  #table: CopiedTable | undefined
  readonly #tables: TableFingerprint[] = []
  #sawInserts = false
  readonly #objects = new LargeObjectDigest()
  #object: { readonly oid: number; readonly hash: Hash; bytes: number } | undefined

  constructor(entries: readonly TocEntry[]) {
    this.#copied = copiedTables(entries)
    this.#awaited = new Map(entries.filter((entry) => entry.hadData).map((entry) => [entry.dumpId, entry]))
  }

  /** Whether the data of every entry was read to its end. */
  get finished(): boolean {
    return this.#awaited.size === 0 && this.#expecting === 'header' && this.#numberLength === 0
  }

  /** What is missing, if the stream ends here. */
  get missing(): string {
    if (this.#entry !== undefined) return `it ends within the data of ${display(this.#entry)}`
    const next = this.#awaited.values().next().value
    return next === undefined ? 'it ends within a block' : `it ends before the data of ${display(next)}`
  }

  /** In the order of the archive; undefined if the data of a table is INSERT statements. */
  get tables(): readonly TableFingerprint[] | undefined {
    return this.#sawInserts ? undefined : this.#tables
  }

  get largeObjects(): LargeObjectsFingerprint {
    return this.#objects.fingerprint()
  }

  /**
   * Reads a chunk that begins at `offset` of the stream. Returns the number of its bytes that belong to the blocks.
   * Throws a Failure of kind `integrity` if they are damaged.
   */
  push(chunk: Uint8Array, offset: number): number {
    let at = 0
    while (at < chunk.length && !this.finished) {
      if (this.#expecting === 'data') at = this.#data(chunk, at)
      else if (this.#expecting === 'length' && this.#content === 'rows' && this.#numberLength === 0)
        at = this.#rows(chunk, at, offset)
      else at = this.#readNumber(chunk, at, offset)
    }
    return at
  }

  /** The inner loop: reads all data chunks that are complete in this chunk of the stream, and the number after them. */
  #rows(chunk: Uint8Array, from: number, offset: number): number {
    const copy = this.#copy
    const last = chunk.length - numberBytes
    let at = from
    while (at <= last && chunk[at] === 0) {
      const length =
        (chunk[at + 1] as number) |
        ((chunk[at + 2] as number) << 8) |
        ((chunk[at + 3] as number) << 16) |
        ((chunk[at + 4] as number) << 24)
      const to = at + numberBytes + length
      if (length <= 0 || to > chunk.length) break
      copy.add(chunk, at + numberBytes, to)
      at = to
    }
    return at < chunk.length ? this.#readNumber(chunk, at, offset) : at
  }

  #data(chunk: Uint8Array, at: number): number {
    const to = Math.min(chunk.length, at + this.#open)
    if (this.#content === 'rows') this.#copy.add(chunk, at, to)
    else if (this.#object !== undefined) {
      this.#object.hash.update(chunk.subarray(at, to))
      this.#object.bytes += to - at
    }
    this.#open -= to - at
    if (this.#open === 0) this.#expecting = 'length'
    return to
  }

  /** Reads a header, OID or length, which may be split between chunks. */
  #readNumber(chunk: Uint8Array, at: number, offset: number): number {
    const wanted = this.#expecting === 'header' ? headerBytes : numberBytes
    const to = Math.min(chunk.length, at + wanted - this.#numberLength)
    for (let i = at; i < to; i++) this.#number[this.#numberLength++] = chunk[i] as number
    if (this.#numberLength < wanted) return to
    this.#numberLength = 0
    this.#take(this.#signed(wanted, offset + to), offset + to - wanted)
    return to
  }

  #signed(bytes: number, end: number): number {
    const sign = this.#number[bytes - numberBytes] as number
    const magnitude = this.#number.readUInt32LE(bytes - numberBytes + 1)
    if (sign > 1 || (sign === 1 && magnitude === 0))
      throw damagedAt(end - numberBytes, `invalid sign byte of an integer: ${sign}`)
    return sign === 1 ? -magnitude : magnitude
  }

  #take(number: number, offset: number): void {
    if (this.#expecting === 'header') this.#beginBlock(this.#number[0] as number, number, offset)
    else if (this.#expecting === 'oid') this.#beginObject(number)
    else if (number < 0 || number > 0x7fffffff)
      throw damagedAt(offset, `invalid length of a data chunk: ${number} bytes`)
    else if (number > 0) {
      this.#open = number
      this.#expecting = 'data'
    } else this.#endData(offset)
  }

  #beginBlock(type: number, dumpId: number, offset: number): void {
    const entry = this.#awaited.get(dumpId)
    if (entry === undefined) throw damagedAt(offset, `unexpected data for entry ${dumpId}`)
    const isObjects = entry.description === 'BLOBS'
    if (type !== (isObjects ? largeObjectsBlock : rowsBlock))
      throw damagedAt(offset, `unknown block type ${type} for ${display(entry)}`)
    this.#awaited.delete(dumpId)
    this.#entry = entry
    this.#content = isObjects ? 'objects' : isCopied(entry) ? 'rows' : 'inserts'
    this.#expecting = isObjects ? 'oid' : 'length'
    this.#table = this.#content === 'rows' ? this.#copied(entry) : undefined
    if (this.#table) this.#copy.begin({ sumRows: this.#table.isReorderable })
    if (this.#content === 'inserts') this.#sawInserts = true
  }

  /** An OID is unsigned, but written as a signed integer. */
  #beginObject(signed: number): void {
    if (signed === 0) {
      this.#endBlock()
      return
    }
    this.#object = { oid: signed >>> 0, hash: createHash('sha256'), bytes: 0 }
    this.#expecting = 'length'
  }

  #endData(offset: number): void {
    if (this.#object !== undefined) {
      this.#objects.record(this.#object.oid, this.#object.bytes, this.#object.hash.digest())
      this.#object = undefined
      this.#expecting = 'oid'
      return
    }
    if (this.#table) this.#tables.push(this.#table.fingerprint(this.#copy.finish((what) => damagedAt(offset, what))))
    this.#endBlock()
  }

  #endBlock(): void {
    this.#entry = undefined
    this.#expecting = 'header'
  }
}

function display(entry: TocEntry): string {
  return `${entry.description} ${entry.schema === undefined ? '' : `${entry.schema}.`}${entry.tag}`
}
