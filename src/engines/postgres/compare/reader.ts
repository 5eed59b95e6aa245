// The queries of a comparison, which run on its own connection or in the session of a restore before it commits.
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { queryTables } from '../dump/query-tables.ts'
import { withSafePlanning } from '../owners/safe-planning.ts'

export interface Reader {
  /** Returns the rows of a SELECT that reads only tables and sequences, never a view. */
  rows<T>(sql: string): Promise<T[]>
  /** The output of `COPY … TO STDOUT`. */
  copy(sql: string): AsyncIterable<Buffer>
  /**
   * Runs `work`, which queries the table with a condition. Makes sure that planning the query runs no code of other
   * roles with our privileges.
   */
  planned<T>(table: TableName, work: () => Promise<T>): Promise<T>
}

export function readerOf(client: pg.Client): Reader {
  return {
    rows: async <T>(sql: string) => (await queryTables(client, sql)) as T[],
    copy: (sql) => client.query(copyTo(sql, { highWaterMark: 1 << 20 })) as AsyncIterable<Buffer>,
    planned: (table, work) => withSafePlanning(client, table, work),
  }
}
