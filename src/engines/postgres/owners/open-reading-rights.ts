// Opens an address for reading tables, with the rights of their owners if planning a query could run code of other
// roles.
import type pg from 'pg'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { ownersOf } from './as-table-owners.ts'
import { authorsWithout, tablesWithPolicies } from './code-authors.ts'
import { type LoginRequest, openLogins } from './logins.ts'
import { plannedCodeOf, planningHint, planningRefused, type ReadTable, tablesReadBy } from './planned-code.ts'
import { isSuperuserOfPrimary, superusersAmong } from './superusers.ts'

export interface ReadingRights {
  readonly address: Address
  /** Ends the login's sessions and drops the login. Never throws. */
  close(): Promise<void>
}

interface ReadingWork {
  /** The tables that will be read. */
  tables(client: pg.ClientBase): Promise<readonly TableName[]>
  /** True if the user trusts the authors of code. */
  readonly codeAsSuperuser: boolean
}

/**
 * Returns `address` itself if planning runs no code of other roles, and no other role can add such code before the
 * tables are read. Otherwise returns the address of a login with the rights of the owners. If no such login is
 * possible, returns `address`, or throws `tenant/code-rights` if such code exists now.
 */
export async function openReadingRights(
  address: Address,
  { tables, codeAsSuperuser }: ReadingWork,
): Promise<ReadingRights> {
  const own: ReadingRights = { address, close: async () => {} }
  if (codeAsSuperuser) return own
  const wanted = await withClient(address, async (client) =>
    loginFor(client, await tablesReadBy(client, await tables(client))),
  )
  if (!wanted.login) return own
  try {
    const { addresses, close } = await openLogins(address, [wanted.login], {
      code: 'tenant/code-rights',
      hint: planningHint,
    })
    return { address: addresses[0] ?? address, close }
  } catch (error) {
    if (wanted.isRequired) throw error
    return own
  }
}

interface WantedLogin {
  readonly login: LoginRequest | undefined
  /** Planning would now run code that must not run with the rights of this session. */
  readonly isRequired: boolean
}

async function loginFor(client: pg.ClientBase, read: readonly ReadTable[]): Promise<WantedLogin> {
  const code = await plannedCodeOf(client, read)
  const isRequired = code.length > 0
  if (!isRequired && !read.some(({ ofOthers }) => ofOthers)) return { login: undefined, isRequired }
  const authors = [...new Set(code.map(({ author }) => author))]
  const login = (await isSuperuserOfPrimary(client)) ? await loginOfOwners(client, read, authors) : undefined
  const [first] = code
  if (first && !login) throw planningRefused('tenant/code-rights', first)
  return { login, isRequired }
}

/** Returns undefined if the owners cannot read all of the tables, or if an author would gain rights of other roles. */
async function loginOfOwners(
  client: pg.ClientBase,
  read: readonly ReadTable[],
  authors: readonly string[],
): Promise<LoginRequest | undefined> {
  const oids = read.map(({ oid }) => oid)
  const { roles, forced } = await ownersOf(client, oids)
  const superusers = await superusersAmong(client, roles)
  const fewer = await authorsWithout(client, authors, roles)
  if (superusers.length > 0 || fewer.length > 0 || !(await mayRead(client, roles, oids))) return undefined
  if (forced && (await tablesWithPolicies(client, roles)).length > 0) return undefined
  return { roles, bypassesPolicies: forced }
}

/** Whether the roles together may read the tables: an owner can lack the privilege. */
async function mayRead(client: pg.ClientBase, roles: readonly string[], oids: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT bool_and(
              EXISTS (SELECT FROM unnest($1::text[]) AS r(role) WHERE has_table_privilege(r.role::name, c.oid, 'SELECT'))
              AND EXISTS (SELECT FROM unnest($1::text[]) AS r(role) WHERE has_schema_privilege(r.role::name, c.relnamespace, 'USAGE'))) AS may
       FROM pg_class c WHERE c.oid = ANY ($2::oid[])`,
    [roles, oids],
  )
  return rows[0]?.may === true
}
