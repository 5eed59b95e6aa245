// Sessions that a migration left behind: a server goes on with a statement whose client is gone.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'

const secondsToEnd = 30
const every = 0.05

/** Ends every session of the user in this database but the asking one, and waits until they are gone. */
export async function endSessions(address: Address, user: string): Promise<void> {
  await withClient(address, (client) => endSessionsOf(client, user))
}

/** Throws Failure('tool') if some do not end within half a minute. */
export async function endSessionsOf(client: pg.Client, user: string): Promise<void> {
  for (let attempt = 0; attempt < secondsToEnd / every; attempt += 1) {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = $1 AND datname = current_database() AND pid <> pg_backend_pid()`,
      [user],
    )
    if (rowCount === 0) return
    await wait(every * 1000)
  }
  throw new Failure('rehearsal/sessions-stay', 'sessions of the rehearsed migration do not end on the scratch server', {
    hint: 'Look at pg_stat_activity there, or run again on a local scratch.',
  })
}
