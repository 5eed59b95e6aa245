// Checks that a connection has a server session to itself, which poolers in transaction or statement mode do not
// provide.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from './address.ts'
import { connect } from './connect.ts'
import { rememberOwnSessions } from './session-options.ts'

/**
 * Throws `postgres/pooler` if statements of the connection run in several server sessions, or in one that another
 * connection uses too. Sets nothing and takes no lock, because behind a pooler both would remain in sessions of other
 * clients. Call it before a lock or a snapshot is taken.
 */
export async function requireOwnSession(client: pg.Client, address: Address): Promise<void> {
  const other = await connect(address)
  try {
    // A pooler assigns the session that was used last, or the one that was idle longest. Two queries in a row detect
    // the latter.
    const ours = [await processOf(client), await processOf(client)]
    const theirs = [await processOf(other), await processOf(other)]
    ours.push(await processOf(client))
    theirs.push(await processOf(other))
    if (new Set(ours).size === 1 && new Set(theirs).size === 1 && ours[0] !== theirs[0])
      return rememberOwnSessions(address)
  } finally {
    await other.end().catch(() => {})
  }
  throw new Failure(
    'postgres/pooler',
    `a connection pooler in transaction or statement mode is in front of ${address.display}`,
    {
      hint: 'Connect directly to the server, or use a pooler in session mode: locks and snapshots need a session.',
    },
  )
}

async function processOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid')
  return rows[0]?.pid
}
