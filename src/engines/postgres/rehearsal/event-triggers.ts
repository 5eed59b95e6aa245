// Runs DDL as superuser in a restored database without its event triggers, which would run with superuser privileges.
import pg from 'pg'

/** `tgenabled` of pg_event_trigger: https://www.postgresql.org/docs/current/catalog-pg-event-trigger.html */
const enabling: Readonly<Record<string, string>> = { O: 'ENABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' }

/**
 * Runs `work` in one transaction in which no event trigger fires, then enables them as they were. DDL on event triggers
 * fires none.
 */
export async function withoutEventTriggers<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    const { rows } = await client.query<{ name: string; enabled: string }>(
      "SELECT evtname AS name, evtenabled AS enabled FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D'",
    )
    for (const { name } of rows) await client.query(`ALTER EVENT TRIGGER ${pg.escapeIdentifier(name)} DISABLE`)
    const result = await work()
    for (const { name, enabled } of rows)
      await client.query(`ALTER EVENT TRIGGER ${pg.escapeIdentifier(name)} ${enabling[enabled] ?? 'ENABLE'}`)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}
