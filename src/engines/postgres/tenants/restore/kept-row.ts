// If other tenants refer to the tenant's own row (a parent), `replace` updates the row, because it cannot be deleted.

import { isToOtherTenant } from '../keys-to-others.ts'
import { fromOf } from '../ownership-sql.ts'
import { asText, equal, id, text, typeOf } from '../quoting.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { countOf, ours, updateStatement, writeRows } from './statements.ts'

/**
 * In mode `replace`, returns the table of tenants if the backup has the tenant's own row and a row of another tenant
 * refers to it; else undefined.
 */
export async function keptRow(context: RestoreContext): Promise<Matched | undefined> {
  const { client, map, matches, request, tenant } = context
  const own = matches.find(({ table, zipped }) => table.ownership.kind === 'tenant' && zipped.rows > 0)
  if (!own || request.mode !== 'replace') return undefined
  for (const table of map.tables) {
    for (const key of table.foreignKeys.filter((each) => isToOtherTenant(table, each, map.tenants))) {
      const [column = ''] = key.columns
      const refers = `${asText(`t.${id(column)}`, typeOf(table, column))} ${equal} ${text(tenant)}`
      const sql = `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${refers} AND (${ours(context, table)}) IS NOT TRUE`
      if ((await countOf(client, sql)) > 0) return own
    }
  }
  return undefined
}

/**
 * Updates rows to the content of the staged ones. Rows that now belong to another tenant are not updated; the check
 * after all writes reports them.
 */
export async function changeRow(context: RestoreContext, match: Matched, staged: string): Promise<void> {
  if (match.changeable.length === 0) return
  const updated = await writeRows(context.client, updateStatement(match, staged, ours(context, match.table)))
  context.ledger.add(match.table, { updated })
}
