// Sessions of a database on a test server: they are ended, or have ended.
import { expect } from 'vitest'
import type { TestPostgres } from './postgres-server.ts'

/** Waits for active sessions of a database that meet the condition, and ends them. */
export async function terminate(server: TestPostgres, database: string, condition: string): Promise<void> {
  for (;;) {
    const ended = await server.query(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND state = 'active' AND ${condition}`,
    )
    if (ended.length > 0) return
  }
}

/** Asserts that all other sessions of a database end within five seconds. */
export async function expectNoSessions(server: TestPostgres, database: string): Promise<void> {
  const sessions = (): Promise<unknown[]> =>
    server.query(
      'postgres',
      `SELECT query FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
    )
  await expect.poll(sessions, { timeout: 5000 }).toEqual([])
}
