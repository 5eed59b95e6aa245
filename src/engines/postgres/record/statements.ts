// The statements that write and find a row of the record.
import type { RunRow } from '../../../ports/record.ts'
import { type ColumnName, columns } from './columns.ts'

interface Statement {
  readonly text: string
  readonly values: readonly (string | null)[]
}

/** The values in the order of the columns. Times are UTC, also in a column without time zone, as Prisma stores them. */
function valuesOf(row: RunRow): (string | null)[] {
  const values: Record<ColumnName, string | undefined> = {
    id: row.id,
    kind: row.kind,
    trigger: row.trigger,
    status: row.status,
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString(),
    checksum: row.checksum,
    manifest: row.manifest,
    bytes: row.bytes?.toString(),
    location: row.location,
    error: row.error,
  }
  return columns.map(({ name }) => values[name] ?? null)
}

/** Updates the row with the ID `former`, if there is one. `table` is already quoted, here and below. */
export function updateStatement(table: string, row: RunRow, former: string): Statement {
  const changes = columns.map(({ name }, index) => `"${name}" = $${index + 1}`)
  const text = `UPDATE ${table} SET ${changes.join(', ')} WHERE "id" = $${columns.length + 1}`
  return { text, values: [...valuesOf(row), former] }
}

/** Inserts the row, or replaces the row with the same ID. */
export function upsertStatement(table: string, row: RunRow): Statement {
  const names = columns.map(({ name }) => `"${name}"`)
  const places = columns.map((_, index) => `$${index + 1}`)
  const changes = names.map((name) => `${name} = EXCLUDED.${name}`)
  const text = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')}) ON CONFLICT ("id") DO UPDATE SET ${changes.join(', ')}`
  return { text, values: valuesOf(row) }
}

/**
 * Maximum characters to read of a value. IDs and digests are far shorter, but other programs may have written the row.
 */
const longest = 4096

/**
 * Finds the row with this ID, else a running one of the same kind, trigger and digits, which are the ID's part after
 * its time.
 */
export function findStatement(table: string, id: string): Statement {
  const text = `
    SELECT left("id"::text, ${longest}) AS id, left("status"::text, ${longest}) AS status,
           left("checksum"::text, ${longest}) AS checksum, left("manifest"::text, ${longest}) AS manifest
      FROM ${table}
     WHERE "id" = $1 OR ("status"::text = 'running' AND right("id"::text, length($2::text)) = $2::text)
     ORDER BY ("id" = $1) DESC
     LIMIT 1`
  return { text, values: [id, id.slice(id.indexOf('-'))] }
}
