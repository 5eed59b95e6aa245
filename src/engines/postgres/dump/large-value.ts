// Finds the row that is too large for pg_dump, so that the error message can name it.
import pg from 'pg'
import { asFailure, type Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { withSafePlanning } from '../owners/safe-planning.ts'
import { type HeldSnapshot, qualified } from './snapshot.ts'

/**
 * Converts an error of pg_dump to a Failure. If a row is too large, the message names the row and its largest column.
 */
export async function explainLargeValue(
  error: unknown,
  stderr: string,
  address: Address,
  snapshot: HeldSnapshot,
): Promise<Failure> {
  const failure = asFailure(error)
  if (failure.code !== 'postgres/value-too-large') return failure
  const name = /Dumping the contents of table "(.*)" failed/.exec(stderr)?.[1]
  const [table, ...others] = snapshot.tables.filter((each) => each.table === name)
  if (!table || others.length > 0) return failure
  const found = await withClient(address, (guard) =>
    withSafePlanning(guard, table, () => largestValue(address, snapshot.name, table.oid)),
  ).catch(() => undefined)
  if (!found) return failure
  const { column, row, bytes } = found
  return failure.restate(
    `a row of ${qualified(table)} is too large to dump (limit: 1 GB as text): ctid ${row}, column ${column} with ${bytes} bytes`,
  )
}

interface LargeValue {
  readonly column: string
  /** Its ctid. */
  readonly row: string
  readonly bytes: number
}

/**
 * Returns the largest value of a table, by its size in memory for text, varchar and bytea, and on disk for other types.
 * Does not read the values.
 */
export async function largestValue(address: Address, snapshot: string, oid: string): Promise<LargeValue | undefined> {
  return withClient(address, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(snapshot)}`)
    const { rows: columns } = await client.query<{ name: string; of: string; measured: boolean }>(
      `SELECT a.attname AS name, c.oid::regclass::text AS of, a.atttypid IN ('bytea'::regtype, 'text'::regtype, 'varchar'::regtype) AS measured
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attlen = -1`,
      [oid],
    )
    const sizes = columns.map(({ name, measured }) => {
      const column = pg.escapeIdentifier(name)
      return `(${pg.escapeLiteral(name)}, ${measured ? `octet_length(t.${column})` : `pg_column_size(t.${column})`}::bigint)`
    })
    if (sizes.length === 0) return undefined
    const { rows } = await client.query<{ column: string; row: string; bytes: string }>(
      `SELECT v.name AS column, t.ctid::text AS row, v.bytes::text AS bytes
         FROM ONLY ${columns[0]?.of} t CROSS JOIN LATERAL (VALUES ${sizes.join(', ')}) v(name, bytes)
        WHERE v.bytes IS NOT NULL ORDER BY v.bytes DESC LIMIT 1`,
    )
    return rows[0] && { ...rows[0], bytes: Number(rows[0].bytes) }
  })
}
