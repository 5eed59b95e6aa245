// Reads the custom format of pg_dump as a stream, and computes a fingerprint of the data.
import { isDeepStrictEqual } from 'node:util'
import { BlockReader } from './blocks.ts'
import { damaged, damagedAt } from './damage.ts'
import { type ArchiveFingerprint, knownFingerprint, unknownFingerprint } from './fingerprint.ts'
import { TocReader } from './toc.ts'

export type { ArchiveFingerprint } from './fingerprint.ts'

/**
 * Reads the bytes of `pg_dump -Fc -Z0` in chunks of any size, which the caller may reuse. Computes rows and SHA-256 of
 * every table, sequences, large objects and an inventory. `push` and `end` throw a Failure of kind `integrity` for
 * bytes that pg_dump would not write; the reader must not be used after that.
 *
 * Data of compressed archives, and of versions that this reader does not know, is not read: the fingerprint covers
 * `counts`.
 */
export class ArchiveReader {
  readonly #toc = new TocReader()
  #blocks: BlockReader | undefined
  #secondToc: TocReader | undefined
  #offset = 0
  #unread = false

  push(chunk: Uint8Array): void {
    let rest: Uint8Array | undefined = chunk
    if (this.#unread) return
    if (this.#blocks === undefined) {
      rest = this.#readToc(chunk)
      if (rest === undefined) return
    }
    rest = rest.subarray(this.#readBlocks(rest))
    if (rest.length > 0) this.#readSecondToc(rest)
  }

  /** Ends the stream. Throws if data that the table of contents lists is missing. */
  end(): ArchiveFingerprint {
    const { state, version, entries } = this.#toc
    if (state === 'unknown') return unknownFingerprint(version)
    if (state !== 'done') throw damagedAt(this.#offset, 'it ends within its table of contents')
    const blocks = this.#blocks
    if (blocks === undefined) return knownFingerprint(this.#toc.header, entries, undefined, undefined)
    if (!blocks.finished) throw damagedAt(this.#offset, blocks.missing)
    if (this.#secondToc !== undefined) this.#checkSecondToc(this.#secondToc)
    return knownFingerprint(this.#toc.header, entries, blocks.tables, blocks.largeObjects)
  }

  #readToc(chunk: Uint8Array): Uint8Array | undefined {
    const rest = this.#toc.push(chunk)
    this.#offset += chunk.length - (rest?.length ?? 0)
    this.#unread = this.#toc.state === 'unknown'
    if (rest === undefined) return undefined
    const { header, entries } = this.#toc
    if (header.format !== 'custom') throw damagedAt(10, 'this is the table of contents of a directory archive')
    this.#unread = header.compression !== 'none'
    if (this.#unread) return undefined
    this.#blocks = new BlockReader(entries)
    return rest
  }

  #readBlocks(chunk: Uint8Array): number {
    const read = this.#blocks?.push(chunk, this.#offset) ?? 0
    this.#offset += read
    return read
  }

  /**
   * With `pg_dump -Fc > file`, PostgreSQL 16 and later append a second table of contents with the positions of the
   * data; older versions overwrite the first. The second must equal the first, and nothing may follow it.
   */
  #readSecondToc(chunk: Uint8Array): void {
    if (this.#secondToc?.state === 'done') throw damagedAt(this.#offset, 'there are bytes after its end')
    this.#secondToc ??= this.#toc.again(this.#offset)
    const rest = this.#secondToc.push(chunk)
    this.#offset += chunk.length - (rest?.length ?? 0)
    if (rest !== undefined && rest.length > 0) throw damagedAt(this.#offset, 'there are bytes after its end')
  }

  #checkSecondToc(second: TocReader): void {
    if (second.state !== 'done') throw damagedAt(this.#offset, 'there are bytes after its end')
    if (!isDeepStrictEqual(second.entries, this.#toc.entries))
      throw damaged('its second table of contents differs from its first')
  }
}
