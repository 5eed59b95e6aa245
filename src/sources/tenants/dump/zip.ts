// A tenant's ZIP as a stream: one CSV per table, then tables.json and README.txt.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { readmeOf } from '../../../domain/tenants/tenant-readme.ts'
import { readmeFile, type TenantTables, tablesFile, type ZippedTable } from '../../../domain/tenants/tenant-zip.ts'
import { largestBuffer, zipArchive } from './archive.ts'

/** The rows of one table, ready to be read once, in order. */
export interface CsvSource {
  readonly table: Omit<ZippedTable, 'rows' | 'sha256' | 'bytes'>
  /** With its newline. */
  readonly header: Buffer
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
}

export interface Zipping {
  readonly stream: Readable
  /** Of the stream's end on: what is in it, and bytes before compression. */
  result(): { readonly tables: readonly ZippedTable[]; readonly contentBytes: number }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Starts zipping. The stream errors if a table's source does. */
export function zipTenant({ about, tables, level, explain = (error) => error }: ZipRequest): Zipping {
  const archive = zipArchive(level)
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
      archive.append(content, { name, date, store: level === 0 })
    })
  const work = async (): Promise<void> => {
    for await (const source of tables) {
      const { table, count } = await addTable(source, { excel: about.excel, stored: level === 0, add })
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

interface Adding {
  readonly excel: boolean
  /** What is added is not compressed: its bytes are kept until they are read. */
  readonly stored: boolean
  add(name: string, content: Buffer | Readable): Promise<void>
}

/** Where tables are gathered, used again and again. */
const spare: Buffer[] = []

/** A table that fits into a buffer goes in as one piece: a stream costs more than it saves. */
async function addTable(source: CsvSource, { excel, stored, add }: Adding): Promise<{ table: ZippedTable; count: number }> {
  const head = excel ? Buffer.concat([byteOrderMark, source.header]) : source.header
  const hash = createHash('sha256')
  let bytes = head.length
  async function* pieces(): AsyncGenerator<Buffer> {
    yield head
    for await (const piece of source.read()) {
      hash.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  const all = pieces()
  const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(largestBuffer)
  let filled = 0
  let tooMuch: Buffer | undefined
  for (let next = await all.next(); !next.done; next = await all.next()) {
    if (filled + next.value.length > buffer.length) {
      tooMuch = next.value
      break
    }
    filled += next.value.copy(buffer, filled)
  }
  const gathered = buffer.subarray(0, filled)
  async function* everything(more: Buffer): AsyncGenerator<Buffer> {
    yield Buffer.from(gathered)
    yield Buffer.from(more)
    for await (const piece of all) yield Buffer.from(piece) // the source uses its buffer again
  }
  if (tooMuch) await add(source.table.file, Readable.from(everything(tooMuch), { objectMode: false, highWaterMark: 1 << 18 }))
  else await add(source.table.file, stored ? Buffer.from(gathered) : gathered)
  spare.push(buffer)
  return { table: { ...source.table, rows: source.rows(), sha256: hash.digest('hex'), bytes }, count: bytes }
}
