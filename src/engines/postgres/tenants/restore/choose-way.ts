// Finds the rows that a tenant already has: they determine how it can be restored.
import { isOwned, type MappedTable, nameOf } from '../../../../domain/tenants/map.ts'
import { fromOf } from '../ownership-sql.ts'
import { id, text } from '../quoting.ts'
import type { RestoreContext } from './restore-context.ts'
import { countOf } from './statements.ts'

/** Locks the tenant's own row, so that no other session adds rows that refer to it. Returns whether the row exists. */
export async function lockTenant({ client, map, tenant }: RestoreContext): Promise<boolean> {
  const { tenants } = map
  const table = map.tables.find((each) => tenants && nameOf(each) === nameOf(tenants))
  if (!tenants || !table) return false
  const { rowCount } = await client.query(
    `SELECT FROM ${fromOf(table)} AS t WHERE t.${id(tenants.column)} = ${text(tenant)} FOR UPDATE`,
  )
  return (rowCount ?? 0) > 0
}

/**
 * Returns the candidates in which the tenant has rows. If its own row does not exist, tables that foreign keys then
 * rule out are not read. Stops after `enough` tables.
 */
export async function tablesWithRows(
  context: RestoreContext,
  exists: boolean,
  candidates: readonly MappedTable[],
  { enough = Number.POSITIVE_INFINITY } = {},
): Promise<MappedTable[]> {
  const { client, map, sql, tenant } = context
  const impossible = exists ? new Set<string>() : withoutTenant(context)
  const wanted = new Set(candidates)
  const found: MappedTable[] = []
  // For LIMIT 1 PostgreSQL would choose a sequential scan, which reads the whole table if the tenant has no row in it.
  await client.query('SET LOCAL enable_seqscan = off')
  for (const table of map.tables) {
    if (!wanted.has(table) || impossible.has(nameOf(table))) continue
    const has = `SELECT pg_catalog.count(*) AS n FROM (SELECT FROM ${fromOf(table)} AS t WHERE ${sql.belongs(table, tenant)} LIMIT 1) AS found`
    if ((await countOf(client, has)) > 0) found.push(table)
    if (found.length >= enough) break
  }
  await client.query('SET LOCAL enable_seqscan TO DEFAULT')
  return found
}

/** Names of tables that cannot contain rows of a tenant without its own row. */
function withoutTenant({ map }: RestoreContext): Set<string> {
  const none = new Set<string>()
  for (const table of map.tables.filter(isOwned)) {
    const { ownership } = table
    const refers =
      ownership.kind === 'column' &&
      table.foreignKeys.some(
        ({ columns, target, targetColumns }) =>
          columns.length === 1 &&
          columns[0] === ownership.column &&
          map.tenants?.column === targetColumns[0] &&
          map.tenants &&
          nameOf(target) === nameOf(map.tenants),
      )
    const along =
      ownership.kind === 'paths' && ownership.paths.every(({ foreignKey }) => none.has(nameOf(foreignKey.target)))
    if (ownership.kind === 'tenant' || refers || along) none.add(nameOf(table))
  }
  return none
}
