// Checks filters of extensions' configuration tables: pg_dump reads such a table with a query, which runs code of the
// table and of the filter.
import type pg from 'pg'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { lacksOurRights, type PlannedCode, planningRefused, requireNoPlannedCode } from './planned-code.ts'

/** Functions of an extension that are named in one of its filters. */
const calledSql = `
  SELECT t.nspname::text AS schema, c.relname::text AS "table", format('%I.%I', n.nspname, p.proname) AS function, a.rolname::text AS author
    FROM pg_extension e CROSS JOIN LATERAL unnest(e.extconfig, e.extcondition) AS f(oid, condition)
    JOIN pg_class c ON c.oid = f.oid JOIN pg_namespace t ON t.oid = c.relnamespace
    JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
    JOIN pg_proc p ON p.oid = d.objid AND strpos(f.condition, p.proname::text) > 0
    JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles a ON a.oid = p.proowner
   WHERE NOT a.rolsuper AND ${lacksOurRights('a.oid')} ORDER BY 1, 2, 3`

/**
 * `tables`: tables with filters. Throws `postgres/code-rights` if reading one of them runs code of a role that lacks
 * rights of this session.
 */
export async function requireSafeFilters(client: pg.ClientBase, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return
  await requireNoPlannedCode(client, tables)
  const { rows } = await client.query<TableName & Omit<PlannedCode, 'table'>>(calledSql)
  const [found] = rows
  if (!found) return
  const { schema, table, ...code } = found
  throw planningRefused('postgres/code-rights', { table: { schema, table }, ...code })
}
