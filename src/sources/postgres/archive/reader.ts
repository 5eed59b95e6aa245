// Reads the custom format of pg_dump as its bytes go by, and says what the data looked like.
import { createHash, type Hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { TablePrint } from '../../../domain/fingerprint.ts'
import { CopyDigest } from './copy-digest.ts'
import { damaged, damagedAt } from './damage.ts'
import { LargeObjectDigest } from './large-object-digest.ts'
import { type ArchivePrint, isCopied, knownPrint, tablePrint, unknownPrint } from './print.ts'
import { type TocEntry, TocReader } from './toc.ts'

const rowsBlock = 1
const largeObjectsBlock = 3
/** Block type and dump id; a length or a large object's oid. */
const blockBytes = 6
const numberBytes = 5

/** What the next bytes are. */
type Expecting = 'toc' | 'block' | 'oid' | 'length' | 'data' | 'nothing' | 'second toc'

/**
 * Takes the bytes of `pg_dump -Fc -Z0` in chunks of any size. A block of data is its type, a dump id, chunks
 * with their lengths and a length of 0; in a block of large objects each has its oid before its chunks, and oid 0
 * ends the block (src/bin/pg_dump/pg_backup_custom.c). `push` and `end` throw a Failure of kind `integrity` at
 * whatever pg_dump would not write. After that the reader is of no use.
 *
 * In `pg_dump -Fc > file`, PostgreSQL 16 and later append a second table of contents, with positions of the data,
 * where older ones write it over the first. It must be the same as the first, and nothing may follow it.
 *
 * Compressed archives, and versions that this reader does not know, pass unread.
 */
export class ArchiveReader {
  readonly #toc = new TocReader()
  #secondToc: TocReader | undefined
  #expecting: Expecting = 'toc'
  /** Bytes of the stream before the chunk at hand. */
  #before = 0
  /** The beginning of a number that a chunk's end cut off. */
  readonly #cut = Buffer.alloc(blockBytes)
  #cutLength = 0
  readonly #awaited = new Map<number, TocEntry>()
  #entry: TocEntry | undefined
  /** Bytes of the chunk of data at hand that are still to come. */
  #open = 0
  readonly #copy = new CopyDigest()
  readonly #tables: TablePrint[] = []
  #inserts = false
  readonly #objects = new LargeObjectDigest()
  #object: { readonly oid: number; readonly hash: Hash; bytes: number } | undefined

  push(chunk: Uint8Array): void {
    if (this.#expecting === 'nothing') return
    if (this.#expecting !== 'toc') {
      this.#read(chunk)
      this.#before += chunk.length
      return
    }
    const rest = this.#toc.push(chunk)
    this.#before += chunk.length
    if (this.#toc.state === 'unknown') this.#expecting = 'nothing'
    if (rest === undefined) return
    this.#begin()
    this.#before -= rest.length
    this.push(rest)
  }

  /** The stream is over: everything that the table of contents announced must have come. */
  end(): ArchivePrint {
    const { state, version, entries } = this.#toc
    if (state === 'unknown') return unknownPrint(version)
    if (state !== 'done') throw damagedAt(this.#before, 'it ends within its table of contents')
    if (this.#expecting === 'nothing') return knownPrint(this.#toc.header, entries, undefined, undefined)
    if (this.#secondToc !== undefined) this.#checkSecondToc(this.#secondToc)
    else if (this.#expecting !== 'block' || this.#cutLength > 0) throw damagedAt(this.#before, `it ends within ${this.#where()}`)
    for (const missing of this.#awaited.values()) throw damaged(`it ends before the data of ${display(missing)}`)
    return knownPrint(this.#toc.header, entries, this.#inserts ? undefined : this.#tables, this.#objects.print())
  }

  #checkSecondToc(second: TocReader): void {
    if (second.state !== 'done') throw damagedAt(this.#before, 'bytes after its end')
    if (!isDeepStrictEqual(second.entries, this.#toc.entries)) throw damaged('its second table of contents is not like its first')
  }

  #begin(): void {
    const { header, entries } = this.#toc
    if (header.format !== 'custom') throw damagedAt(10, 'this is the table of contents of a directory archive')
    this.#expecting = header.compression === 'none' ? 'block' : 'nothing'
    for (const entry of entries) if (entry.hadData) this.#awaited.set(entry.dumpId, entry)
  }

  #read(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#expecting === 'block' && this.#awaited.size === 0) this.#expecting = 'second toc'
      if (this.#expecting === 'second toc') {
        this.#readSecondToc(chunk.subarray(at), this.#before + at)
        return
      }
      if (this.#expecting === 'data') at = this.#data(chunk, at)
      else if (this.#expecting === 'length' && this.#cutLength === 0 && this.#object === undefined && !this.#skipping())
        at = this.#rows(chunk, at)
      else at = this.#number(chunk, at)
    }
  }

  /** The inner loop: all chunks of rows that lie whole in this chunk of the stream, and the length after them. */
  #rows(chunk: Uint8Array, from: number): number {
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
    return at < chunk.length ? this.#number(chunk, at) : at
  }

  #readSecondToc(chunk: Uint8Array, offset: number): void {
    if (this.#secondToc?.state === 'done') throw damagedAt(offset, 'bytes after its end')
    this.#secondToc ??= this.#toc.again(offset)
    const rest = this.#secondToc.push(chunk)
    if (rest !== undefined && rest.length > 0) throw damagedAt(offset + chunk.length - rest.length, 'bytes after its end')
  }

  #data(chunk: Uint8Array, at: number): number {
    const to = Math.min(chunk.length, at + this.#open)
    if (this.#object !== undefined) {
      this.#object.hash.update(chunk.subarray(at, to))
      this.#object.bytes += to - at
    } else if (!this.#skipping()) this.#copy.add(chunk, at, to)
    this.#open -= to - at
    if (this.#open === 0) this.#expecting = 'length'
    return to
  }

  /** One block header, oid or length, even if it is cut into pieces. */
  #number(chunk: Uint8Array, at: number): number {
    const wanted = this.#expecting === 'block' ? blockBytes : numberBytes
    const to = Math.min(chunk.length, at + wanted - this.#cutLength)
    for (let i = at; i < to; i++) this.#cut[this.#cutLength++] = chunk[i] as number
    if (this.#cutLength < wanted) return to
    this.#cutLength = 0
    const sign = this.#cut[wanted - numberBytes] as number
    const offset = this.#before + to - wanted
    if (sign > 1) throw damagedAt(offset, `the sign of a number is ${sign}`)
    const value = this.#cut.readUInt32LE(wanted - 4)
    if (sign === 1 && value === 0) throw damagedAt(offset, 'a number is minus zero')
    if (this.#expecting === 'block') this.#beginBlock(this.#cut[0] as number, sign === 1 ? -value : value, offset)
    // An oid is unsigned, but written as a signed integer.
    else if (this.#expecting === 'oid') this.#beginObject(sign === 1 ? -value >>> 0 : value)
    else this.#beginData(sign === 1 ? -value : value, offset)
    return to
  }

  #beginBlock(type: number, dumpId: number, offset: number): void {
    const entry = this.#awaited.get(dumpId)
    if (entry === undefined) throw damagedAt(offset, `data for number ${dumpId}, which has none or had it before`)
    const expected = entry.description === 'BLOBS' ? largeObjectsBlock : rowsBlock
    if (type !== expected) throw damagedAt(offset, `a block of type ${type} for ${display(entry)}`)
    this.#awaited.delete(dumpId)
    this.#entry = entry
    this.#expecting = type === largeObjectsBlock ? 'oid' : 'length'
    if (type === rowsBlock && !isCopied(entry)) this.#inserts = true
  }

  #beginObject(oid: number): void {
    if (oid === 0) {
      this.#endBlock()
      return
    }
    this.#object = { oid, hash: createHash('sha256'), bytes: 0 }
    this.#expecting = 'length'
  }

  #beginData(length: number, offset: number): void {
    if (length < 0 || length > 0x7fffffff) throw damagedAt(offset, `a chunk of data claims to be ${length} bytes long`)
    this.#open = length
    if (length > 0) this.#expecting = 'data'
    else if (this.#object !== undefined) {
      this.#objects.record(this.#object.oid, this.#object.bytes, this.#object.hash.digest())
      this.#object = undefined
      this.#expecting = 'oid'
    } else {
      if (!this.#skipping())
        this.#tables.push(
          tablePrint(
            this.#entry as TocEntry,
            this.#copy.finish((what) => damagedAt(offset, what)),
          ),
        )
      this.#endBlock()
    }
  }

  #endBlock(): void {
    this.#entry = undefined
    this.#expecting = 'block'
  }

  /** Whether the block at hand holds INSERT statements, which say nothing about rows. */
  #skipping(): boolean {
    return this.#entry !== undefined && this.#object === undefined && !isCopied(this.#entry)
  }

  #where(): string {
    return this.#entry === undefined ? 'the beginning of a block of data' : `the data of ${display(this.#entry)}`
  }
}

function display(entry: TocEntry): string {
  return `${entry.description} ${entry.schema === undefined ? '' : `${entry.schema}.`}${entry.tag}`
}
