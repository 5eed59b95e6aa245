// Logins for code of a backup: each is a member of one owner, and has no other right.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'
import { scramVerifier } from './scram.ts'

export interface OwnerLogins {
  /** By owner. Superusers among the owners have none. */
  readonly addresses: ReadonlyMap<string, Address>
  /** Ends their sessions and drops them. Never throws. */
  close(): Promise<void>
}

/** SET ROLE would not do: code may RESET ROLE, and then has the rights of whoever connected. */
const mark = 'resguardo restore: runs code of a backup; safe to drop'
const prefix = 'resguardo_restore_'

/**
 * Makes the logins and connects with each. `address` is of the database where the code runs, with a superuser. Throws
 * Failure('refused') if the server does not let such a login in; then nothing is left.
 */
export async function openOwnerLogins(address: Address, owners: Iterable<string>): Promise<OwnerLogins> {
  const made = await makeLogins(address, [...new Set(owners)])
  const close = () => dropLogins(address, made)
  try {
    const addresses = new Map<string, Address>()
    for (const login of made) addresses.set(login.owner, await reachable(address, login))
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Login {
  readonly owner: string
  readonly user: string
  readonly password: string
}

async function makeLogins(address: Address, owners: readonly string[]): Promise<Login[]> {
  return withClient(address, async (client) => {
    await dropExpired(client)
    const { rows } = await client.query<{ owner: string }>(
      'SELECT rolname::text AS owner FROM pg_roles WHERE rolname = ANY($1::text[]) AND NOT rolsuper ORDER BY 1',
      [owners],
    )
    const logins = rows.map(({ owner }) => ({
      owner,
      user: `${prefix}${randomBytes(6).toString('hex')}`,
      password: randomBytes(24).toString('base64url'),
    }))
    const { rows: days } = await client.query<{ end: string }>("SELECT (now() + interval '7 days')::text AS end")
    await client.query('BEGIN')
    for (const login of logins) for (const statement of making(login, address, days[0]?.end ?? '')) await client.query(statement)
    await client.query('COMMIT')
    return logins
  })
}

function making({ owner, user, password }: Login, { database }: Address, end: string): string[] {
  const role = pg.escapeIdentifier(user)
  return [
    `CREATE ROLE ${role} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
       PASSWORD ${pg.escapeLiteral(scramVerifier(password))} VALID UNTIL ${pg.escapeLiteral(end)} IN ROLE ${pg.escapeIdentifier(owner)}`,
    `COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(mark)}`,
    `GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${role}`,
  ]
}

/** Over a socket the server often lets in only users of the system, and over TCP those with a password. */
async function reachable(address: Address, { owner, user, password }: Login): Promise<Address> {
  const login: Address = { ...address, user, password, options: undefined, sslCert: undefined, sslKey: undefined }
  const routes: Address[] = address.host.startsWith('/') ? [login, { ...login, host: '127.0.0.1', sslMode: 'prefer' }] : [login]
  let last: unknown
  for (const route of routes) {
    try {
      await withClient(route, (client) => client.query(`SET ROLE ${pg.escapeIdentifier(owner)}`))
      return route
    } catch (error) {
      last = error
    }
  }
  throw new Failure('restore/owner-login', `code in the backup cannot run as its owner ${owner}: ${(last as Error).message}`, {
    hint: `Connect as ${owner}, let logins with a password in (pg_hba.conf), or give --code-as-superuser if you trust who wrote the database.`,
    cause: last,
  })
}

async function dropLogins(address: Address, logins: readonly Login[]): Promise<void> {
  if (logins.length === 0) return
  await withClient(address, async (client) => {
    for (const { owner, user } of logins) await drop(client, user, owner).catch(() => {})
  }).catch(() => {})
}

/** Code may have made objects as the login: they become the owner's, as if the owner had connected. */
async function drop(client: pg.Client, user: string, owner: string): Promise<void> {
  const role = pg.escapeIdentifier(user)
  await client.query(`ALTER ROLE ${role} NOLOGIN`)
  await client.query('SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = $1', [user])
  await client.query(`REASSIGN OWNED BY ${role} TO ${pg.escapeIdentifier(owner)}`)
  await client.query(`DROP OWNED BY ${role}`)
  await client.query(`DROP ROLE ${role}`)
}

/** What killed runs left. One that still owns something stays: its password is known to nobody. */
async function dropExpired(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ user: string }>(
    `SELECT rolname::text AS user FROM pg_roles
      WHERE starts_with(rolname, $1) AND shobj_description(oid, 'pg_authid') = $2 AND rolvaliduntil < now()`,
    [prefix, mark],
  )
  for (const { user } of rows) {
    await client.query(`DROP OWNED BY ${pg.escapeIdentifier(user)}`).catch(() => {})
    await client.query(`DROP ROLE ${pg.escapeIdentifier(user)}`).catch(() => {})
  }
}
