// Temporary logins that are members of given roles and have no other right, for code that must not run as a superuser.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'
import { scramVerifier } from './scram.ts'

/** A login, because after SET ROLE the code could RESET ROLE and would have the rights of the connected user. */
const mark = 'resguardo: runs code that is not trusted; safe to drop'
const prefix = 'resguardo_restore_'

export interface Logins {
  /** In the order of what was asked for. */
  readonly addresses: readonly Address[]
  /** Ends their sessions and drops them. Never throws. */
  close(): Promise<void>
}

export interface LoginRequest {
  /** Not empty, none a superuser. What the login makes is given to the first. */
  readonly roles: readonly string[]
  /** Policies do not hide rows: for roles that own the tables, and could switch policies off. */
  readonly bypassesPolicies?: boolean
}

/**
 * Makes the logins and connects with each. `address` is of the database where they work, with a superuser. Throws
 * Failure('refused') if the server does not let such a login in; then nothing is left.
 */
export async function openLogins(address: Address, requests: readonly LoginRequest[]): Promise<Logins> {
  if (requests.length === 0) return { addresses: [], close: async () => {} }
  const made = await makeLogins(address, requests)
  const close = () => dropLogins(address, made)
  try {
    const addresses: Address[] = []
    for (const login of made) addresses.push(await reachable(address, login))
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Login extends LoginRequest {
  readonly user: string
  readonly password: string
}

async function makeLogins(address: Address, requests: readonly LoginRequest[]): Promise<Login[]> {
  const logins = requests.map((request) => ({
    ...request,
    user: `${prefix}${randomBytes(6).toString('hex')}`,
    password: randomBytes(24).toString('base64url'),
  }))
  await withClient(address, async (client) => {
    await dropExpired(client)
    const { rows } = await client.query<{ end: string }>("SELECT (now() + interval '7 days')::text AS end")
    await client.query('BEGIN')
    for (const login of logins) for (const statement of making(login, address, rows[0]?.end ?? '')) await client.query(statement)
    await client.query('COMMIT')
  })
  return logins
}

function making({ roles, user, password, bypassesPolicies }: Login, { database }: Address, end: string): string[] {
  const role = pg.escapeIdentifier(user)
  return [
    `CREATE ROLE ${role} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${bypassesPolicies ? 'BYPASSRLS' : 'NOBYPASSRLS'}
       PASSWORD ${pg.escapeLiteral(scramVerifier(password))} VALID UNTIL ${pg.escapeLiteral(end)}
       IN ROLE ${roles.map(pg.escapeIdentifier).join(', ')}`,
    `COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(mark)}`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${pg.escapeIdentifier(database)} TO ${role}`,
  ]
}

/** Over a socket the server often lets in only users of the system, and over TCP those with a password. */
async function reachable(address: Address, { roles, user, password }: Login): Promise<Address> {
  const login: Address = { ...address, user, password, options: undefined, sslCert: undefined, sslKey: undefined }
  const routes: Address[] = address.host.startsWith('/') ? [login, { ...login, host: '127.0.0.1', sslMode: 'prefer' }] : [login]
  let last: unknown
  for (const route of routes) {
    try {
      await withClient(route, (client) => client.query('SELECT'))
      return route
    } catch (error) {
      last = error
    }
  }
  const owner = roles.join(', ')
  throw new Failure(
    'restore/owner-login',
    `could not log in with the rights of ${owner}, as which code of the database must run: ${(last as Error).message}`,
    {
      hint: `Connect as ${roles[0]}, permit logins with a password in pg_hba.conf, or, for a restore, give --code-as-superuser if you trust the authors of the database.`,
      cause: last,
    },
  )
}

async function dropLogins(address: Address, logins: readonly Login[]): Promise<void> {
  await withClient(address, async (client) => {
    for (const login of logins) await drop(client, login).catch(() => {})
  }).catch(() => {})
}

/**
 * Code may have made objects as the login: they become the owner's, as if the owner had connected. It may also keep
 * the login from being dropped, by an object in another database, and have granted it to others: so the login loses its rights first.
 */
async function drop(client: pg.Client, { user, roles }: Login): Promise<void> {
  const role = pg.escapeIdentifier(user)
  const [owner = ''] = roles
  await client.query(`ALTER ROLE ${role} NOLOGIN NOBYPASSRLS`)
  await client.query(`REVOKE ${roles.map(pg.escapeIdentifier).join(', ')} FROM ${role}`)
  await client.query('SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = $1', [user])
  await client.query(`REASSIGN OWNED BY ${role} TO ${pg.escapeIdentifier(owner)}`)
  await client.query(`DROP OWNED BY ${role}`)
  await client.query(`DROP ROLE ${role}`)
}

/** Drops the logins of killed runs. A login that still owns objects stays; nobody knows its password. */
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
