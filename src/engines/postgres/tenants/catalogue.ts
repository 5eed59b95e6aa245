// Reads the tables that can contain rows of tenants: ordinary tables and root partitioned tables, with columns and
// keys.
import type pg from 'pg'
import type { ColumnShape, ForeignKeyShape, TableShape } from '../../../domain/tenants/map.ts'
import { isCopy } from '../live/marker.ts'

/** User tables: no system tables, temporary tables, tables of extensions or partitions (their root represents them). */
const tables = `
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`

const shapesSql = `
  WITH mine AS (${tables})
  SELECT n.nspname AS schema, c.relname AS "table", c.relkind = 'p' AS partitioned,
         obj_description(n.oid, 'pg_namespace') AS comment,
         EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary) AS "hasMoreUnique",
         coalesce((
           SELECT json_agg(json_build_object(
                    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'category', t.typcategory,
                    'sameness', CASE
                      WHEN b.typnamespace = 'pg_catalog'::regnamespace AND b.typname IN ('int2', 'int4', 'int8') THEN 'whole'
                      -- Of numeric only what has no decimals.
                      WHEN b.oid = 'numeric'::regtype AND a.atttypmod > 3 AND ((a.atttypmod - 4) & 2047) = 0 THEN 'whole'
                      WHEN b.oid = 'uuid'::regtype THEN 'uuid'
                      WHEN b.typnamespace = 'pg_catalog'::regnamespace AND b.typname IN ('text', 'varchar', 'bpchar')
                       AND coalesce(co.collisdeterministic, true) THEN 'text'
                      WHEN b.typnamespace = 'pg_catalog'::regnamespace OR b.typtype = 'e' THEN 'other'
                      ELSE 'outside' END,
                    'generated', a.attgenerated <> '', 'notNull', a.attnotnull,
                    'hasDefault', (a.atthasdef AND a.attgenerated = '') OR a.attidentity <> '') ORDER BY a.attnum)
             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
             JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
             LEFT JOIN pg_collation co ON co.oid = a.attcollation
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns,
         coalesce((
           SELECT json_agg(a.attname ORDER BY k.place)
             FROM pg_constraint p, unnest(p.conkey) WITH ORDINALITY k(attnum, place)
             JOIN pg_attribute a ON a.attnum = k.attnum
            WHERE p.conrelid = c.oid AND p.contype = 'p' AND a.attrelid = c.oid), '[]') AS "primaryKey",
         coalesce((
           SELECT json_agg(json_build_object(
                    'name', f.conname,
                    'columns', (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(attnum, place)
                                  JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
                    'target', json_build_object('schema', tn.nspname, 'table', tc.relname),
                    'targetColumns', (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(attnum, place)
                                        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum)
                  ) ORDER BY f.conname)
             FROM pg_constraint f JOIN pg_class tc ON tc.oid = f.confrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
            WHERE f.conrelid = c.oid AND f.contype = 'f'
              -- A key to partitions stands once for the root and once for each of them.
              AND f.conparentid = 0), '[]') AS "foreignKeys"
    FROM mine JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
   ORDER BY 1, 2`

interface Row {
  readonly schema: string
  readonly table: string
  readonly partitioned: boolean
  readonly hasMoreUnique: boolean
  readonly columns: readonly ColumnShape[]
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly ForeignKeyShape[]
  /** Of the schema. */
  readonly comment: string | null
}

/** Returns all user tables but partitions, as the client's transaction sees them, sorted by schema and name. */
export async function readTables(client: pg.ClientBase): Promise<readonly TableShape[]> {
  const { rows } = await client.query<Row>(shapesSql)
  return rows.map(({ comment, ...table }) => ({ ...table, ...(isCopy(table.schema, comment) && { isCopy: true }) }))
}
