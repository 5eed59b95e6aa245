// The roles of a rehearsal: a login for the migration, which owns the database and is not a superuser, and an observer.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { withoutEventTriggers } from './event-triggers.ts'
import { recordLocksSql } from './lock-record.ts'
import { ownershipStatements } from './ownership.ts'

export interface Role {
  readonly user: string
  readonly password: string
}

/** The roles. As superuser we create them (`made`); otherwise both are the user of the scratch URL. */
export interface Login extends Role {
  readonly made: boolean
  /**
   * Can read every table and change none. Code that the migration leaves in the database gets no more privileges than
   * this role has.
   */
  readonly observer: Role
}

const mark = 'resguardo rehearsal: safe to drop'
const prefixes = ['resguardo_rehearsal_', 'resguardo_observer_'] as const

/**
 * Creates the roles, makes the login owner of the database and of everything that superusers own in it, grants it
 * membership in every other owner, and sets up the record of locks. All of this is rolled back if `check` throws. It is
 * the last session of a superuser in this database. A user who is not a superuser creates nothing and becomes the
 * login.
 */
export async function makeLogin(
  address: Address,
  check: (client: pg.Client, role: string) => Promise<void>,
): Promise<Login> {
  return withClient(address, async (client) => {
    const { rows } = await client.query<{ super: boolean; name: string }>(
      'SELECT rolsuper AS super, rolname AS name FROM pg_catalog.pg_roles WHERE rolname = current_user',
    )
    const [me] = rows
    if (!me?.super) {
      const role = { user: me?.name ?? '', password: address.password ?? '' }
      await check(client, role.user)
      return { ...role, made: false, observer: role }
    }
    const [login, observer] = prefixes.map((prefix) => newRole(prefix, address.database)) as [Role, Role]
    for (const { user } of [login, observer]) await removeOld(client, user)
    await withoutEventTriggers(client, async () => {
      await createRole(client, login, 'NOBYPASSRLS')
      await createRole(client, observer, 'BYPASSRLS')
      for (const statement of await ownershipStatements(client, login.user)) await client.query(statement)
      await client.query(`GRANT ${await readingRole(client, login)} TO ${pg.escapeIdentifier(observer.user)}`)
      await client.query(
        `GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(address.database)} TO ${pg.escapeIdentifier(observer.user)}`,
      )
      await client.query(recordLocksSql(observer.user))
      await check(client, login.user)
    })
    return { ...login, made: true, observer }
  })
}

/**
 * Drops the roles, after their database was dropped. Never throws: a role that remains has our mark, and the next
 * rehearsal drops it.
 */
export async function removeLogin(maintenance: Address, { user, made, observer }: Login): Promise<void> {
  if (!made) return
  await withClient(maintenance, async (client) => {
    for (const each of [observer.user, user]) await client.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(each)}`)
  }).catch(() => {})
}

async function createRole(client: pg.Client, { user, password }: Role, attribute: string): Promise<void> {
  const role = pg.escapeIdentifier(user)
  await client.query(
    `CREATE ROLE ${role} LOGIN NOSUPERUSER INHERIT ${attribute} PASSWORD ${pg.escapeLiteral(password)}`,
  )
  await client.query(`COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(mark)}`)
}

/** Before PostgreSQL 14 no role can read everything, so the observer gets the login's privileges. */
async function readingRole(client: pg.Client, login: Role): Promise<string> {
  const { rowCount } = await client.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_data'")
  return rowCount === 0 ? pg.escapeIdentifier(login.user) : 'pg_read_all_data'
}

/** Drops a role of a killed run, which has our mark. Throws `rehearsal/role-exists` if the role lacks it. */
async function removeOld(client: pg.Client, user: string): Promise<void> {
  const { rows } = await client.query<{ comment: string | null }>(
    "SELECT pg_catalog.shobj_description(oid, 'pg_authid') AS comment FROM pg_catalog.pg_roles WHERE rolname = $1",
    [user],
  )
  const [found] = rows
  if (!found) return
  if (found.comment !== mark) {
    throw new Failure(
      'rehearsal/role-exists',
      `a role named ${user} exists on the scratch server, and Resguardo did not create it`,
      {
        hint: 'Drop the role if you do not need it, or choose another scratch database.',
      },
    )
  }
  await client.query(`DROP ROLE ${pg.escapeIdentifier(user)}`)
}

function newRole(prefix: string, database: string): Role {
  const user = (prefix + database.replaceAll(/[^A-Za-z0-9_]/g, '_')).slice(0, 63)
  return { user, password: randomBytes(18).toString('base64url') }
}
