// Runs work on tables of a live database with the rights of their owners, not of a superuser, because the work runs
// code of triggers and constraints.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { authorsOf, authorsWithout, lacksRights, tablesWithPolicies } from './code-authors.ts'
import { asLackingRight } from './lacking-right.ts'
import { type LoginRequest, openLogins } from './logins.ts'
import { isSuperuser, superusersAmong } from './superusers.ts'

interface TableWork {
  /** OIDs of the tables that are read and written; for partitions, the OID of their root table. */
  tables(client: pg.ClientBase): Promise<readonly string[]>
  /** True if triggers of these tables do not run. */
  readonly quiet: boolean
}

export interface TableRights {
  readonly address: Address
  /** The roles that provide the rights of `address`; empty if it has only the rights of its own user. */
  readonly owners: readonly string[]
  /**
   * Prevents other sessions from adding code to the tables and from replacing them. Call it in the transaction that
   * works on the tables, before that reads them. `tables`: their current OIDs. Throws `restore/code-rights` if tables
   * or their owners have changed.
   */
  lockTables(client: pg.ClientBase, tables: readonly string[]): Promise<void>
}

/**
 * Calls `work` with an address that has the rights of the tables' owners; with `address` itself if its user is not a
 * superuser, or if only superusers own the tables. Throws `restore/code-rights` if code would run with rights that its
 * author lacks, `restore/owner-rights` if the owners lack a privilege, and what `openLogins` throws.
 */
export async function asTableOwners<T>(
  address: Address,
  request: TableWork,
  work: (rights: TableRights) => Promise<T>,
): Promise<T> {
  const found = await withClient(address, async (client) => {
    if (!(await isSuperuser(client))) return undefined
    const tables = await request.tables(client)
    return { tables, login: await loginFor(client, tables, request.quiet) }
  })
  if (!found) return work({ address, owners: [], lockTables: async () => {} })
  const lockTables: TableRights['lockTables'] = (client, now) =>
    holdTables(client, now, { ...found, quiet: request.quiet })
  if (!found.login) return work({ address, owners: [], lockTables })
  const { roles } = found.login
  const logins = await openLogins(address, [found.login])
  try {
    return await work({ address: logins.addresses[0] as Address, owners: roles, lockTables })
  } catch (error) {
    throw asLackingRight(error, roles.join(', '), grantHint)
  } finally {
    await logins.close()
  }
}

interface Found {
  readonly tables: readonly string[]
  readonly login: LoginRequest | undefined
  readonly quiet: boolean
}

/**
 * CREATE TRIGGER and ALTER TABLE wait for the lock. A single owner needs no lock: code on the tables gets only the
 * rights of the role that permits it.
 */
async function holdTables(
  client: pg.ClientBase,
  now: readonly string[],
  { tables, login, quiet }: Found,
): Promise<void> {
  if (now.length === 0 || (login?.roles.length === 1 && !login.bypassesPolicies)) return
  const { rows: names } = await client.query<{ name: string }>(
    'SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.oid = ANY ($1::oid[]) ORDER BY c.oid',
    [now],
  )
  await client.query(`LOCK TABLE ${names.map(({ name }) => name).join(', ')} IN ROW EXCLUSIVE MODE`)
  const { rows: locked } = await client.query<{ oid: string }>(
    `SELECT c.oid::text AS oid FROM pg_class c JOIN pg_locks l ON l.relation = c.oid
      WHERE l.pid = pg_backend_pid() AND l.mode = 'RowExclusiveLock' AND c.relkind IN ('r', 'p') AND c.oid = ANY ($1::oid[])`,
    [now],
  )
  const again = await loginFor(client, now, quiet)
  const isSame =
    now.every((oid) => tables.includes(oid) && locked.some((each) => each.oid === oid)) &&
    again?.roles.join() === login?.roles.join() &&
    again?.bypassesPolicies === login?.bypassesPolicies
  if (isSame) return
  throw new Failure('restore/code-rights', 'tables or their owners changed while the restore waited for locks', {
    hint: 'Run again when no migration is running.',
  })
}

/** Returns undefined if only superusers own the tables. */
async function loginFor(
  client: pg.ClientBase,
  tables: readonly string[],
  quiet: boolean,
): Promise<LoginRequest | undefined> {
  const owners = await ownersOf(client, tables)
  const superusers = await superusersAmong(client, owners.roles)
  const roles = owners.roles.filter((owner) => !superusers.includes(owner))
  const authors = await authorsOf(client, tables, quiet)
  if (superusers.length > 0 && authors.length > 0)
    throw refused(authors, `the rights of superuser ${superusers.join(', ')}`)
  if (roles.length === 0) return undefined
  const fewer = roles.length > 1 ? await authorsWithout(client, authors, roles) : []
  if (fewer.length > 0) throw refused(fewer, `the rights of all owners of the tables: ${roles.join(', ')}`)
  const filtered = owners.forced && authors.length > 0 ? await tablesWithPolicies(client, roles) : []
  if (filtered.length > 0) throw refused(authors, `access to rows that policies hide: ${filtered.join(', ')}`)
  return { roles, bypassesPolicies: owners.forced, single: true }
}

interface Owners {
  readonly roles: readonly string[]
  /** True if a table has FORCE ROW LEVEL SECURITY: its policies apply to its owner too. */
  readonly forced: boolean
}

/** Owners of the tables with these OIDs. */
export async function ownersOf(client: pg.ClientBase, tables: readonly string[]): Promise<Owners> {
  const { rows } = await client.query<{ owner: string; forced: boolean }>(
    `SELECT pg_get_userbyid(c.relowner)::text AS owner, bool_or(c.relrowsecurity AND c.relforcerowsecurity) AS forced
       FROM pg_class c WHERE c.oid = ANY ($1::oid[]) GROUP BY 1 ORDER BY 1`,
    [tables],
  )
  return { roles: rows.map(({ owner }) => owner), forced: rows.some(({ forced }) => forced) }
}

function refused(authors: readonly string[], rights: string): Failure {
  return lacksRights(
    'restore/code-rights',
    authors,
    rights,
    'Give the tables the same owner, or use --code-as-superuser if you trust the authors of the database.',
  )
}

const grantHint =
  'Grant the missing privilege to the owner of the tables, or use --code-as-superuser if you trust the authors of the database.'
