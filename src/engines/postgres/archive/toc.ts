// Reads the header and the table of contents of a pg_dump archive: of the custom format, or of `toc.dat`.

import { ByteWindow, intBytes, underrun } from './byte-window.ts'
import { damaged, damagedAt } from './damage.ts'
import { decoderOf } from './encoding.ts'
import type { ArchiveCompression, ArchiveHeader, TocEntry } from './toc-entry.ts'

/**
 * Minor versions of archive format 1 that this reader knows: 13 (PostgreSQL 11), 14 (12 to 15), 15 (16), 16 (17, 18).
 */
const oldestMinor = 13
const newestMinor = 16
/** Maximum number of entries; a dump with more could not be loaded in practice. */
const mostEntries = 5_000_000
const sections = { 1: 'none', 2: 'pre-data', 3: 'data', 4: 'post-data' } as const
const compressions: readonly ArchiveCompression[] = ['none', 'gzip', 'lz4', 'zstd']

/**
 * Reads header and table of contents from a stream in chunks of any size. Work is proportional to the bytes: complete
 * entries are never parsed again. The layout is `WriteHead` and `WriteToc` of PostgreSQL's
 * src/bin/pg_dump/pg_backup_archiver.c. Throws a Failure of kind `integrity` that names the offset.
 */
export class TocReader {
  readonly entries: TocEntry[] = []
  /**
   * By index of the entry: the offset of the field with the position of its data, which is a state and `offsetSize`
   * bytes. Only in the custom format.
   */
  readonly positionFields: number[] = []
  /** Offset of the first byte after the table of contents; 0 until it is `done`. */
  end = 0
  /** `unknown`: the version is newer than this reader, and nothing after it was read. */
  state: 'header' | 'count' | 'entries' | 'done' | 'unknown' = 'header'
  /** `1.14`; also set if the state is `unknown`. */
  version = ''
  #header: ArchiveHeader | undefined
  readonly #window: ByteWindow
  #minor = 0
  #count = 0
  readonly #ids = new Set<number>()

  constructor(offset = 0) {
    this.#window = new ByteWindow(offset)
  }

  get header(): ArchiveHeader {
    if (this.#header === undefined) throw damaged('it ends within its header')
    return this.#header
  }

  get offsetSize(): number {
    return this.#window.offsetSize
  }

  /** Returns a reader for another table of contents of the same archive, at `offset`, without a header before it. */
  again(offset: number): TocReader {
    const reader = new TocReader(offset)
    reader.#header = this.header
    reader.version = this.version
    reader.#minor = this.#minor
    reader.#window.offsetSize = this.#window.offsetSize
    reader.state = 'count'
    return reader
  }

  /** Adds bytes. Once the state is `done`, returns the bytes after the table of contents. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (!this.#window.append(chunk)) return undefined
    try {
      this.#read()
    } catch (thrown) {
      if (thrown !== underrun) throw thrown
      this.#window.rewind()
      return undefined
    }
    const rest = this.state === 'done' ? this.#window.rest() : undefined
    this.#window.release()
    return rest
  }

  #read(): void {
    if (this.state === 'header') this.#readHeader()
    if (this.state === 'count') this.#readCount()
    while (this.state === 'entries' && this.entries.length < this.#count) {
      this.entries.push(this.#entry())
      this.#window.mark()
    }
    if (this.state !== 'entries') return
    this.state = 'done'
    this.end = this.#window.offset
  }

  #readHeader(): void {
    const bytes = this.#window
    if (bytes.latin1(5) !== 'PGDMP')
      throw damagedAt(0, 'it does not begin with PGDMP, the signature of a pg_dump archive')
    const [major, minor] = [bytes.byte(), bytes.byte()]
    this.version = `${major}.${minor}`
    this.#minor = minor
    bytes.skip(1)
    if (major < 1 || (major === 1 && minor < oldestMinor))
      throw damagedAt(5, `its version ${this.version} is older than any that Resguardo's pg_dump writes`)
    if (major !== 1 || minor > newestMinor) {
      this.state = 'unknown'
      return
    }
    this.#sizes(bytes.byte(), bytes.byte())
    const format = this.#format(bytes.byte())
    const compression = this.#compression()
    const created = this.#created()
    const [database, serverVersion, dumpVersion] = [bytes.text(), bytes.text(), bytes.text()].map((text) => text ?? '')
    this.#header = {
      version: this.version,
      format,
      compression,
      created,
      database: database as string,
      serverVersion: serverVersion as string,
      dumpVersion: dumpVersion as string,
    }
    this.state = 'count'
    bytes.mark()
  }

  #readCount(): void {
    const count = this.#window.int()
    if (count < 0 || count > mostEntries)
      throw damagedAt(this.#window.offset - 5, `invalid number of entries in its table of contents: ${count}`)
    this.#count = count
    this.state = 'entries'
    this.#window.mark()
  }

  #sizes(intSize: number, offsetSize: number): void {
    if (intSize !== intBytes) throw damagedAt(8, `integers of ${intSize} bytes, where pg_dump writes 4`)
    if (offsetSize < 1 || offsetSize > 8) throw damagedAt(9, `file offsets of ${offsetSize} bytes`)
    this.#window.offsetSize = offsetSize
  }

  /** The directory format writes 3 (tar), because its files are those of a tar archive. */
  #format(code: number): 'custom' | 'directory' {
    if (code === 1) return 'custom'
    if (code === 3 || code === 5) return 'directory'
    throw damagedAt(10, `format ${code} is neither custom nor directory`)
  }

  /** Up to 1.14 gzip's level (0 none, -1 the default), since 1.15 an algorithm. */
  #compression(): ArchiveCompression {
    if (this.#minor < 15) return this.#window.int() === 0 ? 'none' : 'gzip'
    const code = this.#window.byte()
    const compression = compressions[code]
    if (compression === undefined) throw damagedAt(this.#window.offset - 1, `unknown compression ${code}`)
    return compression
  }

  /** A C `struct tm`: seconds first, months from 0, years from 1900, and whether it is summer time. */
  #created(): string {
    const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = Array.from({ length: 7 }, () =>
      this.#window.int(),
    )
    const two = (value: number) => String(value).padStart(2, '0')
    return `${year + 1900}-${two(month + 1)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`
  }

  #entry(): TocEntry {
    const bytes = this.#window
    const dumpId = bytes.int()
    if (dumpId <= 0) throw damagedAt(bytes.offset - 5, `an entry of its table of contents has the invalid ID ${dumpId}`)
    const hadData = bytes.int() !== 0
    bytes.text() // OID of the catalog
    bytes.text() // OID of the object
    const tag = bytes.text() ?? ''
    const description = bytes.text() ?? ''
    const section = sections[bytes.int() as 1 | 2 | 3 | 4]
    if (section === undefined)
      throw damagedAt(bytes.offset - 5, 'an entry of its table of contents has an unknown section')
    const definition = bytes.text() ?? ''
    const dropStatement = bytes.text()
    const copyStatement = bytes.text()
    const schema = bytes.text()
    const tablespace = bytes.text()
    const accessMethod = this.#minor >= 14 ? bytes.text() : null
    if (this.#minor >= 16) bytes.int() // kind of relation
    const owner = bytes.text()
    bytes.text() // WITH OIDS, always false since PostgreSQL 12
    const dependencies = this.#dependencies()
    const file = this.#dataPlace()
    if (this.#ids.has(dumpId)) throw damagedAt(bytes.offset, `its table of contents has two entries ${dumpId}`)
    this.#ids.add(dumpId)
    if (description === 'ENCODING') this.#useEncoding(definition)
    return {
      dumpId,
      hadData,
      tag,
      description,
      section,
      definition,
      ...(dropStatement && { dropStatement }),
      ...(copyStatement && { copyStatement }),
      ...(schema && { schema }),
      ...(tablespace && { tablespace }),
      ...(accessMethod && { accessMethod }),
      ...(owner && { owner }),
      dependencies,
      ...(file && { file }),
    }
  }

  /** The ENCODING entry is the first one, before any name. */
  #useEncoding(definition: string): void {
    const [, encoding = ''] = /client_encoding = '(\w+)'/.exec(definition) ?? []
    const decode = decoderOf(encoding)
    if (decode) this.#window.decode = decode
  }

  #dependencies(): number[] {
    const dependencies: number[] = []
    for (let text = this.#window.text(); text !== null; text = this.#window.text()) {
      if (!/^[1-9]\d{0,9}$/.test(text))
        throw damagedAt(this.#window.offset, 'a dependency in its table of contents is not a number')
      dependencies.push(Number(text))
    }
    return dependencies
  }

  /**
   * Reads the location of the data: a position in the custom format (unknown in a stream, so skipped), a file name in
   * the directory format.
   */
  #dataPlace(): string | null {
    if (this.header.format === 'directory') return this.#window.text()
    const state = this.#window.byte()
    this.positionFields[this.entries.length] = this.#window.offset - 1
    if (state < 1 || state > 3) throw damagedAt(this.#window.offset - 1, `unknown state of a data position: ${state}`)
    this.#window.skip(this.#window.offsetSize)
    return null
  }
}
