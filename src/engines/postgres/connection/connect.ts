// Connects to PostgreSQL, with libpq's meaning of sslmode, and with pinned settings that override those of the URL, the
// role and the database.
import type { ConnectionOptions } from 'node:tls'
import pg from 'pg'
import { watchSocket } from '../../../streams/silent-sockets.ts'
import { type Address, clientConfig } from './address.ts'
import { boundEnd, socketOf } from './bounded-end.ts'
import { requireChannelBinding } from './channel-binding.ts'
import { explainPostgres } from './errors.ts'
import { answersAtAll } from './liveness.ts'
import {
  completeSessionSql,
  knownSettingsSql,
  type Pinned,
  pinnedSql,
  pinSql,
  requirePinned,
  superuserSettingsSql,
} from './pin.ts'
import { PooledClient } from './pooled-client.ts'
import {
  connectionOptions,
  mark,
  type OptionSupport,
  optionSupportOf,
  rememberOptionSupport,
  type SessionKind,
} from './session-options.ts'
import { settingsOf } from './session-settings.ts'
import { withTimeLimit } from './time-limit.ts'
import { isAboutTls, tlsChoices } from './tls.ts'

export type { SessionKind } from './session-options.ts'

/**
 * Connects. Throws a Failure of kind unreachable or usage with a hint; it never contains the password. The caller ends
 * the client.
 */
export async function connect(address: Address, kind: SessionKind = 'pinned'): Promise<pg.Client> {
  let last: unknown
  for (const ssl of await tlsChoices(address)) {
    try {
      return await connectAs(optionSupportOf(address), address, ssl, kind)
    } catch (error) {
      last = error
      if (!isAboutTls(error)) break
    }
  }
  throw explainPostgres(last, address.display)
}

/** Connects, runs `work`, and always ends the connection. Throws errors as Failures. */
export async function withClient<T>(
  address: Address,
  work: (client: pg.Client) => Promise<T>,
  kind: SessionKind = 'pinned',
): Promise<T> {
  const client = await connect(address, kind)
  try {
    return await work(client)
  } catch (error) {
    throw explainPostgres(error, address.display)
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Resets search_path and the other settings of scope `names` to those of the role and the database, and lets triggers
 * run. For a `resettable` session, before SQL of the user.
 */
export async function resetSettings(client: pg.ClientBase): Promise<void> {
  for (const { name } of settingsOf('names')) await client.query(`RESET ${name}`)
  await enableTriggers(client)
}

/** Lets triggers run in a superuser's session, until the session ends. */
export async function enableTriggers(client: pg.ClientBase): Promise<void> {
  await client.query(`
    SELECT pg_catalog.set_config(s.name, s.value, false)
      FROM (VALUES ('session_replication_role', 'origin'), ('event_triggers', 'on')) s(name, value)
      JOIN pg_catalog.pg_settings p ON p.name OPERATOR(pg_catalog.=) s.name
     WHERE p.setting OPERATOR(pg_catalog.<>) s.value`)
}

/** Time limit in seconds for the settings of a session: a few statements that read no table. */
const secondsToPrepare = 60

async function prepare(client: pg.Client, support: OptionSupport, address: Address, kind: SessionKind): Promise<void> {
  if (support.as === 'session-pooler') await pinSession(client, kind)
  else rememberOptionSupport(address, support.as === 'pooler' ? support : await complete(client, kind, support))
}

/** Connects with the options that this server accepts, and remembers which these are. */
async function connectAs(
  support: OptionSupport,
  address: Address,
  ssl: false | ConnectionOptions,
  kind: SessionKind,
): Promise<pg.Client> {
  const options = connectionOptions(address, support, kind)
  const config = {
    ...clientConfig(address),
    ssl,
    sslnegotiation: ssl ? address.sslNegotiation : 'postgres',
    enableChannelBinding: address.channelBinding === 'require',
    ...(options !== undefined && { options }),
  }
  const client = watched(
    boundEnd(support.as === 'pooler' ? new PooledClient(config, kind) : new pg.Client(config)),
    address,
  )
  if (address.channelBinding === 'require') requireChannelBinding(client)
  if (options === undefined) withoutOptions(client)
  client.on('error', () => {}) // the next query throws for a lost connection
  try {
    await client.connect()
    await withTimeLimit(secondsToPrepare, address.display, prepare(client, support, address, kind))
    return client
  } catch (error) {
    await client.end().catch(() => {})
    const next = nextOptionSupport(support, error)
    if (next) return connectAs(next, address, ssl, kind)
    throw error
  }
}

/** Registers the socket, so that an interrupted run does not wait for a server that does not respond. */
function watched<T extends pg.Client>(client: T, address: Address): T {
  const { hostAddress, host, port } = address
  watchSocket(socketOf(client), {
    name: `${hostAddress ?? host}:${port}`,
    isAlive: (signal) => answersAtAll(address, signal),
  })
  return client
}

/** Removes the options that `pg` reads from PGOPTIONS, because a pooler may refuse them. */
function withoutOptions(client: pg.Client): void {
  const { connectionParameters } = client as unknown as {
    readonly connectionParameters: { options?: string | undefined }
  }
  connectionParameters.options = undefined
}

/**
 * Sets nothing before it is known that the session received our options: behind a pooler, other clients would inherit
 * the settings.
 */
async function complete(client: pg.Client, kind: SessionKind, support: OptionSupport): Promise<OptionSupport> {
  const { rows } = await client.query<Pinned>(pinnedSql)
  if (rows[0]?.mark !== mark.value) throw new Error(optionsDropped)
  if (kind === 'resettable' || !support.has) await client.query(completeSessionSql(support, kind))
  if (kind === 'pinned') requirePinned(rows[0])
  if (support.has) return support
  const { rows: found } = await client.query<{ has: string[] }>(knownSettingsSql)
  return { ...support, has: new Set(found[0]?.has) }
}

/** Pins the settings of a session that received no options, as its first statements. */
async function pinSession(client: pg.Client, kind: SessionKind): Promise<void> {
  await client.query(pinSql(kind, 'session'))
  for (const statement of superuserSettingsSql('session')) await client.query(statement)
  requirePinned((await client.query<Pinned>(pinnedSql)).rows[0])
}

const optionsDropped = 'the connection options were dropped'

/** The option support to try after an error about connection options; undefined for any other error. */
function nextOptionSupport({ as, ...rest }: OptionSupport, error: unknown): OptionSupport | undefined {
  const { message = '', code } = error as { message?: string; code?: string }
  if (as === 'superuser' && code === permissionDenied) return { ...rest, as: 'user' }
  const aboutOptions = message === optionsDropped || /unsupported startup parameter/.test(message)
  return aboutOptions && (as === 'superuser' || as === 'user') ? { ...rest, as: 'pooler' } : undefined
}

/** insufficient_privilege; the message is in the server's language. */
const permissionDenied = '42501'
