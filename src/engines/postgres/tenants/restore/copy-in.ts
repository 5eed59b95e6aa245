// Copies rows of a ZIP into a table with COPY … FROM STDIN.
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { TenantContents } from '../../../../ports/tenant.ts'
import { readCsv } from '../zip-reading/csv-of-table.ts'
import { CsvSum } from '../zip-reading/csv-sum.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { columnList } from './statements.ts'

export interface CopiedIn {
  /** Rows that the server counted: fewer than in the CSV if a trigger drops some. */
  readonly rows: number
  /** Digest of the CSV's rows that does not depend on their order. */
  readonly sum: string
}

/** `into`: a quoted name. Throws what `readCsv` throws, and PostgreSQL's errors. The caller must then roll back. */
export async function copyIn(
  { client, request }: Pick<RestoreContext, 'client' | 'request'>,
  { contents, excel }: { readonly contents: TenantContents; readonly excel: boolean },
  { zipped, columns }: Matched,
  into: string,
): Promise<CopiedIn> {
  request.signal.throwIfAborted()
  const sum = new CsvSum()
  let bytes = 0
  const rows = readCsv({
    ...{ contents, excel, sum, table: zipped },
    progress: (more) => {
      bytes += more
      request.progress({ what: `${zipped.schema}.${zipped.table}`, bytes, of: zipped.bytes })
    },
  })
  const stream = client.query(
    copyFrom(`COPY ${into} (${columnList(columns)}) FROM STDIN (FORMAT csv)`, { highWaterMark: 1 << 20 }),
  )
  await pipeline(rows, stream, { signal: request.signal })
  return { rows: stream.rowCount, sum: sum.digest() }
}
