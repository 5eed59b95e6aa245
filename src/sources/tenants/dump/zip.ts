// A tenant's ZIP as a stream: one CSV per table, then tables.json and README.txt.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ZlibOptions } from 'node:zlib'
import { ZipArchive } from 'archiver'
import { readmeOf } from '../../../domain/tenants/tenant-readme.ts'
import { readmeFile, type TenantTables, tablesFile, type ZippedTable } from '../../../domain/tenants/tenant-zip.ts'

/** The rows of one table, ready to be read once, in order. */
export interface CsvSource {
  readonly table: Omit<ZippedTable, 'rows' | 'sha256' | 'bytes'>
  /** With its newline. */
  readonly header: Buffer
  /** Bytes that will come, if known: little is gathered first. */
  readonly bytes?: number
  /** Rows without the header; valid until the next piece is asked for. */
  read(): AsyncIterable<Buffer>
  /** How many rows; asked after the last piece. */
  rows(): number
}

export interface ZipRequest {
  readonly about: Omit<TenantTables, 'tables'>
  readonly tables: AsyncIterable<CsvSource> | Iterable<CsvSource>
  /** 0 to 9. */
  readonly level: number
  /** Makes of an error of the source what people can read. */
  explain?(error: unknown): unknown
  /** Bytes of all rows, where they are known beforehand. */
  readonly bytes?: number
}

export interface Zipping {
  readonly stream: Readable
  /** Of the stream's end on: what is in it, and bytes before compression. */
  result(): { readonly tables: readonly ZippedTable[]; readonly contentBytes: number }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
/** A table with less than this goes in as one piece: a stream costs more than it saves. */
const little = 256 << 10
/** A file with less than this is stored as it is: to begin compressing costs more than it saves. */
const tiny = 1024

/** What zlib sets up for each file costs more than compressing a small one: small windows for small tenants. */
function zlibOptions(level: number, bytes = Number.POSITIVE_INFINITY): ZlibOptions {
  if (bytes > 1 << 18) return { level, chunkSize: 1 << 16 }
  return { level, chunkSize: 1 << 13, windowBits: 13, memLevel: 5 }
}

/** Starts zipping. The stream errors if a table's source does. */
export function zipTenant({ about, tables, level, bytes, explain = (error) => error }: ZipRequest): Zipping {
  const archive = new ZipArchive({ zlib: zlibOptions(level, bytes) })
  const date = new Date(about.taken)
  const zipped: ZippedTable[] = []
  let contentBytes = 0
  const add = (name: string, content: Buffer | Readable): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        archive.off('entry', onEntry)
        archive.off('error', done)
        if (error) reject(error)
        else resolve()
      }
      const onEntry = (): void => done()
      archive.on('entry', onEntry)
      archive.on('error', done)
      if (content instanceof Readable) content.on('error', done)
      archive.append(content, { name, date, store: level === 0 || (Buffer.isBuffer(content) && content.length < tiny) })
    })
  const work = async (): Promise<void> => {
    for await (const source of tables) {
      const { table, count } = await addTable(source, about.excel, add)
      zipped.push(table)
      contentBytes += count
    }
    const list: TenantTables = { ...about, tables: zipped }
    for (const [name, text] of [
      [tablesFile, `${JSON.stringify(list, null, 2)}\n`],
      [readmeFile, readmeOf(list)],
    ] as const) {
      const content = Buffer.from(text)
      contentBytes += content.length
      await add(name, content)
    }
    await archive.finalize()
  }
  const stream = archive as unknown as Readable
  stream.on('error', () => {}) // shows at the reader's side; where another payload failed first, nobody reads this one
  work().catch((error) => stream.destroy(explain(error) as Error))
  return { stream, result: () => ({ tables: zipped, contentBytes }) }
}

type Add = (name: string, content: Buffer | Readable) => Promise<void>

async function addTable(source: CsvSource, excel: boolean, add: Add): Promise<{ table: ZippedTable; count: number }> {
  const head = excel ? Buffer.concat([byteOrderMark, source.header]) : source.header
  const hash = createHash('sha256')
  let bytes = head.length
  async function* pieces(): AsyncGenerator<Buffer> {
    yield head
    for await (const piece of source.read()) {
      hash.update(piece)
      bytes += piece.length
      yield Buffer.from(piece) // the source uses its buffer again
    }
  }
  if (source.bytes !== undefined && source.bytes <= little) {
    const gathered: Buffer[] = []
    for await (const piece of pieces()) gathered.push(piece)
    await add(source.table.file, Buffer.concat(gathered))
  } else await add(source.table.file, Readable.from(pieces(), { objectMode: false, highWaterMark: 1 << 18 }))
  return { table: { ...source.table, rows: source.rows(), sha256: hash.digest('hex'), bytes }, count: bytes }
}
