// Writes a ZIP as a stream: one CSV per table, then files that describe them.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { ZipArchive } from 'archiver'
import { Failure } from '../../../../domain/failures/failure.ts'
import type { FilesWithMarks } from '../../../../domain/tenants/load-by-hand.ts'
import { mostTextBytes, readmeFile, type ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import { LineMarks } from './line-marks.ts'

/** The rows of one table. Read them once, in order. */
export interface CsvSource {
  readonly table: Omit<ZippedTable, 'rows' | 'sha256' | 'bytes'>
  /** With its newline, and for Excel a byte order mark. */
  readonly header: Buffer
  /** Yields the rows without the header. A piece is valid until the next is requested. */
  read(): AsyncIterable<Buffer>
  /** Number of rows, known after the last piece. */
  rows(): number
}

export interface ZipRequest {
  /** ISO 8601: modification time of the files. */
  readonly taken: string
  readonly tables: AsyncIterable<CsvSource> | Iterable<CsvSource>
  /** 0 to 9. */
  readonly level: number
  /** Names and contents of the files after the CSVs. */
  texts(tables: readonly ZippedTable[], marked: FilesWithMarks): readonly (readonly [name: string, text: string])[]
  /** Converts an error of a source to one with a message for users. */
  explain?(error: unknown): unknown
}

export interface Zipping {
  readonly stream: Readable
  /** After the end of the stream: its tables, and its bytes before compression. */
  result(): { readonly tables: readonly ZippedTable[]; readonly contentBytes: number }
}

/** Bytes: a smaller file is stored uncompressed, because starting compression costs more than it saves. */
const tiny = 1024
/**
 * Bytes per block. A table that fits into one block is added as a buffer: a stream costs more than it saves. Larger
 * tables are streamed in blocks: each wakes a thread.
 */
export const blockBytes = 256 << 10

/** For rows as text this is faster than zlib's defaults, and no larger: a window of 16 KB stays in the CPU cache. */
const tuned = { windowBits: 14, memLevel: 9, chunkSize: 1 << 16 }

/** Starts writing the ZIP. The stream fails if the source of a table fails. */
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
  stream.on('error', () => {}) // the reader gets the error; if another payload failed first, this stream has no reader
  work().catch((error) => stream.destroy(explain(error) as Error))
  return { stream, result: () => ({ tables: zipped, contentBytes }) }
}

function tooLarge(name: string, bytes: number): Failure {
  return new Failure(
    'tenant/too-many-tables',
    `${name} would have ${bytes} bytes, but a restore reads at most ${mostTextBytes}`,
    {
      hint: 'Omit tables with --tenant-rule, or put fewer tenants into a ZIP with --tenants-per-zip.',
    },
  )
}

/** Resolves when the entry is in the ZIP; the caller may then reuse the buffer. */
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
      const onClose = (): void => done(new Error('the ZIP was closed before it was complete'))
      archive.on('entry', onEntry)
      archive.on('error', done)
      archive.on('close', onClose)
      if (content instanceof Readable) content.on('error', done)
      const store = level === 0 || (Buffer.isBuffer(content) && content.length < tiny)
      // Uncompressed content stays in memory until it is read. It is copied, because the buffer is reused.
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

/** Blocks for reuse: with thousands of small tables, allocating them would be much of the work. */
const spare: Buffer[] = []

function newBlock(): Buffer {
  return Buffer.allocUnsafeSlow(blockBytes)
}

/** Yields full blocks, the first one in `buffer`, then the remaining bytes. */
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
