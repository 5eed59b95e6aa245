// Which roles are superusers.
import type pg from 'pg'

/** Those of the roles that are superusers, in order. */
export async function superusersAmong(client: pg.ClientBase, roles: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    'SELECT rolname::text AS role FROM pg_roles WHERE rolname = ANY($1::text[]) AND rolsuper ORDER BY 1',
    [roles],
  )
  return rows.map(({ role }) => role)
}

/** Whether this session has the rights of a superuser. */
export async function isSuperuser(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ superuser: boolean }>(
    'SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
  )
  return rows[0]?.superuser === true
}
