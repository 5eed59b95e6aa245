// Checks which roles are superusers.
import type pg from 'pg'

/** Those of the roles that are superusers, sorted by name. */
export async function superusersAmong(client: pg.ClientBase, roles: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    'SELECT rolname::text AS role FROM pg_roles WHERE rolname = ANY($1::text[]) AND rolsuper ORDER BY 1',
    [roles],
  )
  return rows.map(({ role }) => role)
}

/** Whether code in this session can get superuser rights. SET ROLE restricts statements only: code can RESET ROLE. */
export async function isSuperuser(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ superuser: boolean }>(
    'SELECT bool_or(rolsuper) AS superuser FROM pg_roles WHERE rolname IN (session_user, current_user)',
  )
  return rows[0]?.superuser === true
}

/** Whether this session may lock tables of other roles, create logins and write: a superuser, not on a standby. */
export async function isSuperuserOfPrimary(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
  return rows[0]?.standby === false && (await isSuperuser(client))
}
