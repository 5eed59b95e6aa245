// The variables through which migration tools find their database, every one of them pointing at scratch.

/** A variable of the user's own, and what follows the `?` of the URL that it gets: Prisma's `schema=app`, say. */
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
   * TLS is somebody else's: clients must not ask for it. Else `sslmode` is not named, since some clients do not know
   * it.
   */
  readonly tls: boolean
}

/**
 * `DATABASE_URL` and `DIRECT_URL` (with the user's parameters where he gives some), the user's own names, and libpq's
 * `PG…`.
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
