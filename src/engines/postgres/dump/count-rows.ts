// Counts rows exactly without a query: COPY of a table is not planned, so no code of the table runs.
import type { Readable } from 'node:stream'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { qualified } from './snapshot.ts'

/** Counts the rows of the table without those of its children. Reads one column and counts newlines. */
export async function countByCopy(client: pg.Client, table: TableName): Promise<number> {
  const stream: Readable = client.query(copyTo(`COPY ${await narrowest(client, table)} TO STDOUT`))
  let count = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) count += countNewlines(chunk)
  return count
}

/** Like `countByCopy`, but the server counts, at half the cost. For a role that `writesFiles`. */
export async function countOnServer(client: pg.Client, table: TableName): Promise<number> {
  const { rowCount } = await client.query(`COPY ${await narrowest(client, table)} TO '/dev/null'`)
  if (rowCount === null) throw new Error('COPY returned no row count')
  return rowCount
}

/** Whether the role may make the server write files. */
export async function writesFiles(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>("SELECT pg_has_role('pg_write_server_files', 'USAGE') AS may")
  return rows[0]?.may === true
}

/** The table with its smallest column, in the syntax of COPY. */
async function narrowest(client: pg.Client, table: TableName): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
      ORDER BY attlen < 0, attlen LIMIT 1`,
    [qualified(table)],
  )
  return qualified(table) + (rows[0] ? ` (${rows[0].name})` : '')
}

/** Counts rows in the text format of COPY, which contains newlines only at the end of rows. */
export function countNewlines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) count += 1
  return count
}
