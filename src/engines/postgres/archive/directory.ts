// Reads the directory format of pg_dump file by file, and computes a fingerprint of the data.
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import type { TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { damaged, damagedFile } from './damage.ts'
import { contentTap, type FileTap, objectListTap, rowsTap, silentTap } from './directory-taps.ts'
import {
  type ArchiveFingerprint,
  type CopiedTable,
  copiedTables,
  isCopied,
  knownFingerprint,
  unknownFingerprint,
} from './fingerprint.ts'
import { LargeObjectDigest } from './large-object-digest.ts'
import { TocReader } from './toc.ts'
import type { ArchiveHeader, TocEntry } from './toc-entry.ts'

/** A file of the archive, and its entry if it contains the data of one entry. */
interface DirectoryPart {
  readonly file: string
  readonly entry?: TocEntry
}

const tocFile = 'toc.dat'
const objectFile = /^blob_([1-9]\d{0,9})\.dat$/

/**
 * Reads the files that `pg_dump -Fd -Z0` wrote. The caller passes the bytes of each file to the tap of that file, in
 * any order and also concurrently, and calls `print` after all taps have ended:
 *
 *     const archive = await DirectoryArchive.open(path)
 *     for (const { file } of archive.parts) { const tap = archive.tap(file); …tap.push(chunk)…; tap.end() }
 *     archive.print()
 *
 * Data of compressed archives, and of versions that this reader does not know, is not read: the fingerprint covers
 * `counts`. The layout is that of PostgreSQL's src/bin/pg_dump/pg_backup_directory.c.
 */
export class DirectoryArchive {
  /** Every file: `toc.dat` first, then sorted by name. */
  readonly parts: readonly DirectoryPart[]
  /** The table of contents, read to its end unless its version is unknown. */
  readonly toc: TocReader
  readonly #tocSha256: Buffer
  readonly #read: boolean
  readonly #files: ReadonlyMap<string, TocEntry>
  readonly #copied: (entry: TocEntry) => CopiedTable
  readonly #ended = new Set<string>()
  readonly #tables = new Map<number, TableFingerprint>()
  readonly #objects = new LargeObjectDigest()
  readonly #listed = new Set<number>()

  private constructor(files: readonly string[], toc: TocReader, tocSha256: Buffer) {
    this.toc = toc
    this.#tocSha256 = tocSha256
    this.#read = toc.state === 'done' && toc.header.compression === 'none'
    this.#copied = copiedTables(toc.entries)
    this.#files = this.#read ? dataFiles(toc) : new Map()
    this.parts = files.map((file) => {
      const entry = this.#files.get(file)
      return { file, ...(entry && { entry }) }
    })
    if (this.#read) this.#checkFiles(new Set(files))
  }

  /**
   * Reads `toc.dat` and lists the files. Throws `archive/damaged` if `path` is not a directory archive or is damaged.
   */
  static async open(path: string): Promise<DirectoryArchive> {
    const found = await readdir(path, { withFileTypes: true })
    const names = found.map((file) => file.name)
    const files = [tocFile, ...names.filter((file) => file !== tocFile).sort()]
    if (!names.includes(tocFile))
      throw new Failure('archive/damaged', `${path} is not a directory archive: it has no ${tocFile}`, {
        hint: 'Name the folder that pg_dump -Fd wrote, not its parent folder.',
      })
    const odd = found.find((file) => !file.isFile())
    if (odd !== undefined) throw damagedFile(odd.name, 'it is not a file')
    const toc = new TocReader()
    let after: Uint8Array | undefined
    let sha256: Buffer = Buffer.alloc(0)
    const digest = contentTap((_, digested) => {
      sha256 = digested
    })
    for await (const chunk of createReadStream(join(path, tocFile))) {
      digest.push(chunk)
      if (toc.state === 'done') throw damagedFile(tocFile, 'it has data after its last entry')
      after = toc.state === 'unknown' ? undefined : toc.push(chunk)
      if (after !== undefined && after.length > 0) throw damagedFile(tocFile, 'it has data after its last entry')
    }
    digest.end()
    if (toc.state !== 'done' && toc.state !== 'unknown') throw damagedFile(tocFile, 'it ends too early')
    if (toc.state === 'done' && toc.header.format !== 'directory') throw damagedFile(tocFile, 'it has the wrong format')
    return new DirectoryArchive(files, toc, sha256)
  }

  /** Undefined if the version is unknown. */
  get header(): ArchiveHeader | undefined {
    return this.toc.state === 'done' ? this.toc.header : undefined
  }

  get entries(): readonly TocEntry[] {
    return this.toc.entries
  }

  /** Returns the tap of a part. */
  tap(file: string): FileTap {
    const tap = this.#read ? this.#listener(file) : silentTap
    return {
      push: tap.push,
      end: () => {
        tap.end()
        this.#ended.add(file)
      },
    }
  }

  #listener(file: string): FileTap {
    if (file === tocFile) return contentTap((_, sha256) => this.#sameToc(sha256))
    const oid = objectFile.exec(file)?.[1]
    if (oid !== undefined) return contentTap((bytes, sha256) => this.#objects.record(Number(oid), bytes, sha256))
    const entry = this.#files.get(file)
    if (entry === undefined) throw damagedFile(file, 'it does not belong to the archive')
    if (entry.description === 'BLOBS') return objectListTap(file, (listed) => this.#listed.add(listed))
    if (!isCopied(entry)) return silentTap
    const table = this.#copied(entry)
    return rowsTap(file, table.isReorderable, (copy) => this.#tables.set(entry.dumpId, table.fingerprint(copy)))
  }

  /**
   * Returns the fingerprint after all parts were read. Throws `archive/damaged` if a part or a large object is missing.
   */
  fingerprint(): ArchiveFingerprint {
    if (this.toc.state === 'unknown') return unknownFingerprint(this.toc.version)
    const { header, entries } = this.toc
    if (!this.#read) return knownFingerprint(header, entries, undefined, undefined)
    const whole = new Set<number>()
    for (const { file } of this.parts) {
      if (!this.#ended.has(file)) throw damagedFile(file, 'it was not read to its end')
      const oid = objectFile.exec(file)?.[1]
      if (oid === undefined) continue
      if (!this.#listed.has(Number(oid))) throw damagedFile(file, 'no list of large objects names it')
      whole.add(Number(oid))
    }
    for (const oid of this.#listed) if (!whole.has(oid)) throw damaged(`large object ${oid} is missing`)
    const data = entries.filter((entry) => entry.hadData && entry.description !== 'BLOBS')
    const tables = data.every(isCopied)
      ? data.map((entry) => this.#tables.get(entry.dumpId) as TableFingerprint)
      : undefined
    return knownFingerprint(header, entries, tables, this.#objects.fingerprint())
  }

  #sameToc(sha256: Buffer): void {
    if (!sha256.equals(this.#tocSha256)) throw damagedFile(tocFile, 'it changed while it was read')
  }

  #checkFiles(files: ReadonlySet<string>): void {
    for (const file of this.#files.keys()) if (!files.has(file)) throw damagedFile(file, 'it is missing')
    for (const file of files)
      if (file !== tocFile && !this.#files.has(file) && !objectFile.test(file))
        throw damagedFile(file, 'it does not belong to the archive')
  }
}

/**
 * Returns entries by file. Before 1.16 there was one list of large objects, `blobs.toc`, whatever name its entry
 * contained.
 */
function dataFiles(toc: TocReader): Map<string, TocEntry> {
  const files = new Map<string, TocEntry>()
  for (const entry of toc.entries) {
    if (!entry.hadData && entry.file === undefined) continue
    const single = entry.description === 'BLOBS' && Number(toc.version.split('.')[1]) < 16
    const file = single ? 'blobs.toc' : entry.file
    if (file === undefined || !/^(\d+\.dat|blobs(_\d+)?\.toc)$/.test(file))
      throw damagedFile(tocFile, `entry ${entry.dumpId} has an invalid file name`)
    if (files.has(file)) throw damagedFile(tocFile, `two entries name ${file}`)
    files.set(file, entry)
  }
  return files
}
