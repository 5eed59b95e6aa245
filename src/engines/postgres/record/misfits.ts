// Finds what makes a table unsuitable for the record of runs, and the SQL that corrects it.
import type pg from 'pg'
import { type Column, columns } from './columns.ts'

interface Misfit {
  /** Text that follows the table's name: `lacks column "bytes"`. */
  readonly what: string
  readonly fix: string
}

interface Found {
  readonly name: string
  readonly type: string
  readonly required: boolean
}

const columnsSql = `
  SELECT a.attname AS name, CASE t.typtype WHEN 'e' THEN 'enum' ELSE format_type(a.atttypid, NULL) END AS type,
         a.attnotnull AS required
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped`

const uniqueSql = `
  SELECT EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1
       AND a.attname = 'id') AS yes`

/** Checks the table with this OID; `table` is its quoted name, for the SQL. Returns nothing if it is suitable. */
export async function misfitsOf(client: pg.ClientBase, oid: string, table: string): Promise<Misfit[]> {
  const { rows } = await client.query<Found>(columnsSql, [oid])
  const found = new Map(rows.map((row) => [row.name, row]))
  const misfits = columns.flatMap((column) => misfitOf(column, found.get(column.name), table))
  if (!found.has('id')) return misfits
  const { rows: unique } = await client.query<{ yes: boolean }>(uniqueSql, [oid])
  if (unique[0]?.yes) return misfits
  return [...misfits, { what: 'has no primary key on "id"', fix: `ALTER TABLE ${table} ADD PRIMARY KEY ("id");` }]
}

function misfitOf({ name, type, required, fits }: Column, found: Found | undefined, table: string): Misfit[] {
  if (!found) return [{ what: `lacks column "${name}"`, fix: `ALTER TABLE ${table} ADD COLUMN "${name}" ${type};` }]
  if (!fits.includes(found.type)) {
    const fix = `ALTER TABLE ${table} ALTER COLUMN "${name}" TYPE ${type} USING "${name}"::${type};`
    return [{ what: `has column "${name}" of type ${found.type}, not ${type}`, fix }]
  }
  if (required || !found.required) return []
  return [
    {
      what: `does not allow NULL in column "${name}"`,
      fix: `ALTER TABLE ${table} ALTER COLUMN "${name}" DROP NOT NULL;`,
    },
  ]
}
