// The address of a database, parsed once for both `pg` and libpq's tools.
import type { ClientConfig } from 'pg'
import { type Parameters, requireKnown } from './parameters.ts'
import { invalid, parseConnection } from './parse-text.ts'
import { connectionOptions, optionSupportOf, type SessionKind } from './session-options.ts'

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
const channelBindings = ['disable', 'prefer', 'require'] as const
const negotiations = ['postgres', 'direct'] as const

type SslMode = (typeof sslModes)[number]

/** The address of a database. Contains a password: only `display` may be shown. */
export interface Address {
  /** A name, an IP address, or the folder of a unix socket. */
  readonly host: string
  /** IP address to connect to instead of resolving `host`, which remains the name that the certificate must have. */
  readonly hostAddress: string | undefined
  readonly port: number
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string
  readonly sslMode: SslMode
  readonly sslNegotiation: (typeof negotiations)[number]
  readonly sslRootCert: string | undefined
  readonly sslCert: string | undefined
  readonly sslKey: string | undefined
  readonly sslCrl: string | undefined
  readonly channelBinding: (typeof channelBindings)[number]
  readonly options: string | undefined
  /** Seconds; 0 means no limit. */
  readonly connectTimeout: number
  /** Schema that Prisma would use; it never filters what is dumped. */
  readonly prismaSchema: string | undefined
  /** `shop on db.example.com:5432`. */
  readonly display: string
}

/** Default of `connect_timeout` in seconds. */
const patience = 15

/**
 * Parses the URL or key=value text of one server. Reads nothing else; `resolveConnection` adds what is defined
 * elsewhere. Throws a Failure of kind usage, which never quotes the text, because it contains a password.
 */
export function parseAddress(given: string | Parameters): Address {
  const parameters = typeof given === 'string' ? parseConnection(given) : given
  requireKnown(parameters)
  const get = (name: string): string | undefined => parameters.get(name)
  const database = get('dbname')
  if (!database) throw invalid('the database URL names no database')
  const host = get('host') ?? get('hostaddr') ?? 'localhost'
  if (host.includes(',')) throw invalid('the database URL names several hosts')
  const port = wholeNumber(get('port') ?? '5432')
  if (port === undefined || port < 1 || port > 65_535)
    throw invalid('the port in the database URL is not a number from 1 to 65535')
  const sslMode = choice(parameters, 'sslmode', sslModes, 'prefer')
  const sslNegotiation = choice(parameters, 'sslnegotiation', negotiations, 'postgres')
  if (sslNegotiation === 'direct' && !/^(require|verify-)/.test(sslMode))
    throw invalid(`sslnegotiation=direct needs sslmode=require or stricter, not ${sslMode}`)
  const connectTimeout = wholeNumber(get('connect_timeout') ?? String(patience))
  if (connectTimeout === undefined) throw invalid('connect_timeout in the database URL is not a number of seconds')
  return {
    ...{ host, hostAddress: get('hostaddr'), port, user: get('user'), password: get('password'), database },
    ...{ sslMode, sslNegotiation, sslRootCert: get('sslrootcert'), sslCert: get('sslcert'), sslKey: get('sslkey') },
    ...{ sslCrl: get('sslcrl'), channelBinding: choice(parameters, 'channel_binding', channelBindings, 'prefer') },
    ...{ options: get('options'), connectTimeout, prismaSchema: get('schema') },
    display: describe(database, host, port),
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function choice<T extends string>(parameters: Parameters, name: string, choices: readonly T[], fallback: T): T {
  const value = parameters.get(name) ?? fallback
  const found = choices.find((each) => each === value)
  if (found === undefined) throw invalid(`${name} in the database URL is not one of ${choices.join(', ')}`)
  return found
}

function describe(database: string, host: string, port: number): string {
  return host.startsWith('/') ? `${database} at ${host}` : `${database} on ${host}:${port}`
}

/** Returns the address of another database on the same server, for the same user. */
export function withDatabase(address: Address, database: string): Address {
  return { ...address, database, display: describe(database, address.host, address.port) }
}

/**
 * Returns a URL that `parseAddress` parses to the same address. It is also passed to the user's check command. Contains
 * the password.
 */
export function toUrl(address: Address): string {
  const { host, port, user, password, database } = address
  const isSocket = host.startsWith('/')
  const login = user === undefined ? '' : encodeURIComponent(user)
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`
  const place = isSocket ? 'localhost' : `${host.includes(':') ? `[${host}]` : encodeURIComponent(host)}:${port}`
  const parameters = Object.entries({
    ...(isSocket && { host, port: String(port) }),
    hostaddr: address.hostAddress,
    sslmode: unless('prefer', address.sslMode),
    sslnegotiation: unless('postgres', address.sslNegotiation),
    sslrootcert: address.sslRootCert,
    sslcert: address.sslCert,
    sslkey: address.sslKey,
    sslcrl: address.sslCrl,
    channel_binding: unless('prefer', address.channelBinding),
    options: address.options,
    connect_timeout: unless(String(patience), String(address.connectTimeout)),
    schema: address.prismaSchema,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
  const query = parameters.length > 0 ? `?${parameters.join('&')}` : ''
  return `postgresql://${login}${secret}${login || secret ? '@' : ''}${place}/${encodeURIComponent(database)}${query}`
}

function unless(fallback: string, value: string): string | undefined {
  return value === fallback ? undefined : value
}

/**
 * Returns the environment in which libpq's tools (pg_dump, pg_restore, psql) connect to this database with the same
 * session settings as we do. Call `connect` once before, which finds out what options the server accepts.
 */
export function toolEnvironment(address: Address, kind: SessionKind = 'pinned'): Record<string, string | undefined> {
  return {
    PGHOST: address.host,
    PGHOSTADDR: address.hostAddress,
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGPASSWORD: address.password,
    PGDATABASE: address.database,
    PGSSLMODE: address.sslMode,
    PGSSLNEGOTIATION: unless('postgres', address.sslNegotiation),
    PGSSLROOTCERT: address.sslRootCert,
    PGSSLCERT: address.sslCert,
    PGSSLKEY: address.sslKey,
    PGSSLCRL: address.sslCrl,
    PGCHANNELBINDING: address.channelBinding,
    PGGSSENCMODE: 'disable',
    PGCONNECT_TIMEOUT: String(address.connectTimeout),
    PGAPPNAME: 'resguardo',
    PGOPTIONS: connectionOptions(address, optionSupportOf(address), kind),
    PGTZ: 'UTC',
    PGCLIENTENCODING: 'UTF8',
  }
}

/**
 * Value of `--dbname` for libpq's tools, which read all other settings and all secrets from their environment. A
 * network failure is detected after two minutes on an idle connection, and by the system after 15 minutes on a sending
 * one.
 */
export const connectionWithoutSecrets =
  'application_name=resguardo keepalives_idle=60 keepalives_interval=15 keepalives_count=4'

/**
 * Returns the configuration of `pg` without TLS and connection options, which `connect` adds. Host, port, password and
 * database are always set, so that `pg` does not read them from the environment.
 */
export function clientConfig(address: Address): ClientConfig {
  return {
    host: address.hostAddress ?? address.host,
    port: address.port,
    ...(address.user === undefined ? {} : { user: address.user }),
    password: address.password ?? (() => ''),
    database: address.database,
    connectionTimeoutMillis: address.connectTimeout * 1000,
    keepAlive: true,
    // Ten probes follow, one per second: a network failure is detected after 70 seconds.
    keepAliveInitialDelayMillis: 60_000,
    application_name: 'resguardo',
  }
}
