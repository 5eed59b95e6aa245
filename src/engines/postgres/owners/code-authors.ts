// Finds the authors of the code that runs when rows of tables are written: triggers, rules, checks, defaults, types,
// index expressions.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'

/**
 * Follows pg_depend from the tables to all objects that their parts refer to. From a table, foreign keys lead only to
 * tables that its changes cascade into. Casts are reached from their types. Event triggers are included because they
 * fire on Resguardo's own commands, owners of domains because they can add a check at any time.
 */
const authorsSql = `
  WITH RECURSIVE touched AS (
    SELECT o.oid FROM unnest($1::oid[]) AS o(oid)
    UNION SELECT p.relid::oid FROM unnest($1::oid[]) AS o(oid) CROSS JOIN LATERAL pg_partition_tree(o.oid) AS p
  ), reached(classid, objid) AS (
    SELECT 'pg_class'::regclass::oid, t.oid FROM touched AS t
    UNION SELECT 'pg_proc'::regclass::oid, e.evtfoid FROM pg_event_trigger AS e WHERE e.evtenabled <> 'D'
    UNION SELECT f.classid, f.objid FROM reached AS r CROSS JOIN LATERAL (
      SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_depend AS d
       WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype IN ('n', 'a', 'i') AND d.refclassid <> 'pg_namespace'::regclass
         AND NOT (d.classid = 'pg_constraint'::regclass AND d.refclassid = 'pg_class'::regclass)
      UNION ALL
      SELECT d.classid, d.objid FROM pg_depend AS d
       WHERE d.refclassid = r.classid AND d.refobjid = r.objid
         AND (d.deptype IN ('a', 'i', 'P', 'S') OR d.classid = 'pg_cast'::regclass)
         AND NOT ($2 AND d.classid = 'pg_trigger'::regclass AND r.objid = ANY (SELECT t.oid FROM touched AS t))
      UNION ALL
      SELECT 'pg_class'::regclass::oid, k.conrelid FROM pg_depend AS d JOIN pg_constraint AS k ON k.oid = d.objid
       WHERE r.classid = 'pg_class'::regclass AND d.refclassid = r.classid AND d.refobjid = r.objid
         AND d.classid = 'pg_constraint'::regclass AND k.contype = 'f' AND k.confrelid = r.objid
         AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
    ) AS f
  )
  SELECT DISTINCT u.rolname::text AS author
    FROM reached AS r
    LEFT JOIN pg_proc AS p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
    LEFT JOIN pg_type AS t ON r.classid = 'pg_type'::regclass AND t.oid = r.objid AND t.typtype = 'd'
    JOIN pg_roles AS u ON u.oid IN (p.proowner, t.typowner)
   WHERE NOT u.rolsuper ORDER BY 1`

/** Authors that are not superusers. `quiet`: triggers of the tables do not run. */
export async function authorsOf(client: pg.ClientBase, tables: readonly string[], quiet = false): Promise<string[]> {
  const { rows } = await client.query<{ author: string }>(authorsSql, [tables, quiet])
  return rows.map(({ author }) => author)
}

/** Those of the authors that lack the rights of at least one of the roles. */
export async function authorsWithout(
  client: pg.ClientBase,
  authors: readonly string[],
  roles: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ author: string }>(
    `SELECT a.author FROM unnest($1::text[]) AS a(author) JOIN pg_roles AS u ON u.rolname = a.author
      WHERE EXISTS (SELECT FROM unnest($2::text[]) AS r(role) WHERE NOT pg_has_role(a.author::name, r.role::name, 'USAGE'))`,
    [authors, roles],
  )
  return rows.map(({ author }) => author)
}

/**
 * Tables of other owners with row-level security, on which one of the roles has a privilege that BYPASSRLS would widen.
 */
export async function tablesWithPolicies(client: pg.ClientBase, roles: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT c.oid::regclass::text AS name FROM pg_class AS c CROSS JOIN unnest($1::text[]) AS r(role)
      WHERE c.relrowsecurity
        AND NOT EXISTS (SELECT FROM unnest($1::text[]) AS o(role) WHERE pg_has_role(o.role::name, c.relowner, 'USAGE'))
        AND (has_any_column_privilege(r.role::name, c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(r.role::name, c.oid, 'DELETE'))
      ORDER BY 1`,
    [roles],
  )
  return rows.map(({ name }) => name)
}

/** The failure for code that would run with rights its authors lack. `rights` names these rights. */
export function lacksRights(code: FailureCode, authors: readonly string[], rights: string, hint: string): Failure {
  return new Failure(code, `code of ${authors.join(', ')} would run with ${rights}`, { hint })
}
