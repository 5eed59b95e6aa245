// The login that a migration gets: everything in the database is its own, and it is no superuser.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'
import { ownershipStatements } from './ownership.ts'
import { endSessionsOf } from './sessions.ts'

export interface Login {
  readonly user: string
  readonly password: string
  /** Made by us, as superuser; else it is the user of the scratch URL. */
  readonly made: boolean
}

const mark = 'resguardo rehearsal: safe to drop'
const prefix = 'resguardo_rehearsal_'

/**
 * Makes the role, gives it the database, whatever superusers own in it, and membership in every other owner. A user who is no superuser
 * makes nothing and is the login himself.
 */
export async function makeLogin(address: Address): Promise<Login> {
  return withClient(address, async (client) => {
    const { rows } = await client.query<{ super: boolean; name: string }>(
      'SELECT rolsuper AS super, rolname AS name FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user',
    )
    if (!rows[0]?.super) return { user: rows[0]?.name ?? '', password: address.password ?? '', made: false }
    const user = nameFor(address.database)
    const password = randomBytes(18).toString('base64url')
    await removeOld(client, user)
    await client.query('BEGIN')
    await client.query(
      `CREATE ROLE ${pg.escapeIdentifier(user)} LOGIN NOSUPERUSER INHERIT PASSWORD ${pg.escapeLiteral(password)}`,
    )
    await client.query(`COMMENT ON ROLE ${pg.escapeIdentifier(user)} IS ${pg.escapeLiteral(mark)}`)
    for (const statement of await ownershipStatements(client, user)) await client.query(statement)
    await client.query('COMMIT')
    return { user, password, made: true }
  })
}

/** Ends its sessions and drops it, what it owns left to us. Scratch is dropped next. Never throws. */
export async function removeLogin(address: Address, { user, made }: Login): Promise<void> {
  if (!made) return
  const role = pg.escapeIdentifier(user)
  await withClient(address, async (client) => {
    await endSessionsOf(client, user)
    await client.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER`)
    await client.query(`DROP OWNED BY ${role} CASCADE`)
    await client.query(`DROP ROLE ${role}`)
  }).catch(() => {})
}

/** One that a killed run left behind has our mark. */
async function removeOld(client: pg.Client, user: string): Promise<void> {
  const { rows } = await client.query<{ comment: string | null }>(
    "SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1",
    [user],
  )
  const [found] = rows
  if (!found) return
  if (found.comment !== mark) {
    throw new Failure(
      'rehearsal/role-exists',
      `a role named ${user} exists on the scratch server, and Resguardo did not make it`,
      {
        hint: 'Drop it yourself if nobody needs it, or choose another scratch database.',
      },
    )
  }
  await client.query(`DROP ROLE ${pg.escapeIdentifier(user)}`)
}

function nameFor(database: string): string {
  return (prefix + database.replaceAll(/[^A-Za-z0-9_]/g, '_')).slice(0, 63)
}
