// Finds the session that holds an advisory lock of Resguardo. Any role that can connect can acquire the lock, so the
// session may belong to another program.
import type pg from 'pg'

export interface LockHolder {
  /**
   * `process 71, psql, as mallory, from 10.0.0.5, since 2026-11-24T02:00:05.000Z`; shorter if this role cannot see all.
   */
  readonly display: string
  readonly pid: number
  /** Whether its application_name is Resguardo's. Any session can set that name. */
  readonly saysItIsOurs: boolean
}

interface HolderRow {
  readonly pid: number
  readonly application: string | null
  readonly role: string | null
  readonly address: string | null
  readonly since: Date | null
}

/**
 * Returns the holder of the lock with this key of two 32-bit halves in the session's database; undefined if it has just
 * ended. `anywhere` searches all databases of the server, ignores the process with the ID `except`, and prefers a
 * session in this database, then one of Resguardo.
 */
export async function lockHolder(
  client: pg.Client,
  key: readonly [number, number],
  anywhere?: { readonly except: number | undefined },
): Promise<LockHolder | undefined> {
  const { rows } = await client.query<HolderRow>(
    `SELECT l.pid, a.application_name AS application, a.usename AS role, host(a.client_addr) AS address,
            coalesce(a.xact_start, a.backend_start) AS since
       FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid), pg_database own
      WHERE own.datname = current_database() AND l.locktype = 'advisory'
        AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 2 AND l.granted
        AND CASE WHEN $3 THEN l.pid IS DISTINCT FROM $4 ELSE l.database = own.oid END
      ORDER BY l.database = own.oid DESC, a.application_name IS NOT DISTINCT FROM 'resguardo' DESC, a.backend_start`,
    [...key.map((half) => half >>> 0), anywhere !== undefined, anywhere?.except ?? null],
  )
  const [row] = rows
  if (!row) return undefined
  const { pid, application, role, address, since } = row
  const seen = [
    application,
    role && `as ${role}`,
    address && `from ${address}`,
    since && `since ${since.toISOString()}`,
  ]
  return {
    pid,
    saysItIsOurs: application === 'resguardo',
    display: [`process ${pid}`, ...seen].filter(Boolean).join(', '),
  }
}
