// Drops temporary logins: those that are no longer needed, and those that killed runs left behind.
import pg from 'pg'
import { isSuperuserOfPrimary } from './superusers.ts'

/** Comment of a temporary login, and prefix of its name. */
export const mark = 'resguardo: runs code that is not trusted; safe to drop'
export const prefix = 'resguardo_restore_'

/**
 * Drops a temporary login. Objects that code created as the login are reassigned to the first role, as if that role had
 * connected. The login loses its rights first, because code may have granted it to other roles, or may block DROP ROLE
 * with an object in another database. REASSIGN OWNED and DROP OWNED run event triggers of the database, so they run
 * only if objects or grants are left.
 */
export async function dropLogin(client: pg.ClientBase, user: string, roles: readonly string[]): Promise<void> {
  const role = pg.escapeIdentifier(user)
  const [owner] = roles
  await client.query(`ALTER ROLE ${role} NOLOGIN NOBYPASSRLS`)
  if (roles.length > 0) await client.query(`REVOKE ${roles.map(pg.escapeIdentifier).join(', ')} FROM ${role}`)
  await client.query('SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = $1', [user])
  if (await isDropped(client, user)) return
  if (owner !== undefined) await client.query(`REASSIGN OWNED BY ${role} TO ${pg.escapeIdentifier(owner)}`)
  await client.query(`DROP OWNED BY ${role}`)
  await client.query(`DROP ROLE ${role}`)
}

/** Drops a login if its only grants are those on this database; returns whether it did. */
async function isDropped(client: pg.ClientBase, user: string): Promise<boolean> {
  const role = pg.escapeIdentifier(user)
  const { rows } = await client.query<{ name: string }>('SELECT current_database()::text AS name')
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${pg.escapeIdentifier(rows[0]?.name ?? '')} FROM ${role}`)
  return client.query(`DROP ROLE ${role}`).then(
    () => true,
    () => false,
  )
}

/** Drops the logins of killed runs. A login that still owns objects in another database remains, without any right. */
export async function dropExpiredLogins(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ user: string; roles: string[] }>(
    `SELECT u.rolname::text AS user,
            ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = u.oid ORDER BY 1) AS roles
       FROM pg_roles u
      WHERE starts_with(u.rolname, $1) AND shobj_description(u.oid, 'pg_authid') = $2 AND u.rolvaliduntil < now() AND NOT u.rolsuper`,
    [prefix, mark],
  )
  for (const { user, roles } of rows) await dropLogin(client, user, roles).catch(() => {})
}

/**
 * Drops expired logins at the start of other commands. Does nothing on a standby or without superuser rights. Never
 * throws.
 */
export async function dropLeftoverLogins(client: pg.ClientBase): Promise<void> {
  try {
    if (await isSuperuserOfPrimary(client)) await dropExpiredLogins(client)
  } catch {
    // The command continues: the login has expired.
  }
}
