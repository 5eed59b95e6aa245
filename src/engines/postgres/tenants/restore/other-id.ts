// Changes a tenant's ID in staged rows and, if requested, gives them new keys.
import { isOwned, nameOf } from '../../../../domain/tenants/map.ts'
import { id, text } from '../quoting.ts'
import { columnId } from './match-tables.ts'
import { remapKeys } from './new-keys.ts'
import { foreignRows } from './read-back.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { countOf } from './statements.ts'

type StagedTables = ReadonlyMap<Matched, string>

/**
 * Throws a failure of kind integrity if staged rows name another tenant than the ZIP. Rows that name none are checked
 * after they are written.
 */
export async function requireOneTenant(context: RestoreContext, staged: StagedTables): Promise<void> {
  for (const [match, name] of staged) {
    const { ownership } = match.table
    if (ownership.kind !== 'tenant' && ownership.kind !== 'column') continue
    // A generated column is in no CSV; its rows are checked after they are written.
    if (!match.columns.includes(ownership.column)) continue
    const column = id(ownership.column)
    const foreign = await countOf(
      context.client,
      `SELECT pg_catalog.count(*) AS n FROM ${name} AS s WHERE s.${column} IS DISTINCT FROM ${text(context.original)}`,
    )
    if (foreign > 0) throw foreignRows(match, context, foreign)
  }
}

/** Changes staged rows. Throws a failure of kind usage if new keys of a column's type cannot be generated. */
export async function giveOtherId(context: RestoreContext, staged: StagedTables): Promise<void> {
  const { client, original, tenant, request } = context
  const ids = columnsOfTenants(context)
  for (const [match, name] of staged) {
    for (const column of match.columns.filter((each) => ids.has(columnId(match.table, each)))) {
      await client.query(`UPDATE ${name} SET ${id(column)} = ${text(tenant)} WHERE ${id(column)} = ${text(original)}`)
    }
  }
  if (request.remapKeys) await remapKeys(context, staged, ids)
}

/**
 * Columns with tenants' IDs, by `columnId`: the key of the table of tenants, tenant columns, and columns that refer to
 * these.
 */
function columnsOfTenants({ map }: RestoreContext): ReadonlySet<string> {
  const owned = map.tables.filter(isOwned)
  const found = new Set(
    owned.flatMap((table) =>
      table.ownership.kind === 'tenant' || table.ownership.kind === 'column'
        ? [columnId(table, table.ownership.column)]
        : [],
    ),
  )
  const byName = new Set(owned.map(nameOf))
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const table of owned) {
      for (const { columns, target, targetColumns } of table.foreignKeys) {
        if (!byName.has(nameOf(target))) continue
        for (const [at, column] of columns.entries()) {
          if (found.has(columnId(target, targetColumns[at] ?? ''))) found.add(columnId(table, column))
        }
      }
    }
  }
  return found
}
