// A ZIP as a stream: one CSV per table, then files about them.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { ZipArchive } from 'archiver'
import { Failure } from '../../../../domain/failures/failure.ts'
import type { FilesWithMarks } from '../../../../domain/tenants/load-by-hand.ts'
import { mostTextBytes, readmeFile, type ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import { LineMarks } from './line-marks.ts'

/** The rows of one table, ready to be read once, in order. */
export interface CsvSource {
  readonly table: Omit<ZippedTable, 'rows' | 'sha256' | 'bytes'>
  /** With its newline, and for Excel a byte order mark. */
  readonly header: Buffer
  /** Rows without the header; valid until the next piece is asked for. */
  read(): AsyncIterable<Buffer>
  /** How many rows; asked after the last piece. */
  rows(): number
}

export interface ZipRequest {
  /** ISO 8601: time of the files. */
  readonly taken: string
  readonly tables: AsyncIterable<CsvSource> | Iterable<CsvSource>
  /** 0 to 9. */
  readonly level: number
  /** Names and contents of the files after the CSVs. */
  texts(tables: readonly ZippedTable[], marked: FilesWithMarks): readonly (readonly [name: string, text: string])[]
  /** Makes of an error of the source what people can read. */
  explain?(error: unknown): unknown
}

export interface Zipping {
  readonly stream: Readable
  /** Of the stream's end on: what is in it, and bytes before compression. */
  result(): { readonly tables: readonly ZippedTable[]; readonly contentBytes: number }
}

/** A file with less than this is stored as it is: to begin compressing costs more than it saves. */
const tiny = 1024
/**
 * A table that fits into one block goes in as a whole: a stream costs more than it saves. Larger ones come in blocks:
 * each wakes a thread.
 */
export const blockBytes = 256 << 10

/** For rows as text this is faster than zlib's own choice, and no larger: a window of 16 KB stays in the cache. */
const tuned = { windowBits: 14, memLevel: 9, chunkSize: 1 << 16 }

/** Starts zipping. The stream errors if a table's source does. */
export function zipTables({ taken, tables, level, texts, explain = (error) => error }: ZipRequest): Zipping {
  const archive = new ZipArchive({ zlib: { ...tuned, level } })
  const zipped: ZippedTable[] = []
  const marked = new Set<string>()
  let contentBytes = 0
  const add = addingTo(archive, new Date(taken), level)
  const work = async (): Promise<void> => {
    for await (const source of tables) {
      const { table, count, isMarked } = await addTable(source, add)
      zipped.push(table)
      if (isMarked) marked.add(table.file)
      contentBytes += count
    }
    for (const [name, text] of texts(zipped, marked)) {
      const content = Buffer.from(text)
      if (name !== readmeFile && content.length > mostTextBytes) throw tooLarge(name, content.length)
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

function tooLarge(name: string, bytes: number): Failure {
  return new Failure(
    'tenant/too-many-tables',
    `${name} would have ${bytes} bytes, and a restore reads ${mostTextBytes}`,
    {
      hint: 'Omit tables with --tenant-rule, or put fewer tenants into a ZIP with --tenants-per-zip.',
    },
  )
}

/** Resolves once the entry is in; then a buffer is the caller's again. */
type Add = (name: string, content: Buffer | Readable) => Promise<void>

function addingTo(archive: ZipArchive, date: Date, level: number): Add {
  return (name, content) =>
    new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        archive.off('entry', onEntry)
        archive.off('error', done)
        archive.off('close', onClose)
        if (error && content instanceof Readable) content.destroy()
        if (error) reject(error)
        else resolve()
      }
      const onEntry = (): void => done()
      const onClose = (): void => done(new Error('nobody wants the ZIP any more'))
      archive.on('entry', onEntry)
      archive.on('error', done)
      archive.on('close', onClose)
      if (content instanceof Readable) content.on('error', done)
      const store = level === 0 || (Buffer.isBuffer(content) && content.length < tiny)
      // What is not compressed waits as it is until somebody reads it: a copy, for the buffer is used again.
      archive.append(store && Buffer.isBuffer(content) ? Buffer.from(content) : content, { name, date, store })
    })
}

async function addTable(
  source: CsvSource,
  add: Add,
): Promise<{ table: ZippedTable; count: number; isMarked: boolean }> {
  const hash = createHash('sha256')
  const marks = new LineMarks()
  let bytes = source.header.length
  async function* pieces(): AsyncGenerator<Buffer> {
    marks.push(source.header)
    yield source.header
    for await (const piece of source.read()) {
      marks.push(piece)
      hash.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  const buffer = spare.pop() ?? newBlock()
  const blocks = inBlocks(pieces(), buffer)
  const { value: first } = await blocks.next()
  if (first && first.length < blockBytes) {
    await add(source.table.file, first)
    spare.push(buffer)
  } else
    await add(
      source.table.file,
      Readable.from(chained(first, blocks), { objectMode: false, highWaterMark: blockBytes }),
    )
  const table = { ...source.table, rows: source.rows(), sha256: hash.digest('hex'), bytes }
  return { table, count: bytes, isMarked: marks.found }
}

/** Blocks that nobody uses now: with thousands of small tables, making them would be much of the work. */
const spare: Buffer[] = []

function newBlock(): Buffer {
  return Buffer.allocUnsafeSlow(blockBytes)
}

/** Full blocks, the first of them in the buffer given, and what is left at the end. */
async function* inBlocks(pieces: AsyncIterable<Buffer>, buffer: Buffer): AsyncGenerator<Buffer, undefined> {
  let block = buffer
  let filled = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      if (filled === blockBytes) {
        yield block
        block = newBlock()
        filled = 0
      }
      const taken = piece.copy(block, filled, at)
      at += taken
      filled += taken
    }
  }
  yield block.subarray(0, filled)
}

async function* chained(first: Buffer | undefined, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first) yield first
  yield* others
}
