// A database's tables at one moment: exact rows, sizes, columns.
import type { DatabaseState, TableState } from '../../../domain/rehearsal.ts'
import type { Address } from '../address.ts'
import { inParallel } from '../compare/session.ts'
import { withClient } from '../connect.ts'
import { ownSchema } from './lock-record.ts'

const connections = 2

/** Partitions are counted each, their parents not. */
const tablesSql = `
  SELECT c.oid::int8 AS identity, n.nspname AS schema, c.relname AS table, pg_total_relation_size(c.oid)::text AS bytes,
         format('%I.%I', n.nspname, c.relname) AS name,
         (SELECT jsonb_object_agg(attnum, attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', $1)
   ORDER BY 2, 3`

interface Row {
  readonly identity: string
  readonly schema: string
  readonly table: string
  readonly bytes: string
  readonly name: string
  readonly columns: Record<string, string> | null
}

/** Reads every table once. Nobody else changes the database meanwhile. */
export async function measureDatabase(address: Address, signal: AbortSignal): Promise<DatabaseState> {
  const { rows, bytes } = await withClient(address, async (client) => {
    const size = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database())::text AS bytes')
    return { rows: (await client.query<Row>(tablesSql, [ownSchema])).rows, bytes: Number(size.rows[0]?.bytes) }
  })
  const tables = await inParallel(address, connections, rows, signal, async (client, row): Promise<TableState> => {
    const counted = await client.query<{ count: string }>(`SELECT count(*) FROM ONLY ${row.name}`)
    const { schema, table, columns } = row
    return {
      identity: Number(row.identity),
      schema,
      table,
      rows: Number(counted.rows[0]?.count),
      bytes: Number(row.bytes),
      columns: columns ?? {},
    }
  })
  return { bytes, tables }
}
