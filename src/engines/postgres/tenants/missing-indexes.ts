// Finds foreign keys without an index on the referring columns: each deleted row causes a scan of the referring table.
import type pg from 'pg'
import { type MappedTable, nameOf } from '../../../domain/tenants/map.ts'
import type { MissingIndex } from '../../../ports/tenant-plan.ts'
import { qualified } from '../dump/snapshot.ts'
import { id } from './quoting.ts'

/** Minimum size in bytes: a smaller table is scanned in about ten milliseconds and needs no index. */
const large = 8 << 20

/** Referring tables and leaf partitions of at least `$1` bytes, with the key columns of their usable indexes. */
const keysSql = `
  SELECT f.conname AS "foreignKey",
         json_build_object('schema', tn.nspname, 'table', tc.relname) AS target,
         json_build_object('schema', ln.nspname, 'table', lc.relname) AS referring,
         json_build_object('schema', rn.nspname, 'table', rc.relname) AS root,
         pg_relation_size(lc.oid)::float8 AS bytes,
         (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum) AS columns,
         coalesce((SELECT json_agg((SELECT json_agg(coalesce(a.attname, '') ORDER BY k.place)
                                      FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, place)
                                      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND a.attnum > 0
                                     WHERE k.place <= i.indnkeyatts))
                     FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
                    WHERE i.indrelid = lc.oid AND i.indisvalid AND i.indpred IS NULL AND am.amname IN ('btree', 'hash')), '[]') AS indexes
    FROM pg_constraint f JOIN pg_class tc ON tc.oid = f.confrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
    JOIN pg_class rc ON rc.oid = f.conrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace,
         LATERAL (SELECT rc.oid WHERE rc.relkind = 'r' UNION SELECT p.relid FROM pg_partition_tree(rc.oid) p WHERE p.isleaf) leaf(oid)
    JOIN pg_class lc ON lc.oid = leaf.oid JOIN pg_namespace ln ON ln.oid = lc.relnamespace
   WHERE f.contype = 'f' AND f.conparentid = 0 AND pg_relation_size(lc.oid) >= $1
   ORDER BY 5 DESC, ln.nspname, lc.relname, f.conname`

interface Row extends Omit<MissingIndex, 'statement'> {
  readonly root: MissingIndex['target']
  readonly indexes: readonly (readonly string[])[]
}

/**
 * Returns foreign keys without an index, the largest referring tables first. `tables`: tables in which rows may be
 * deleted.
 */
export async function missingIndexes(
  client: pg.ClientBase,
  tables: readonly MappedTable[],
): Promise<readonly MissingIndex[]> {
  const targets = new Set(tables.map(nameOf))
  const { rows } = await client.query<Row>(keysSql, [large])
  const tenantColumns = new Map(tables.map((table) => [nameOf(table), columnOf(table)]))
  return rows
    .filter(({ target, root, columns, indexes }) => {
      const tenant = tenantColumns.get(nameOf(root))
      return targets.has(nameOf(target)) && !indexes.some((index) => isUsable(index, columns, tenant))
    })
    .map(({ foreignKey, target, referring, bytes, columns }) => {
      const statement = `CREATE INDEX CONCURRENTLY ON ${qualified(referring)} (${columns.map(id).join(', ')})`
      return { foreignKey, target, referring, bytes, columns, statement }
    })
}

/**
 * Whether an index can find the rows of a key: it begins with all of the key's columns, or with one of them that is not
 * the tenant column.
 */
function isUsable(index: readonly string[], columns: readonly string[], tenant: string | undefined): boolean {
  const [first = ''] = index
  if (!columns.includes(first)) return false
  const leading = new Set(index.slice(0, columns.length))
  return columns.every((column) => leading.has(column)) || first !== tenant
}

function columnOf({ ownership }: MappedTable): string | undefined {
  return ownership.kind === 'column' ? ownership.column : undefined
}
