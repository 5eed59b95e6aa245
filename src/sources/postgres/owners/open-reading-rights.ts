// Reads tables with the rights of their owners where planning a query would run code of others with ours.
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { TableName } from '../../../domain/table-name.ts'
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'
import { ownersOf } from './as-table-owners.ts'
import { authorsWithout, tablesWithPolicies } from './code-authors.ts'
import { type LoginRequest, openLogins } from './logins.ts'
import { type PlannedCode, plannedCodeOf, withPartitions } from './planned-code.ts'
import { isSuperuser, superusersAmong } from './superusers.ts'

export interface ReadingRights {
  readonly address: Address
  /** Ends the login's sessions and drops it. Never throws. */
  close(): Promise<void>
}

export interface ReadingWork {
  /** The tables that will be read. */
  tables(client: pg.ClientBase): Promise<readonly TableName[]>
  /** Trust the authors. */
  readonly codeAsSuperuser: boolean
}

/**
 * The address itself where planning runs no code of others. Throws `tenant/code-rights` where it does and no login can have
 * fewer rights, and what `openLogins` throws.
 */
export async function openReadingRights(address: Address, { tables, codeAsSuperuser }: ReadingWork): Promise<ReadingRights> {
  const own: ReadingRights = { address, close: async () => {} }
  if (codeAsSuperuser) return own
  const login = await withClient(address, async (client) => {
    const read = await tables(client)
    const code = await plannedCodeOf(client, read)
    return code.length === 0 ? undefined : loginFor(client, read, code)
  })
  if (!login) return own
  const { addresses, close } = await openLogins(address, [login], { code: 'tenant/code-rights', hint })
  return { address: addresses[0] ?? address, close }
}

const hint =
  'Connect as the author, make a superuser the owner of the function, or use --code-as-superuser if you trust the author.'

async function loginFor(client: pg.ClientBase, read: readonly TableName[], code: readonly PlannedCode[]): Promise<LoginRequest> {
  if (!(await canMakeLogins(client))) throw refused(code)
  const { roles, forced } = await ownersOf(client, await withPartitions(client, read))
  const superusers = await superusersAmong(client, roles)
  const authors = [...new Set(code.map(({ author }) => author))]
  const fewer = await authorsWithout(client, authors, roles)
  if (superusers.length > 0 || fewer.length > 0) throw refused(code)
  if (forced && (await tablesWithPolicies(client, roles)).length > 0) throw refused(code)
  return { roles, bypassesPolicies: forced }
}

async function canMakeLogins(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
  return rows[0]?.standby === false && (await isSuperuser(client))
}

function refused([first]: readonly PlannedCode[]): Failure {
  const { table, function: name, author } = first as PlannedCode
  return new Failure(
    'tenant/code-rights',
    `planning a query on ${table.schema}.${table.table} would run function ${name} of ${author} with other rights`,
    { hint },
  )
}
