// Explains why a lock was not granted in time.
import type pg from 'pg'
import type { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from './address.ts'
import { connect } from './connect.ts'
import { explainPostgres } from './errors.ts'

/**
 * Converts an error to a Failure. For a lock timeout, another connection finds the tables locked in ACCESS EXCLUSIVE
 * mode, and the message names them and their holders. Never throws.
 */
export async function explainLock(error: unknown, address: Address): Promise<Failure> {
  const failure = explainPostgres(error, address.display)
  if ((error as pg.DatabaseError).code !== '55P03') return failure
  try {
    const client = await connect(address)
    try {
      const { rows } = await client.query<{ relation: string; holder: string }>(
        `SELECT l.relation::regclass::text AS relation,
                coalesce('process ' || l.pid, 'prepared transaction ' || quote_literal(p.gid), 'unknown session') AS holder
           FROM pg_locks l
           LEFT JOIN pg_locks x ON l.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid' AND x.virtualtransaction = l.virtualtransaction
           LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
          WHERE l.mode = 'AccessExclusiveLock' AND l.granted AND l.locktype = 'relation'
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND l.relation >= 16384 ORDER BY 1 LIMIT 5`,
      )
      const holders = rows.map(({ relation, holder }) => `${relation} (${holder})`).join(', ')
      return holders ? failure.restate(`${failure.message}; ACCESS EXCLUSIVE is held on ${holders}`) : failure
    } finally {
      await client.end().catch(() => {})
    }
  } catch {
    return failure
  }
}
