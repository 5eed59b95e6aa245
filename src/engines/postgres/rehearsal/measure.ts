// Measures a database: tables with exact row counts, sizes, columns and digests of their values, and all other
// definitions.
import type pg from 'pg'
import type { DatabaseState, TableState } from '../../../domain/drill/rehearsal-changes.ts'
import { inParallel } from '../compare/session.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { ownSchema } from './lock-record.ts'
import { objectsSql } from './objects-sql.ts'

const connections = 2

/** Each partition is counted, their parents are not. */
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

interface ObjectRow {
  readonly object: string
  readonly digest: string
  readonly relation: string | null
  readonly of: string | null
}

/** Reads every table once. No other session may change the database during the measurement. */
export async function measureDatabase(address: Address, signal: AbortSignal): Promise<DatabaseState> {
  const { rows, bytes, objects } = await withClient(address, async (client) => {
    const size = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database())::text AS bytes')
    const defined = await client.query<ObjectRow>(objectsSql, [ownSchema])
    return {
      rows: (await client.query<Row>(tablesSql, [ownSchema])).rows,
      bytes: Number(size.rows[0]?.bytes),
      objects: defined.rows.map(({ object, digest, relation, of }) => ({
        ...{ object, digest },
        ...(relation !== null && { table: { identity: Number(relation), name: of ?? '' } }),
      })),
    }
  })
  const tables = await inParallel(address, connections, rows, signal, async (client, row): Promise<TableState> => {
    const { schema, table, columns } = row
    return {
      ...{ identity: Number(row.identity), schema, table, bytes: Number(row.bytes), columns: columns ?? {} },
      ...(await readTable(client, row)),
    }
  })
  return { bytes, tables, objects }
}

/** Returns rows and a digest of each column. If a value is too large to be written as text, there are no digests. */
async function readTable(client: pg.Client, { name, columns }: Row): Promise<Pick<TableState, 'rows' | 'values'>> {
  const numbers = Object.keys(columns ?? {})
  try {
    const { rows } = await client.query<string[]>({ text: digestSql(client, name, columns ?? {}), rowMode: 'array' })
    const [count, ...digests] = rows[0] ?? []
    return { rows: Number(count), values: Object.fromEntries(numbers.map((number, at) => [number, digests[at] ?? ''])) }
  } catch (error) {
    if (!tooLarge.has((error as { code?: string }).code ?? '')) throw error
    const counted = await client.query<{ count: string }>(`SELECT count(*) FROM ONLY ${name}`)
    return { rows: Number(counted.rows[0]?.count) }
  }
}

/** program_limit_exceeded, out_of_memory, too_many_columns, statement_too_complex. */
const tooLarge: ReadonlySet<string> = new Set(['54000', '53200', '54011', '54001'])

/**
 * A sum, which does not depend on the order of the rows, and the number of values that are not NULL. `concat` writes a
 * value with the output function of its type; a cast to text could call a function of the migration's author.
 */
function digestSql(client: pg.Client, table: string, columns: Readonly<Record<string, string>>): string {
  const digests = Object.values(columns).map((name) => {
    const column = client.escapeIdentifier(name)
    return `concat(sum(hashtextextended(concat(${column}) COLLATE "C", 0)), '/', count(${column}))`
  })
  return `SELECT ${['count(*)', ...digests].join(', ')} FROM ONLY ${table}`
}
