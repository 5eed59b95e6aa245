// Rows out of a ZIP into COPY … FROM STDIN.
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { TenantContents } from '../../../../ports/tenant.ts'
import { readCsv } from '../zip-reading/csv-of-table.ts'
import { CsvSum } from '../zip-reading/csv-sum.ts'
import type { Matched, RestoreContext } from './setting.ts'
import { columnList } from './statements.ts'

export interface CopiedIn {
  /** As the server counts them: fewer than the CSV has, if a trigger drops some. */
  readonly rows: number
  /** The order-free digest of the CSV's rows. */
  readonly sum: string
}

/**
 * `into`: a quoted name. Throws what `readCsv` throws, and PostgreSQL's errors; then the transaction can only be rolled
 * back.
 */
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
