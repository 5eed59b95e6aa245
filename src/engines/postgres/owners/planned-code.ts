// Finds code that PostgreSQL runs while it plans a query on a table: function calls with constant arguments in its
// indexes, statistics and partition key.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'

export interface PlannedCode {
  readonly table: TableName
  /** With its schema. */
  readonly function: string
  readonly author: string
}

/** A table that a query reads: one that the query names, or a partition or child of it. */
export interface ReadTable extends TableName {
  /** OID of the table itself; its `schema` and `table` are the name in the query. */
  readonly oid: string
  /** Whether it has expressions that PostgreSQL evaluates during planning. */
  readonly expressions: boolean
  /** Whether its owner lacks rights of this session, and so could add such expressions at any time. */
  readonly ofOthers: boolean
}

/** SQL: whether a role lacks rights of this session, that is of its current user or of its session user. */
export const lacksOurRights = (role: string): string =>
  `NOT (pg_has_role(${role}, current_user, 'USAGE') AND pg_has_role(${role}, session_user, 'USAGE'))`

/** SQL: whether PostgreSQL evaluates expressions while it plans a query on a table. */
export const hasExpressions = (oid: string): string => `(
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = ${oid} AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))
    OR EXISTS (SELECT FROM pg_statistic_ext x WHERE x.stxrelid = ${oid} AND (to_jsonb(x) -> 'stxexprs') <> 'null')
    OR EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = ${oid} AND p.partexprs IS NOT NULL))`

const readTablesSql = `
  WITH RECURSIVE family AS (
    SELECT c.oid, w.schema, w.name FROM unnest($1::text[], $2::text[]) AS w(schema, name)
      JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    UNION SELECT i.inhrelid, f.schema, f.name FROM family AS f JOIN pg_inherits i ON i.inhparent = f.oid
  )
  SELECT f.oid::text AS oid, f.schema, f.name AS "table", ${hasExpressions('f.oid')} AS expressions,
         ${lacksOurRights('c.relowner')} AS "ofOthers"
    FROM family AS f JOIN pg_class c ON c.oid = f.oid ORDER BY 2, 3`

/** The tables that queries on these tables read. */
export async function tablesReadBy(client: pg.ClientBase, tables: readonly TableName[]): Promise<ReadTable[]> {
  const names = [tables.map(({ schema }) => schema), tables.map(({ table }) => table)]
  return (await client.query<ReadTable>(readTablesSql, names)).rows
}

const plannedOfTables = `
    SELECT i.indrelid, 'pg_class'::regclass::oid, i.indexrelid FROM pg_index i
     WHERE i.indrelid = ANY ($1::oid[]) AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
    UNION SELECT x.stxrelid, 'pg_statistic_ext'::regclass::oid, x.oid FROM pg_statistic_ext x WHERE x.stxrelid = ANY ($1::oid[])
    UNION SELECT p.partrelid, 'pg_class'::regclass::oid, p.partrelid FROM pg_partitioned_table p
     WHERE p.partrelid = ANY ($1::oid[]) AND p.partexprs IS NOT NULL`

const expressionsOfIndexes = `
    SELECT i.indrelid, 'pg_class'::regclass::oid, i.indexrelid FROM unnest($1::text[], $2::text[]) AS w(schema, name)
      JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
      JOIN pg_index i ON i.indexrelid = c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)`

/**
 * Functions that the expressions refer to, by pg_depend. Functions of superusers, and of roles that have all rights of
 * this session, may run. Constraints do not matter: `constraint_exclusion` is off in Resguardo's sessions.
 */
const codeSql = (start: string): string => `
  WITH RECURSIVE reached(oid, classid, objid) AS (${start}
    UNION SELECT r.oid, f.refclassid, f.refobjid FROM reached AS r CROSS JOIN LATERAL (
      SELECT d.refclassid, d.refobjid FROM pg_depend d
       WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype IN ('n', 'a', 'i')
         AND d.refclassid NOT IN ('pg_class'::regclass, 'pg_namespace'::regclass) OFFSET 0
    ) AS f
  )
  SELECT DISTINCT ON (1, 3) r.oid::text AS oid, format('%I.%I', n.nspname, p.proname) AS function, a.rolname::text AS author
    FROM reached AS r JOIN pg_proc p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
    JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles a ON a.oid = p.proowner
   WHERE NOT a.rolsuper AND ${lacksOurRights('a.oid')} ORDER BY 1, 3, 2`

/**
 * Functions of authors who lack rights of this session. Do not call it in a snapshot that is older than a lock on the
 * tables: PostgreSQL uses a new function, index or statistics object at once, and the snapshot does not show it.
 */
export async function plannedCodeOf(client: pg.ClientBase, read: readonly ReadTable[]): Promise<PlannedCode[]> {
  const tables = new Map(read.filter(({ expressions }) => expressions).map((each) => [each.oid, each]))
  if (tables.size === 0) return []
  const { rows } = await client.query<{ oid: string; function: string; author: string }>(codeSql(plannedOfTables), [
    [...tables.keys()],
  ])
  return rows.flatMap(({ oid, ...code }) => {
    const found = tables.get(oid)
    return found ? [{ table: { schema: found.schema, table: found.table }, ...code }] : []
  })
}

/** Authors of functions in the expressions of these indexes; only those who lack rights of this session. */
export async function authorsInIndexes(client: pg.ClientBase, indexes: readonly TableName[]): Promise<string[]> {
  const names = [indexes.map(({ schema }) => schema), indexes.map(({ table }) => table)]
  const { rows } = await client.query<{ author: string }>(codeSql(expressionsOfIndexes), names)
  return [...new Set(rows.map(({ author }) => author))].sort()
}

/**
 * Throws `postgres/code-rights` if planning a query on one of the tables runs code of a role that lacks rights of this
 * session.
 */
export async function requireNoPlannedCode(client: pg.ClientBase, tables: readonly TableName[]): Promise<void> {
  const [code] = await plannedCodeOf(client, await tablesReadBy(client, tables))
  if (code) throw planningRefused('postgres/code-rights', code)
}

export const planningHint =
  'Connect as the author, make a superuser the owner of the function, or use --code-as-superuser if you trust the author.'

export function planningRefused(refusal: FailureCode, { table, function: name, author }: PlannedCode): Failure {
  const what = `${table.schema}.${table.table}`
  return new Failure(refusal, `planning a query on ${what} would run function ${name} of ${author} with other rights`, {
    hint: planningHint,
  })
}
