// Ends sessions that a migration left behind, because a server continues a statement without its client.
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'

const secondsToEnd = 30
const every = 0.05

/** A database, observed from another database of its server that code in it cannot affect. */
export interface ObservedDatabase {
  readonly maintenance: Address
  readonly database: string
}

/**
 * Ends every session of the user in the database, and waits until they have ended. Throws a Failure if some do not end
 * within 30 s.
 */
export async function endSessions({ maintenance, database }: ObservedDatabase, user: string): Promise<void> {
  await withClient(maintenance, async (client) => {
    for (let attempt = 0; attempt < secondsToEnd / every; attempt += 1) {
      const { rowCount } = await client.query(
        `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
          WHERE usename = $1 AND datname = $2 AND pid <> pg_catalog.pg_backend_pid()`,
        [user, database],
      )
      if (rowCount === 0) return
      await wait(every * 1000)
    }
    throw new Failure(
      'rehearsal/sessions-stay',
      'sessions of the rehearsed migration do not end on the scratch server',
      {
        hint: 'Check pg_stat_activity on that server, or use a local scratch server.',
      },
    )
  })
}
