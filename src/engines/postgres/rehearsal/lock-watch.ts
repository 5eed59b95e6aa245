// Observes the locks of a migration: samples them from another connection, and reads those recorded by its DDL
// statements.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { LocksSeen, TableLock } from '../../../domain/drill/rehearsal.ts'
import { displayName } from '../../../domain/fingerprint/compare-fingerprints.ts'
import type { Address } from '../connection/address.ts'
import { connect, withClient } from '../connection/connect.ts'
import { explainPostgres } from '../connection/errors.ts'
import { ownSchema, readRecord } from './lock-record.ts'
import type { Login } from './login.ts'
import { endSessions, type ObservedDatabase } from './sessions.ts'

/** Weakest first: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES */
const modes = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
]
const strongest = modes.length - 1
const every = 0.05

// Times are from the server's clock. Selects the locks of all sessions of the login on relations of the database.
const sampleSql = `
  SELECT l.relation::int8 AS relation, l.mode, l.granted, l.virtualtransaction AS transaction, extract(epoch FROM clock_timestamp())::float8 AS at
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE a.usename = $1 AND a.pid <> pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384
     AND l.database = (SELECT oid FROM pg_database WHERE datname = $2)`

interface Sample {
  readonly relation: string
  readonly mode: string
  readonly granted: boolean
  readonly transaction: string
  readonly at: number
}

const tablesSql = `
  SELECT c.oid::int8 AS relation, n.nspname AS schema, c.relname AS table
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm') AND c.oid >= 16384 AND n.nspname <> $1`

interface WatchedDatabase extends ObservedDatabase {
  readonly observer: Address
}

/**
 * Samples the locks 20 times per second, from the maintenance database. Reports only tables that exist at the start.
 * `stop` ends the sessions of the login and returns the locks.
 */
export async function watchLocks(places: WatchedDatabase, login: Login): Promise<{ stop(): Promise<LocksSeen> }> {
  const { maintenance, database, observer } = places
  const names = await withClient(observer, async (inside) => {
    const { rows } = await inside.query<{ relation: string; schema: string; table: string }>(tablesSql, [ownSchema])
    return new Map(rows.map(({ relation, schema, table }) => [Number(relation), displayName(schema, table)]))
  })
  const client = await connect(maintenance)
  const lockSamples = new LockSamples()
  const over = new AbortController()
  const looking = look(client, [login.user, database], lockSamples, over.signal)
  looking.catch(() => {})
  return {
    stop: async () => {
      over.abort()
      await looking
        .catch((error) => {
          throw explainPostgres(error, maintenance.display)
        })
        .finally(() => client.end().catch(() => {}))
      await endSessions(places, login.user) // a server continues a statement without its client, and keeps its locks
      if (login.made)
        for (const [relation, held] of await readRecord(observer))
          for (const mode of held) lockSamples.note(relation, mode)
      return { locks: lockSamples.locks(names), samples: lockSamples.samples, every, everyStatement: login.made }
    },
  }
}

async function look(
  client: pg.Client,
  of: readonly [user: string, database: string],
  lockSamples: LockSamples,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const { rows } = await client.query<Sample>(sampleSql, [...of])
    lockSamples.add(rows)
    await wait(every * 1000, undefined, { signal: over }).catch(() => {})
  }
}

class LockSamples {
  samples = 0
  readonly #modes = new Map<number, number>()
  /** By relation and transaction: when ACCESS EXCLUSIVE was first seen. */
  readonly #since = new Map<string, number>()
  readonly #longest = new Map<number, number>()

  add(rows: readonly Sample[]): void {
    this.samples += 1
    for (const { relation, mode, granted, transaction, at } of rows) {
      this.note(Number(relation), mode)
      if (mode !== modes[strongest] || !granted) continue
      const key = `${relation} ${transaction}`
      const since = this.#since.get(key) ?? at
      this.#since.set(key, since)
      this.#longest.set(Number(relation), Math.max(this.#longest.get(Number(relation)) ?? 0, at - since))
    }
  }

  note(relation: number, mode: string): void {
    this.#modes.set(relation, Math.max(this.#modes.get(relation) ?? -1, modes.indexOf(mode)))
  }

  /** Sorted by mode, the strongest first. */
  locks(names: ReadonlyMap<number, string>): TableLock[] {
    return [...this.#modes]
      .toSorted(([, a], [, b]) => b - a)
      .flatMap(([relation, mode]) => {
        const table = names.get(relation)
        if (table === undefined) return []
        const seconds = Math.round((this.#longest.get(relation) ?? 0) * 1000) / 1000
        return [{ table, mode: modes[mode] ?? 'unknown', exclusiveSeconds: seconds }]
      })
  }
}
