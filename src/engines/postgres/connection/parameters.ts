// The parameters of a connection, as libpq names them:
// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
import { Failure } from '../../../domain/failures/failure.ts'

/** Parameters by libpq's names. */
export type Parameters = ReadonlyMap<string, string>

/** Supported parameters, each with the environment variable that sets it, if there is one. */
const understood: Readonly<Record<string, string | undefined>> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  service: 'PGSERVICE',
  options: 'PGOPTIONS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  channel_binding: 'PGCHANNELBINDING',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslcrl: 'PGSSLCRL',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
  schema: undefined, // Prisma
}

/** Accepted and ignored: Resguardo sets its own values, or they do not change what is read or written. */
const ignored = new Set([
  ...[
    'application_name',
    'fallback_application_name',
    'client_encoding',
    'sslcompression',
    'sslsni',
    'tcp_user_timeout',
  ],
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count'],
  // Parameters of Prisma and node-postgres.
  ...[
    'pgbouncer',
    'connection_limit',
    'pool_timeout',
    'socket_timeout',
    'statement_cache_size',
    'sslaccept',
    'uselibpqcompat',
  ],
])

/** Throws `postgres/unknown-parameter` for an unsupported parameter, because it would have no effect. */
export function requireKnown(parameters: Parameters): void {
  for (const name of parameters.keys()) {
    if (Object.hasOwn(understood, name) || ignored.has(name)) continue
    const shown = /^[\w.-]{1,40}$/.test(name) ? `: ${name}` : ''
    throw new Failure('postgres/unknown-parameter', `the database URL has a parameter that is not supported${shown}`, {
      hint: 'Remove the parameter. See docs/connections.md for the supported parameters.',
    })
  }
}

/** Returns the parameters that the environment sets. */
export function ofEnvironment(environment: Readonly<Record<string, string | undefined>>): Parameters {
  const given = new Map<string, string>()
  for (const [name, variable] of Object.entries(understood)) {
    const value = variable === undefined ? undefined : environment[variable]
    if (value) given.set(name, value)
  }
  return given
}
