// Where a database is: a URL understood once, for `pg` and for libpq's tools alike, with Prisma's own parameters.
import type { ClientConfig } from 'pg'
import { parse } from 'pg-connection-string'
import { Failure } from '../../domain/failure.ts'
import { connectionOptions, receptionOf } from './session-options.ts'

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

/** A database's address. Holds a password: only `display` may be shown. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string
  readonly sslMode: SslMode
  readonly sslRootCert: string | undefined
  readonly sslCert: string | undefined
  readonly sslKey: string | undefined
  readonly options: string | undefined
  readonly connectTimeout: number
  /** Schema that Prisma would use; a note, never a filter. */
  readonly prismaSchema: string | undefined
  /** `shop on db.example.com:5432`. */
  readonly display: string
}

const sslModes: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']

/** Understands a PostgreSQL URL. Throws Failure('usage') without ever repeating the URL, which holds a password. */
export function parseAddress(url: string): Address {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new Failure('postgres/invalid-url', 'the database URL is not a PostgreSQL URL', { hint: urlHint })
  }
  if (hasRawSpecials(url)) {
    throw new Failure('postgres/invalid-url', 'the database URL has a special character that must be percent-encoded', {
      hint: 'In user and password write @ as %40, / as %2F, # as %23, ? as %3F and : as %3A.',
    })
  }
  const fields = parseFields(url)
  const database = fields.database
  if (!database) throw new Failure('postgres/invalid-url', 'the database URL names no database', { hint: urlHint })
  const host = fields.host || 'localhost'
  if (host.includes(',')) {
    throw new Failure('postgres/invalid-url', 'the database URL names several hosts', {
      hint: 'Name the one server to back up; a replica is a good choice.',
    })
  }
  const sslMode = fields.sslmode ?? 'prefer'
  if (!sslModes.includes(sslMode)) {
    throw new Failure('postgres/invalid-url', `sslmode in the database URL is not one of ${sslModes.join(', ')}`, {
      hint: urlHint,
    })
  }
  const port = Number(fields.port || 5432)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Failure('postgres/invalid-url', 'the port in the database URL is not a number from 1 to 65535', { hint: urlHint })
  }
  return {
    host,
    port,
    user: fields.user,
    password: fields.password,
    database,
    sslMode: sslMode as SslMode,
    sslRootCert: fields.sslrootcert,
    sslCert: fields.sslcert,
    sslKey: fields.sslkey,
    options: fields.options,
    connectTimeout: Number(fields.connect_timeout ?? 15) || 15,
    prismaSchema: fields.schema,
    display: describe(database, host, port),
  }
}

const urlHint =
  'Give DATABASE_URL (or --database-url) as postgresql://user:password@host:5432/database; percent-encode special characters.'

/** Whether an @, / or # of a password stands as it is: what follows it would be taken for the host, and shown. */
function hasRawSpecials(url: string): boolean {
  const rest = url.slice(url.indexOf('://') + 3)
  const first = rest.indexOf('@')
  const slash = rest.indexOf('/')
  return rest.includes('#') || first !== rest.lastIndexOf('@') || (slash >= 0 && first > slash)
}

function describe(database: string, host: string, port: number): string {
  return host.startsWith('/') ? `${database} at ${host}` : `${database} on ${host}:${port}`
}

function parseFields(url: string): Record<string, string | undefined> {
  try {
    // Certificate files are read by libpq and by `connect`; here they stay paths.
    const [base, query = ''] = splitOnce(url, '?')
    const parameters = Object.fromEntries(new URLSearchParams(query))
    const main = parse(base)
    return {
      ...parameters,
      user: main.user ?? parameters.user,
      password: main.password ?? parameters.password,
      database: databaseIn(base) ?? parameters.dbname,
      // As libpq has it, a parameter counts before the host in front: it is how a URL names a folder of unix sockets.
      host: parameters.host || main.host || undefined,
      port: parameters.port || main.port || undefined,
    }
  } catch {
    throw new Failure('postgres/invalid-url', 'could not parse the database URL', { hint: urlHint })
  }
}

/** The path, decoded as libpq does it; pg-connection-string leaves %2F, %3B and others as they are. */
function databaseIn(base: string): string | undefined {
  const path = /^\w+:\/\/[^/]*\/(.+)$/.exec(base)?.[1]
  return path === undefined ? undefined : decodeURIComponent(path)
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** The same server and user, another database. */
export function withDatabase(address: Address, database: string): Address {
  return { ...address, database, display: describe(database, address.host, address.port) }
}

/** The address as a URL, for a user's own check command. Holds the password. */
export function toUrl(address: Address): string {
  const url = new URL('postgresql://localhost')
  url.pathname = `/${encodeURIComponent(address.database)}`
  if (address.user !== undefined) url.username = encodeURIComponent(address.user)
  if (address.password !== undefined) url.password = encodeURIComponent(address.password)
  if (address.host.startsWith('/')) {
    url.searchParams.set('host', address.host)
    url.searchParams.set('port', String(address.port))
  } else {
    url.hostname = address.host
    url.port = String(address.port)
  }
  if (address.sslMode !== 'prefer') url.searchParams.set('sslmode', address.sslMode)
  const { sslRootCert: sslrootcert, sslCert: sslcert, sslKey: sslkey } = address
  for (const [name, path] of Object.entries({ sslrootcert, sslcert, sslkey })) {
    if (path !== undefined) url.searchParams.set(name, path)
  }
  return url.href
}

/** What libpq's tools (pg_dump, pg_restore, psql) need in their environment to reach this database in a session like ours. Call `connect` once before. */
export function toolEnvironment(address: Address): Record<string, string | undefined> {
  return {
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGPASSWORD: address.password,
    PGDATABASE: address.database,
    PGSSLMODE: address.sslMode,
    PGSSLROOTCERT: address.sslRootCert,
    PGSSLCERT: address.sslCert,
    PGSSLKEY: address.sslKey,
    PGCONNECT_TIMEOUT: String(address.connectTimeout),
    PGAPPNAME: 'resguardo',
    PGOPTIONS: connectionOptions(address, receptionOf(address)),
    PGTZ: 'UTC',
    PGCLIENTENCODING: 'UTF8',
  }
}

/** What `pg` needs, apart from TLS and connection options, which `connect` settles. */
export function clientConfig(address: Address): ClientConfig {
  return {
    host: address.host,
    port: address.port,
    ...(address.user === undefined ? {} : { user: address.user }),
    ...(address.password === undefined ? {} : { password: address.password }),
    database: address.database,
    connectionTimeoutMillis: address.connectTimeout * 1000,
    application_name: 'resguardo',
  }
}
