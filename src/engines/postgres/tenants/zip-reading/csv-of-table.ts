// Streams the rows of one table from a ZIP, and verifies them with tables.json.
import { createHash } from 'node:crypto'
import { Failure } from '../../../../domain/failures/failure.ts'
import { type TenantTables, tablesFile, type ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import type { TenantContents } from '../../../../ports/tenant.ts'
import { fieldText } from '../dump/csv-rows.ts'
import { CsvSum } from './csv-sum.ts'
import { ofAnotherMaker } from './tables-json.ts'

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
const quote = 0x22
const newline = 0x0a
/** Maximum bytes of a header: more than PostgreSQL's longest. */
const headerLimit = 4 << 20

interface CsvReading {
  readonly contents: Pick<TenantContents, 'read'>
  readonly table: ZippedTable
  readonly excel: boolean
  /** Receives every row. */
  readonly sum: CsvSum
  progress?(bytes: number): void
  /** Called with the header's bytes, including a byte order mark. */
  onHeader?(header: Buffer): void
}

/**
 * Yields the rows without the header. Throws a failure of kind integrity if the header does not name the columns and,
 * at the end at the latest, if rows, bytes or SHA-256 differ from tables.json. The caller must then undo what it did
 * with the rows.
 */
export async function* readCsv({
  contents,
  table,
  excel,
  sum,
  progress,
  onHeader,
}: CsvReading): AsyncGenerator<Buffer> {
  const digest = createHash('sha256')
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const piece of contents.read(table.file)) {
    progress?.(piece.length)
    let rows = piece
    if (head) {
      head = Buffer.concat([head, piece])
      const end = endOfHeader(head)
      if (end === undefined && head.length <= headerLimit) continue
      requireHeader(table, head.subarray(0, end ?? 0), excel)
      onHeader?.(head.subarray(0, end))
      rows = head.subarray(end)
      head = undefined
    }
    if (rows.length === 0) continue
    digest.update(rows)
    sum.push(rows)
    yield rows
  }
  if (head) throw wrong(table, 'has no header')
  try {
    sum.digest()
  } catch (cause) {
    throw wrong(table, 'ends within a row', cause)
  }
  if (sum.rows !== table.rows) throw wrong(table, `has ${sum.rows} rows, not the ${table.rows} in ${tablesFile}`)
  if (digest.digest('hex') !== table.sha256) throw wrong(table, `does not have the SHA-256 in ${tablesFile}`)
}

/**
 * Verifies that tables without rows in tables.json are empty, because nothing else reads them. Throws what `readCsv`
 * throws.
 */
export async function requireEmptyOnes(contents: TenantContents, { tables, excel }: TenantTables): Promise<void> {
  for (const table of tables) {
    if (table.rows > 0) continue
    for await (const _ of readCsv({ contents, table, excel, sum: new CsvSum() }));
  }
}

/**
 * Returns the offset after the header's newline; undefined if there is none. Names of columns may contain quoted
 * newlines.
 */
function endOfHeader(bytes: Buffer): number | undefined {
  let quoted = false
  for (const [at, byte] of bytes.entries()) {
    if (byte === quote) quoted = !quoted
    else if (byte === newline && !quoted) return at + 1
  }
  return undefined
}

function requireHeader(table: ZippedTable, header: Buffer, excel: boolean): void {
  const marked = header.subarray(0, byteOrderMark.length).equals(byteOrderMark)
  if (marked !== excel)
    throw wrong(table, excel ? 'has no byte order mark before its header' : 'begins with a byte order mark')
  const line = header.subarray(marked ? byteOrderMark.length : 0, -1).toString('utf8')
  const names = (line.match(/(?<=^|,)(?:"(?:[^"]|"")*"|[^",]*)(?=,|$)/g) ?? []).map((field) => fieldText(field) ?? '')
  const expected = table.columns.map(({ name }) => name)
  if (names.length === expected.length && names.every((name, at) => name === expected[at])) return
  throw wrong(table, `has a header that differs from the columns in ${tablesFile}`)
}

function wrong({ file }: ZippedTable, sentence: string, cause?: unknown): Failure {
  return new Failure('tenant/zip-damaged', `${file} ${sentence}`, {
    hint: ofAnotherMaker,
    ...(cause !== undefined && { cause }),
  })
}
