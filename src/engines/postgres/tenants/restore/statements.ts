// SQL fragments that both ways to restore share, and statements that write to several tables of a cycle at once.
import type pg from 'pg'
import type { MappedTable } from '../../../../domain/tenants/map.ts'
import { qualified } from '../../dump/snapshot.ts'
import { csvOptions } from '../dump/columns.ts'
import { fromOf } from '../ownership-sql.ts'
import { asWritten, equal, id, isNull, typeOf } from '../quoting.ts'
import { withDefaultPath } from './default-path.ts'
import type { Matched, RestoreContext } from './restore-context.ts'

/** `"id", "name"`, or `t."id", t."name"`. */
export function columnList(columns: readonly string[], alias?: string): string {
  return columns.map((name) => (alias === undefined ? id(name) : `${alias}.${id(name)}`)).join(', ')
}

/**
 * Expression for the content of a row as PostgreSQL writes it: the same text for the same content. NULL and the empty
 * text differ.
 */
export function contentOf(columns: readonly string[], alias: string): string {
  return `ROW(${columnList(columns, alias)})::pg_catalog.text`
}

/**
 * Condition: `s` and `t` have the same content, compared column by column as PostgreSQL writes it. 1.0 differs from
 * 1.00, and `A` from `a`. Never NULL.
 */
export function sameContent({ table, columns }: Matched): string {
  const same = columns.map((name) => {
    const [t, s] = [`t.${id(name)}`, `s.${id(name)}`]
    const type = typeOf(table, name)
    return `coalesce(${asWritten(t, type)} ${equal} ${asWritten(s, type)}, ${isNull(t)} AND ${isNull(s)})`
  })
  return `(${same.join(' AND ')})`
}

/** Condition: `s` and `t` have the same key. */
export function sameKey(key: readonly string[]): string {
  return key.map((name) => `t.${id(name)} ${equal} s.${id(name)}`).join(' AND ')
}

/** COPY of rows in the form of the backup's CSV. */
export function copyOutStatement({ table, columns }: Matched, where: string): string {
  const select = columns.map((name) => `t.${id(name)}`).join(', ')
  return `COPY (SELECT ${select} FROM ${fromOf(table)} AS t WHERE ${where}) TO STDOUT (${csvOptions(columns)})`
}

/** INSERT of staged rows; `source` is the SQL after SELECT. */
export function insertStatement({ table, columns }: Matched, source: string): string {
  return `INSERT INTO ${qualified(table)} (${columnList(columns)}) OVERRIDING SYSTEM VALUE SELECT ${source}`
}

/** FROM and WHERE of the staged rows that the table does not have. */
export function missingRows({ table, key }: Matched, staged: string): string {
  return `FROM ${staged} AS s WHERE NOT EXISTS (SELECT FROM ${fromOf(table)} AS t WHERE ${sameKey(key)})`
}

/** UPDATE of the rows that differ from the staged ones and for which `condition` is true. */
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
 * Runs INSERTs, UPDATEs and DELETEs as one statement, so that foreign keys are checked after all of them. Returns the
 * number of rows that each wrote.
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

/** Runs one INSERT, UPDATE or DELETE. Returns the number of rows that it wrote. */
export async function writeRows(client: pg.ClientBase, statement: string): Promise<number> {
  const { rowCount } = await withDefaultPath(client, () => client.query(statement))
  return rowCount ?? 0
}

/** Runs a query that returns one row with a number `n`. */
export async function countOf(client: pg.ClientBase, sql: string): Promise<number> {
  const { rows } = await client.query<{ n: number | string }>(sql)
  return Number(rows[0]?.n ?? 0)
}

/** Condition: the row `t` belongs to the tenant. */
export function ours({ sql, tenant }: RestoreContext, table: MappedTable): string {
  return sql.belongs(table, tenant)
}
