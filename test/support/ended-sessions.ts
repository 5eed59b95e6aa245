// Ends sessions of a test server from outside, while something else runs in it.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { TestPostgres } from './postgres-server.ts'

/**
 * Ends the sessions that match a condition on `pg_stat_activity`, until `over` says so. Returns how many it ended.
 * Pauses for some milliseconds after each attempt, or not at all.
 */
export async function endSessions(
  server: TestPostgres,
  condition: string,
  over: (ended: number) => boolean,
  pause = 0,
): Promise<number> {
  const client = new pg.Client({ connectionString: server.superuserUrl })
  client.on('error', () => {})
  await client.connect()
  let ended = 0
  while (!over(ended)) {
    const { rowCount } = await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${condition}`)
    ended += rowCount ?? 0
    if (pause > 0) await sleep(pause)
  }
  await client.end()
  return ended
}
