// A tenant's rows out of its tables: what refers to a row goes before it.
import { nameOf } from '../../../domain/tenants/map.ts'
import { groupsOf, type Matched, type Restoring } from './setting.ts'
import { deleteStatement, ours, together } from './statements.ts'

/** How many rows went, by table; `kept` stays. */
export async function deleteTenant(restoring: Restoring, kept: Matched | undefined): Promise<ReadonlyMap<string, number>> {
  const { client, matches, ledger, request } = restoring
  const deleted = new Map<string, number>()
  for (const group of groupsOf(matches.filter((match) => match !== kept)).reverse()) {
    request.signal.throwIfAborted()
    const counts = await together(
      client,
      group.map(({ table }) => deleteStatement(table, ours(restoring, table))),
    )
    for (const [at, { table }] of group.entries()) {
      ledger.add(table, { deleted: counts[at] ?? 0 })
      deleted.set(nameOf(table), counts[at] ?? 0)
    }
  }
  return deleted
}
