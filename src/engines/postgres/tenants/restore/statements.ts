// Pieces of SQL that the ways of restoring share, and statements that write to several tables of a circle at once.
import type pg from 'pg'
import type { MappedTable } from '../../../../domain/tenants/map.ts'
import { qualified } from '../../dump/snapshot.ts'
import { csvOptions } from '../dump/columns.ts'
import { fromOf } from '../ownership-sql.ts'
import { asWritten, equal, id, isNull, typeOf } from '../quoting.ts'
import { withDefaultPath } from './default-path.ts'
import type { Matched, RestoreContext } from './setting.ts'

/** `"id", "name"`, or `t."id", t."name"`. */
export function columnList(columns: readonly string[], alias?: string): string {
  return columns.map((name) => (alias === undefined ? id(name) : `${alias}.${id(name)}`)).join(', ')
}

/**
 * A row's content as PostgreSQL writes it: the same text for the same content, NULL and the empty text distinguished.
 */
export function contentOf(columns: readonly string[], alias: string): string {
  return `ROW(${columnList(columns, alias)})::pg_catalog.text`
}

/**
 * `s` and `t` hold the same, column by column, as PostgreSQL writes it: 1.0 is not 1.00, and `A` never `a`. Never NULL.
 */
export function sameContent({ table, columns }: Matched): string {
  const same = columns.map((name) => {
    const [t, s] = [`t.${id(name)}`, `s.${id(name)}`]
    const type = typeOf(table, name)
    return `coalesce(${asWritten(t, type)} ${equal} ${asWritten(s, type)}, ${isNull(t)} AND ${isNull(s)})`
  })
  return `(${same.join(' AND ')})`
}

/** `s` and `t` have the same key. */
export function sameKey(key: readonly string[]): string {
  return key.map((name) => `t.${id(name)} ${equal} s.${id(name)}`).join(' AND ')
}

/** Rows as the backup's CSV has them. */
export function copyOutStatement({ table, columns }: Matched, where: string): string {
  const select = columns.map((name) => `t.${id(name)}`).join(', ')
  return `COPY (SELECT ${select} FROM ${fromOf(table)} AS t WHERE ${where}) TO STDOUT (${csvOptions(columns)})`
}

/** INSERT of staged rows; `source` is what stands behind SELECT. */
export function insertStatement({ table, columns }: Matched, source: string): string {
  return `INSERT INTO ${qualified(table)} (${columnList(columns)}) OVERRIDING SYSTEM VALUE SELECT ${source}`
}

/** `source` of the rows that are not there yet. */
export function missingRows({ table, key }: Matched, staged: string): string {
  return `FROM ${staged} AS s WHERE NOT EXISTS (SELECT FROM ${fromOf(table)} AS t WHERE ${sameKey(key)})`
}

/** UPDATE of the rows that differ from the staged ones; rows that `condition` does not hold for stay. */
export function updateStatement(match: Matched, staged: string, condition: string): string {
  const { table, key, changeable } = match
  const target = table.partitioned ? qualified(table) : `ONLY ${qualified(table)}`
  return `UPDATE ${target} AS t SET (${columnList(changeable)}) = ROW(${columnList(changeable, 's')}) FROM ${staged} AS s
           WHERE ${sameKey(key)} AND NOT ${sameContent(match)} AND ${condition}`
}

export function deleteStatement(table: MappedTable, where: string): string {
  return `DELETE FROM ${fromOf(table)} AS t WHERE ${where}`
}

/**
 * Runs INSERTs or DELETEs at the same instant: as one statement if they are several, so that foreign keys are checked
 * behind all of them. Gives how many rows each wrote.
 */
export async function together(client: pg.ClientBase, statements: readonly string[]): Promise<number[]> {
  const [only, ...more] = statements
  if (only === undefined) return []
  if (more.length === 0) return [await writeRows(client, only)]
  const parts = statements.map((statement, at) => `w${at} AS (${statement} RETURNING 1)`)
  const counts = statements.map((_, at) => `(SELECT pg_catalog.count(*) FROM w${at})::pg_catalog.float8 AS n${at}`)
  const { rows } = await withDefaultPath(client, () =>
    client.query<Record<string, number>>(`WITH ${parts.join(', ')} SELECT ${counts.join(', ')}`),
  )
  return statements.map((_, at) => rows[0]?.[`n${at}`] ?? 0)
}

/** Runs one INSERT, UPDATE or DELETE and gives how many rows it wrote. */
export async function writeRows(client: pg.ClientBase, statement: string): Promise<number> {
  const { rowCount } = await withDefaultPath(client, () => client.query(statement))
  return rowCount ?? 0
}

/** One number from one row. */
export async function countOf(client: pg.ClientBase, sql: string): Promise<number> {
  const { rows } = await client.query<{ n: number | string }>(sql)
  return Number(rows[0]?.n ?? 0)
}

/** The condition that a row `t` is the tenant's. */
export function ours({ sql, tenant }: RestoreContext, table: MappedTable): string {
  return sql.belongs(table, tenant)
}
