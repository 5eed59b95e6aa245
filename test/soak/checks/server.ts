// Objects that a command leaves on a PostgreSQL server: databases, roles, slots, locks, prepared transactions,
// sessions, event triggers.
import { setTimeout as sleep } from 'node:timers/promises'
import { readComment } from '../../../src/engines/postgres/live/marker.ts'
import type { TestPostgres } from '../../support/postgres-server.ts'

export interface ServerState {
  /** Kind and name of each object: `role: shop_app`. */
  readonly objects: ReadonlySet<string>
  readonly databases: readonly DatabaseEntry[]
}

interface DatabaseEntry {
  readonly name: string
  /** Role in the restore marker of its comment. */
  readonly role: string | undefined
}

const objects = `
  SELECT 'role: ' || rolname AS object FROM pg_roles
  UNION ALL SELECT 'tablespace: ' || spcname FROM pg_tablespace
  UNION ALL SELECT 'replication slot: ' || slot_name FROM pg_replication_slots
  UNION ALL SELECT 'subscription: ' || subname FROM pg_subscription
  UNION ALL SELECT 'prepared transaction: ' || gid FROM pg_prepared_xacts
  UNION ALL SELECT 'session: ' || coalesce(usename, '?') || ' in ' || coalesce(datname, '-') || ': ' || left(query, 80)
    FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type IN ('client backend', 'walsender', 'parallel worker')
  UNION ALL SELECT 'advisory lock: ' || classid || ' ' || objid FROM pg_locks WHERE locktype = 'advisory'`

/** Milliseconds. A backend notices the end of its client only after its statement, and restores wait by pg_sleep(0.05). */
const endOfSession = 500

/** Returns the current objects. Sessions that end by themselves within half a second do not count. */
export async function serverState(server: TestPostgres): Promise<ServerState> {
  const read = () => server.query<{ object: string }>('postgres', objects)
  let rows = await read()
  if (rows.some(({ object }) => object.startsWith('session: '))) {
    await sleep(endOfSession)
    rows = await read()
  }
  const databases = await server.query<{ name: string; comment: string | null }>(
    'postgres',
    `SELECT datname::text AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database ORDER BY 1`,
  )
  return {
    objects: new Set(rows.map(({ object }) => object)),
    databases: databases.map(({ name, comment }) => ({ name, role: readComment(comment).marker?.role })),
  }
}

/** Returns new objects since `before`, without databases. */
export function newObjects(before: ServerState, now: ServerState): string[] {
  return [...now.objects].filter((object) => !before.objects.has(object))
}

/** Databases that are new since `before`. */
export function newDatabases(before: ServerState, now: ServerState): DatabaseEntry[] {
  const known = new Set(before.databases.map(({ name }) => name))
  return now.databases.filter(({ name }) => !known.has(name))
}
