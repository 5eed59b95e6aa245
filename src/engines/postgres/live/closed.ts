// Only the restoring role can connect to a database while it is loaded, because it does not have the grants of the live
// one yet.
import pg from 'pg'

export interface Closed {
  readonly name: string
  readonly owner: string
  /** The role that restores. */
  readonly role: { readonly name: string; readonly superuser: boolean }
}

/**
 * SQL for a fresh database that was made with ALLOW_CONNECTIONS false: from then on only the restoring role may
 * connect.
 */
export function closeStatements({ name, owner, role }: Closed): string[] {
  const database = pg.escapeIdentifier(name)
  const other =
    role.name === owner ? [] : [`GRANT CONNECT ON DATABASE ${database} TO ${pg.escapeIdentifier(role.name)}`]
  return [
    `REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`,
    ...(role.superuser ? [`REVOKE CONNECT ON DATABASE ${database} FROM ${pg.escapeIdentifier(owner)}`] : other),
    `ALTER DATABASE ${database} ALLOW_CONNECTIONS true`,
  ]
}

/**
 * SQL that gives it back what PostgreSQL grants by default; `name` is its name by then. Grants of its own come after.
 */
export function openStatements({ name, owner, role }: Closed): string[] {
  const database = pg.escapeIdentifier(name)
  const isExtra = !role.superuser && role.name !== owner
  return [
    `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO PUBLIC`,
    `GRANT ALL ON DATABASE ${database} TO ${pg.escapeIdentifier(owner)}`,
    ...(isExtra ? [`REVOKE CONNECT ON DATABASE ${database} FROM ${pg.escapeIdentifier(role.name)}`] : []),
  ]
}
