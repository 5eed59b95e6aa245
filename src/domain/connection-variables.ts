// Environment variables that point migration tools to the scratch database.

/** A variable that the user names, and the query parameters of its URL, such as Prisma's `schema=app`. */
export interface ConnectionVariable {
  readonly name: string
  readonly parameters?: string
}

/** `DATABASE_URL`, or `DATABASE_URL?schema=app&pgbouncer=true`; undefined for anything else. */
export function parseConnectionVariable(text: string): ConnectionVariable | undefined {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:\?([^\s#]+))?$/.exec(text)
  const [, name, parameters] = match ?? []
  return name === undefined ? undefined : { name, ...(parameters === undefined ? {} : { parameters }) }
}

const always: readonly ConnectionVariable[] = [{ name: 'DATABASE_URL' }, { name: 'DIRECT_URL' }]

interface ReachableDatabase {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /**
   * True if TLS may be added outside of the client, which must not request it: URLs get `sslmode=disable`. Otherwise
   * URLs have no `sslmode`, because some clients do not know it.
   */
  readonly tls: boolean
}

/**
 * Returns `DATABASE_URL`, `DIRECT_URL`, the user's own variables, and libpq's `PG…`. An own variable replaces one of
 * the first two if it has the same name.
 */
export function connectionEnvironment(
  at: ReachableDatabase,
  own: readonly ConnectionVariable[],
): Record<string, string> {
  const { host, port, user, password, database, tls } = at
  const login = [user, password].map(encodeURIComponent).join(':')
  const url = `postgresql://${login}@${host}:${port}/${encodeURIComponent(database)}`
  const urls = [...always, ...own].map(({ name, parameters }) => {
    const query = [...(parameters === undefined ? [] : [parameters]), ...(tls ? ['sslmode=disable'] : [])].join('&')
    return [name, query === '' ? url : `${url}?${query}`]
  })
  return {
    ...Object.fromEntries(urls),
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: 'disable',
  }
}
