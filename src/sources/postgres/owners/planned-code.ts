// Code that PostgreSQL runs while it plans a query on a table: functions of constants in its indexes, statistics and partition key.
import type pg from 'pg'
import type { TableName } from '../../../domain/table-name.ts'

export interface PlannedCode {
  readonly table: TableName
  /** With its schema. */
  readonly function: string
  readonly author: string
}

/**
 * What the expressions refer to, as pg_depend has it; functions of superusers, and of roles that have the rights of ours, may run.
 * Constraints do not matter: `constraint_exclusion` is off in our sessions.
 * A new function, index or statistics object is in the catalogue at once, so this is not for a session in an older snapshot.
 */
const plannedSql = `
  WITH RECURSIVE wanted AS (
    SELECT c.oid AS of, c.oid FROM unnest($1::text[], $2::text[]) AS w(schema, name)
      JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    UNION SELECT w.of, i.inhrelid FROM wanted AS w JOIN pg_inherits i ON i.inhparent = w.oid
  ), reached(of, classid, objid) AS (
    SELECT w.of, 'pg_class'::regclass::oid, i.indexrelid FROM wanted AS w JOIN pg_index i ON i.indrelid = w.oid
     WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
    UNION SELECT w.of, 'pg_statistic_ext'::regclass::oid, x.oid FROM wanted AS w JOIN pg_statistic_ext x ON x.stxrelid = w.oid
    UNION SELECT w.of, d.refclassid, d.refobjid FROM wanted AS w JOIN pg_partitioned_table p ON p.partrelid = w.oid
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = w.oid AND d.refclassid <> 'pg_class'::regclass
    UNION SELECT r.of, d.refclassid, d.refobjid FROM reached AS r JOIN pg_depend d ON d.classid = r.classid AND d.objid = r.objid
     WHERE d.deptype IN ('n', 'a', 'i') AND d.refclassid NOT IN ('pg_class'::regclass, 'pg_namespace'::regclass)
  )
  SELECT DISTINCT ON (1, 2, 4) n.nspname::text AS schema, c.relname::text AS "table",
         format('%I.%I', pn.nspname, p.proname) AS function, a.rolname::text AS author
    FROM reached AS r JOIN pg_proc p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
    JOIN pg_namespace pn ON pn.oid = p.pronamespace JOIN pg_roles a ON a.oid = p.proowner
    JOIN pg_class c ON c.oid = r.of JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT a.rolsuper AND NOT (pg_has_role(a.oid, current_user, 'USAGE') AND pg_has_role(a.oid, session_user, 'USAGE'))
   ORDER BY 1, 2, 4, 3`

/** Functions of authors who lack rights of this session, one for each table and author. */
export async function plannedCodeOf(client: pg.ClientBase, tables: readonly TableName[]): Promise<PlannedCode[]> {
  const { rows } = await client.query<TableName & { function: string; author: string }>(plannedSql, [...namesOf(tables)])
  return rows.map(({ schema, table, function: name, author }) => ({ table: { schema, table }, function: name, author }))
}

/** OIDs of the tables, of their partitions and children. */
export async function withPartitions(client: pg.ClientBase, tables: readonly TableName[]): Promise<string[]> {
  const { rows } = await client.query<{ oid: string }>(
    `
  WITH RECURSIVE wanted AS (
    SELECT c.oid AS of, c.oid FROM unnest($1::text[], $2::text[]) AS w(schema, name)
      JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    UNION SELECT w.of, i.inhrelid FROM wanted AS w JOIN pg_inherits i ON i.inhparent = w.oid
  )
  SELECT DISTINCT oid::text AS oid FROM wanted`,
    [...namesOf(tables)],
  )
  return rows.map(({ oid }) => oid)
}

function namesOf(tables: readonly TableName[]): readonly [string[], string[]] {
  return [tables.map(({ schema }) => schema), tables.map(({ table }) => table)]
}
