// Reads which tables and sequences the restored database has, and how to read the rows of each.
import type pg from 'pg'
import { isAsciiSql, isUnconvertible } from '../dump/odd-names.ts'

export interface Relation {
  readonly schema: string
  readonly name: string
  /** As in pg_class: `r` table, `p` partitioned table, `S` sequence. */
  readonly kind: 'r' | 'p' | 'S'
  /**
   * The filter of an extension's configuration table, `WHERE …`, which pg_dump appends to its query; empty for none.
   */
  readonly condition: string | null
  /** The topmost parent, if pg_dump loads this partition's rows through it. */
  readonly root: { readonly schema: string; readonly table: string } | null
}

// The rule of pg_dump (getPartitioningInfo, forcePartitionRootLoad): some ancestor is partitioned by the hash of an
// enum.
export const relationsSql = (condition = ''): string => `
  WITH unsafe AS (
    SELECT p.partrelid FROM pg_partitioned_table p
     WHERE (SELECT o.oid FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod
             WHERE o.opcname = 'enum_ops' AND o.opcnamespace = 'pg_catalog'::regnamespace AND a.amname = 'hash')
           = ANY (p.partclass)
  ), moved AS (
    SELECT c.oid, pg_partition_root(c.oid)::oid AS root FROM pg_class c
     WHERE c.relispartition AND c.relkind = 'r'
       AND EXISTS (SELECT 1 FROM unsafe JOIN pg_partition_ancestors(c.oid) a ON a.relid = unsafe.partrelid)
  )
  SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, f.condition,
         CASE WHEN r.oid IS NOT NULL THEN jsonb_build_object('schema', rn.nspname, 'table', r.relname) END AS root
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN (SELECT unnest(extconfig) AS oid, unnest(extcondition) AS condition FROM pg_extension) f ON f.oid = c.oid
    LEFT JOIN moved m ON m.oid = c.oid
    LEFT JOIN pg_class r ON r.oid = m.root
    LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
   WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
     AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
     ${condition}`

/** Condition for `relationsSql` that selects ASCII names. */
export const asciiNames = `AND ${isAsciiSql('n.nspname')} AND ${isAsciiSql('c.relname')}`

export interface Relations {
  /** By `relationKey`. */
  readonly known: ReadonlyMap<string, Relation>
  /** The server could not convert some name to UTF-8, so only relations with ASCII names are known. */
  readonly asciiOnly: boolean
}

export async function readRelations(client: pg.Client): Promise<Relations> {
  const read = async (condition?: string) => {
    const { rows } = await client.query<Relation>(relationsSql(condition))
    return new Map(rows.map((row) => [relationKey(row.schema, row.name), row]))
  }
  try {
    return { known: await read(), asciiOnly: false }
  } catch (error) {
    if (!isUnconvertible(error)) throw error
    return { known: await read(asciiNames), asciiOnly: true }
  }
}

export function relationKey(schema: string, name: string): string {
  return JSON.stringify([schema, name])
}
