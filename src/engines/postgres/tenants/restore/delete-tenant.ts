// Deletes a tenant's rows; referring rows before the rows that they refer to.
import { nameOf } from '../../../../domain/tenants/map.ts'
import { groupsOf, type Matched, type RestoreContext } from './restore-context.ts'
import { deleteStatement, ours, together } from './statements.ts'

/** Deletes the tenant's rows in all tables of the backup except `kept`. */
export async function deleteTenant(context: RestoreContext, kept: Matched | undefined): Promise<void> {
  const { client, matches, ledger, request } = context
  for (const group of groupsOf(matches.filter((match) => match !== kept)).reverse()) {
    request.signal.throwIfAborted()
    const counts = await together(
      client,
      group.map(({ table }) => deleteStatement(table, ours(context, table))),
    )
    for (const [at, { table }] of group.entries()) {
      ledger.add(table, { deleted: counts[at] ?? 0 })
      request.progress({ what: `${nameOf(table)}: deleted`, rows: counts[at] ?? 0 })
    }
  }
}
