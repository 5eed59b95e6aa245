// Pieces of SQL that the ways of restoring share, and statements that write to several tables of a circle at once.
import type pg from 'pg'
import type { MappedTable } from '../../../domain/tenants/map.ts'
import { qualified } from '../../postgres/snapshot.ts'
import { csvOptions } from '../dump/columns.ts'
import { fromOf } from '../ownership-sql.ts'
import { id } from '../quoting.ts'
import type { Matched, Restoring } from './setting.ts'

/** `"id", "name"`, or `t."id", t."name"`. */
export function columnList(columns: readonly string[], alias?: string): string {
  return columns.map((name) => (alias === undefined ? id(name) : `${alias}.${id(name)}`)).join(', ')
}

/** A row's content as PostgreSQL writes it: the same text for the same content, NULL and the empty text told apart. */
export function contentOf(columns: readonly string[], alias: string): string {
  return `ROW(${columnList(columns, alias)})::text`
}

/** `s` and `t` hold the same, column by column, as PostgreSQL writes it: 1.0 is not 1.00, and `A` never `a`. Never NULL. */
export function sameContent(columns: readonly string[]): string {
  const written = (alias: string, name: string): string => `${alias}.${id(name)}::text COLLATE "C"`
  return `(${columns.map((name) => `${written('t', name)} IS NOT DISTINCT FROM ${written('s', name)}`).join(' AND ')})`
}

/** `s` and `t` have the same key. */
export function sameKey(key: readonly string[]): string {
  return key.map((name) => `t.${id(name)} = s.${id(name)}`).join(' AND ')
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

export function deleteStatement(table: MappedTable, where: string): string {
  return `DELETE FROM ${fromOf(table)} AS t WHERE ${where}`
}

/**
 * Runs INSERTs or DELETEs at the same instant: as one statement if they are several, so that foreign keys are checked behind all of them.
 * Gives how many rows each wrote.
 */
export async function together(client: pg.ClientBase, statements: readonly string[]): Promise<number[]> {
  const [only, ...more] = statements
  if (only === undefined) return []
  if (more.length === 0) return [(await client.query(only)).rowCount ?? 0]
  const parts = statements.map((statement, at) => `w${at} AS (${statement} RETURNING 1)`)
  const counts = statements.map((_, at) => `(SELECT pg_catalog.count(*) FROM w${at})::float8 AS n${at}`)
  const { rows } = await client.query<Record<string, number>>(`WITH ${parts.join(', ')} SELECT ${counts.join(', ')}`)
  return statements.map((_, at) => rows[0]?.[`n${at}`] ?? 0)
}

/** One number from one row. */
export async function countOf(client: pg.ClientBase, sql: string): Promise<number> {
  const { rows } = await client.query<{ n: number | string }>(sql)
  return Number(rows[0]?.n ?? 0)
}

/** The condition that a row `t` is the tenant's. */
export function ours({ sql, tenant }: Restoring, table: MappedTable): string {
  return sql.belongs(table, tenant)
}
