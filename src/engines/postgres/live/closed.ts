// SQL that lets only the restoring role connect to a database during the load, before it has the live database's
// grants.
import pg from 'pg'

export interface Closed {
  readonly name: string
  readonly owner: string
  /** The role that restores. */
  readonly role: { readonly name: string; readonly superuser: boolean }
}

/**
 * SQL for a new database that was created with ALLOW_CONNECTIONS false: afterwards only the restoring role can connect.
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

/** SQL that restores PostgreSQL's default grants; the database's own must follow. `name` is its name at that time. */
export function openStatements({ name, owner, role }: Closed): string[] {
  const database = pg.escapeIdentifier(name)
  const isExtra = !role.superuser && role.name !== owner
  return [
    `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO PUBLIC`,
    `GRANT ALL ON DATABASE ${database} TO ${pg.escapeIdentifier(owner)}`,
    ...(isExtra ? [`REVOKE CONNECT ON DATABASE ${database} FROM ${pg.escapeIdentifier(role.name)}`] : []),
  ]
}
