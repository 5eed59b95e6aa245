// Matches the tables of a backup with those of the database, and finds differences before anything is written.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import { type MappedTable, nameOf, type TenantMap, writtenColumns } from '../../../../domain/tenants/map.ts'
import type { ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import type { Matched } from './restore-context.ts'

interface Matching {
  readonly map: TenantMap
  readonly zipped: readonly ZippedTable[]
  /** From `alwaysIdentity`. */
  readonly always: ReadonlySet<string>
  /** Returns the failure to throw if the table does not accept rows of this ZIP, else undefined. */
  takes(table: MappedTable): Failure | undefined
}

/**
 * Returns the matches in order of import. Throws Failure: `usage` if the database lacks a table that has rows,
 * `refused` if it lacks a column or requires one that the backup lacks, and what `takes` returns.
 */
export function matchTables({ map, zipped, always, takes }: Matching): { matches: Matched[]; notes: string[] } {
  const tables = new Map(map.tables.map((table) => [nameOf(table), table]))
  const missing = zipped.filter((each) => !tables.has(nameOf(each)))
  requireTables(missing.filter(({ rows }) => rows > 0))
  const notes = missing.map((each) => `${nameOf(each)} is not in this database; the backup has no rows of that table.`)
  const faults: string[] = []
  const found = zipped.flatMap((each) => {
    const table = tables.get(nameOf(each))
    if (!table) return []
    const refusal = takes(table)
    if (refusal && each.rows > 0) throw refusal
    if (refusal) return []
    const compared = compareColumns(each, table)
    faults.push(...compared.faults)
    notes.push(...compared.notes)
    return [matched(each, table, always)]
  })
  if (faults.length > 0) {
    throw new Failure(
      'tenant/schema-changed',
      `the schema of the database differs from the backup: ${faults.join('; ')}`,
      {
        hint: 'Restore into another database with the schema of the backup (schema.dump.zst) and migrate it, or add the columns again.',
      },
    )
  }
  const place = new Map(map.tables.map((table, at) => [nameOf(table), at]))
  return { matches: found.sort((a, b) => (place.get(nameOf(a.table)) ?? 0) - (place.get(nameOf(b.table)) ?? 0)), notes }
}

function requireTables(missing: readonly ZippedTable[]): void {
  if (missing.length === 0) return
  const named = missing.map((each) => `${nameOf(each)} (${each.rows} rows)`).join(', ')
  throw new Failure(
    'tenant/tables-missing',
    `the backup has rows of tables that this database does not have: ${named}`,
    {
      hint: 'Restore into a database with the schema of the backup (schema.dump.zst, next to the ZIP), and run the later migrations there.',
    },
  )
}

function compareColumns(zipped: ZippedTable, table: MappedTable): { faults: string[]; notes: string[] } {
  if (zipped.rows === 0) return { faults: [], notes: [] }
  const name = nameOf(table)
  const live = new Map(table.columns.map((column) => [column.name, column]))
  const mine = new Set(zipped.columns.map((column) => column.name))
  const lost = zipped.columns.flatMap((column) => {
    const there = live.get(column.name)
    if (there && !there.generated) return []
    return [`${name} ${there ? `computes ${column.name}` : `lacks ${column.name}`}, which the backup has`]
  })
  const more = writtenColumns(table).filter((column) => !mine.has(column.name))
  const needed = more.filter(({ notNull, hasDefault }) => notNull && !hasDefault)
  return {
    faults: [
      ...lost,
      ...needed.map((column) => `${name} requires column ${column.name}, which the backup does not have`),
    ],
    notes: more
      .filter((column) => !needed.includes(column))
      .map(
        ({ name: column, hasDefault }) =>
          `${name}.${column} is not in the backup, and is set to ${hasDefault ? 'its default' : 'NULL'}.`,
      ),
  }
}

function matched(zipped: ZippedTable, table: MappedTable, always: ReadonlySet<string>): Matched {
  const columns = zipped.columns.map(({ name }) => name)
  const key = table.primaryKey.every((name) => columns.includes(name)) ? table.primaryKey : []
  const changeable = columns.filter((name) => !key.includes(name) && !always.has(columnId(table, name)))
  return { zipped, table, columns, key, changeable }
}

/** Returns a unique text for a column of a table, as a key of maps and sets. */
export function columnId(table: { readonly schema: string; readonly table: string }, column: string): string {
  return JSON.stringify([table.schema, table.table, column])
}

/** Columns GENERATED ALWAYS AS IDENTITY, by `columnId`. */
export async function alwaysIdentity(client: pg.ClientBase): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ schema: string; table: string; column: string }>(
    `SELECT n.nspname AS schema, c.relname AS "table", a.attname AS "column"
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE a.attidentity = 'a' AND a.attnum > 0 AND NOT a.attisdropped`,
  )
  return new Set(rows.map((row) => columnId(row, row.column)))
}
