// What a comparison asks of a session: a connection of its own, or that of a restore which has not committed.
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { queryTables } from '../dump/query-tables.ts'
import { withSafePlanning } from '../owners/safe-planning.ts'

export interface Reader {
  /** Rows of a SELECT that reads tables and sequences, never a view. */
  rows<T>(sql: string): Promise<T[]>
  /** The output of `COPY … TO STDOUT`. */
  copy(sql: string): AsyncIterable<Buffer>
  /**
   * Runs work that queries the table with a condition, which PostgreSQL plans, so that no code of others runs with our
   * rights.
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
