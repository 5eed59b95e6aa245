// Opens connections for a restore; all end at once when the work is interrupted.
import type pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { connect } from '../connection/connect.ts'
import { explainPostgres } from '../connection/errors.ts'
import type { LiveContext } from './context.ts'

/** Opens a connection that ends when `signal` aborts. The caller must end it too. */
export async function openSession(address: Address, signal?: AbortSignal): Promise<pg.Client> {
  signal?.throwIfAborted()
  const client = await connect(address)
  const stop = () => void client.end().catch(() => {})
  signal?.addEventListener('abort', stop, { once: true })
  client.once('end', () => signal?.removeEventListener('abort', stop))
  return client
}

/** Connects, works, and always ends the connection. Throws the reason of `signal` if that is aborted. */
export async function inSession<T>(
  address: Address,
  signal: AbortSignal | undefined,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  let client: pg.Client | undefined
  try {
    client = await openSession(address, signal)
    return await work(client)
  } catch (error) {
    throw signal?.aborted ? asFailure(signal.reason) : explainPostgres(error, address.display)
  } finally {
    await client?.end().catch(() => {})
  }
}

/**
 * The database from which databases are created, renamed and dropped. Throws a failure of kind refused if the role can
 * connect only to the live database.
 */
export function maintenanceOf(context: LiveContext): Address {
  if (context.maintenance) return context.maintenance
  throw new Failure(
    'restore/no-other-database',
    `role ${context.role.name} can connect to no database of this server except ${context.live.database}`,
    {
      hint: 'Grant it CONNECT on the database postgres or template1, or use --strategy in-place.',
    },
  )
}

/** The server's time in the form of database names (`20261124T020005Z`), and in ISO 8601. */
export async function serverTime(client: pg.Client): Promise<{ stamp: string; iso: string }> {
  const { rows } = await client.query<{ now: Date }>('SELECT now()')
  const iso = (rows[0] as { now: Date }).now.toISOString()
  return { stamp: `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}Z`, iso }
}

/** Names of all databases of the server. */
export async function databaseNames(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('SELECT datname::text AS name FROM pg_database')
  return new Set(rows.map(({ name }) => name))
}

/** Runs statements in one transaction, then ends it with `end`; rolls it back on failure. */
export async function inTransaction(
  client: pg.Client,
  statements: readonly string[],
  end: 'COMMIT' | 'ROLLBACK',
): Promise<void> {
  await client.query('BEGIN')
  try {
    for (const statement of statements) {
      await client.query(statement).catch((error: Error) => {
        throw new StatementFailed(statement, error)
      })
    }
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
  await client.query(end)
}

/** The error of a statement that the server rejected, with the statement in the message. */
class StatementFailed extends Error {
  readonly statement: string
  readonly code: string | undefined

  constructor(statement: string, cause: Error) {
    super(`${cause.message} (${statement})`, { cause })
    this.statement = statement
    this.code = (cause as { code?: string }).code
  }
}
