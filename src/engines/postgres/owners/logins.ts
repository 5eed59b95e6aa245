// Creates temporary logins that are members of given roles and have no other rights, for code that must not run as a
// superuser.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { damageSettings } from '../connection/session-settings.ts'
import { dropExpiredLogins, dropLogin, mark, prefix } from './leftover-logins.ts'
import { scramVerifier } from './scram.ts'

interface Logins {
  /** In the order of the requests. */
  readonly addresses: readonly Address[]
  /** Ends the logins' sessions and drops the logins. Never throws. */
  close(): Promise<void>
}

/** A login, because after SET ROLE the code could RESET ROLE and would get the rights of the connected user. */
export interface LoginRequest {
  /** Not empty, without superusers. Objects that the login creates are reassigned to the first role. */
  readonly roles: readonly string[]
  /** Policies do not hide rows. For roles that own the tables, and could disable their policies. */
  readonly bypassesPolicies?: boolean
  /**
   * Limits the login to one connection: while that lasts, no other session can use the login, even with a password that
   * code has set.
   */
  readonly single?: boolean
}

/** The failure if the server rejects the login. */
interface LoginRefusal {
  readonly code: FailureCode
  readonly hint: string
}

/** How long a login is valid, and the interval in ms at which its validity is extended. */
const validity = '15 minutes'
const renewal = 4 * 60_000

/**
 * Creates the logins and connects with each; extends their validity until `close`. `address` connects as a superuser to
 * the database where they work. Throws a failure of kind refused if the server rejects a login; then no login remains.
 */
export async function openLogins(
  address: Address,
  requests: readonly LoginRequest[],
  refusal: LoginRefusal = restoreRefusal,
): Promise<Logins> {
  if (requests.length === 0) return { addresses: [], close: async () => {} }
  const made = await makeLogins(address, requests)
  const renewing = setInterval(() => void prolong(address, made).catch(() => {}), renewal).unref()
  const close = async (): Promise<void> => {
    clearInterval(renewing)
    await dropLogins(address, made)
  }
  try {
    const addresses: Address[] = []
    for (const login of made) addresses.push(await reachable(address, login, refusal))
    await withClient(address, async (client) => {
      for (const { user, single } of made)
        if (single) await client.query(`ALTER ROLE ${pg.escapeIdentifier(user)} CONNECTION LIMIT 1`)
    })
    return { addresses, close }
  } catch (error) {
    await close()
    throw error
  }
}

const restoreRefusal: LoginRefusal = {
  code: 'restore/owner-login',
  hint: 'Connect as the owner, permit password logins in pg_hba.conf, or use --code-as-superuser if you trust the authors of the database.',
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
    await dropExpiredLogins(client)
    const end = await endOfValidity(client)
    const { rowCount: hasEventTriggersSetting } = await client.query(
      "SELECT FROM pg_settings WHERE name = 'event_triggers'",
    )
    await client.query('BEGIN')
    for (const login of logins) {
      for (const statement of making(login, address, end)) await client.query(statement)
      if (hasEventTriggersSetting)
        await client.query(`ALTER ROLE ${pg.escapeIdentifier(login.user)} SET event_triggers = off`)
    }
    await client.query('COMMIT')
  })
  return logins
}

async function endOfValidity(client: pg.ClientBase): Promise<string> {
  const { rows } = await client.query<{ end: string }>('SELECT (now() + $1::interval)::text AS end', [validity])
  return rows[0]?.end ?? ''
}

async function prolong(address: Address, logins: readonly Login[]): Promise<void> {
  await withClient(address, async (client) => {
    const end = pg.escapeLiteral(await endOfValidity(client))
    for (const { user } of logins) await client.query(`ALTER ROLE ${pg.escapeIdentifier(user)} VALID UNTIL ${end}`)
  })
}

function making({ roles, user, password, bypassesPolicies }: Login, { database }: Address, end: string): string[] {
  const role = pg.escapeIdentifier(user)
  return [
    `CREATE ROLE ${role} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${bypassesPolicies ? 'BYPASSRLS' : 'NOBYPASSRLS'}
       PASSWORD ${pg.escapeLiteral(scramVerifier(password))} VALID UNTIL ${pg.escapeLiteral(end)}
       IN ROLE ${roles.map(pg.escapeIdentifier).join(', ')}`,
    `COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(mark)}`,
    ...damageSettings.map((name) => `ALTER ROLE ${role} SET ${name} = off`),
    `GRANT CONNECT, TEMPORARY ON DATABASE ${pg.escapeIdentifier(database)} TO ${role}`,
  ]
}

/** Servers often accept only users of the operating system over a socket, and users with a password over TCP. */
async function reachable(
  address: Address,
  { roles, user, password }: Login,
  { code, hint }: LoginRefusal,
): Promise<Address> {
  const login: Address = { ...address, user, password, options: undefined, sslCert: undefined, sslKey: undefined }
  const routes: Address[] = address.host.startsWith('/')
    ? [login, { ...login, host: '127.0.0.1', sslMode: 'prefer' }]
    : [login]
  let last: unknown
  for (const route of routes) {
    try {
      await withClient(route, (client) => client.query('SELECT'))
      return route
    } catch (error) {
      last = error
    }
  }
  const rights = roles.join(', ')
  const message = `could not log in to run database code with the rights of ${rights}: ${(last as Error).message}`
  throw new Failure(code, message, { hint, cause: last })
}

async function dropLogins(address: Address, logins: readonly Login[]): Promise<void> {
  await withClient(address, async (client) => {
    for (const { user, roles } of logins) await dropLogin(client, user, roles).catch(() => {})
  }).catch(() => {})
}
