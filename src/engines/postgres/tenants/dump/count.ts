// Counts the rows of tables in the dump's snapshot, on a separate connection, while the dump reads them.

import { type MappedTable, nameOf } from '../../../../domain/tenants/map.ts'
import { connectToRead } from '../../compare/session.ts'
import type { Address } from '../../connection/address.ts'
import { explainPostgres } from '../../connection/errors.ts'
import { fromOf } from '../ownership-sql.ts'
import { joinSnapshot } from './copy-out.ts'

export interface Counting {
  /** Row counts by `schema.table`. Rejects with a Failure, never as an unhandled rejection. */
  readonly counts: Promise<ReadonlyMap<string, number>>
  /** Ends the connection; never throws. */
  stop(): Promise<void>
}

export function countTables(
  address: Address,
  snapshot: string,
  tables: readonly MappedTable[],
  signal: AbortSignal,
): Counting {
  const stopped = new AbortController()
  const either = AbortSignal.any([signal, stopped.signal])
  const count = async (): Promise<ReadonlyMap<string, number>> => {
    const client = await connectToRead(address, either)
    try {
      await joinSnapshot(client, snapshot)
      const counts = new Map<string, number>()
      for (const table of tables) {
        either.throwIfAborted()
        const { rows } = await client.query<{ n: string }>(`SELECT count(*) AS n FROM ${fromOf(table)}`)
        counts.set(nameOf(table), Number(rows[0]?.n))
      }
      return counts
    } catch (error) {
      throw explainPostgres(error, address.display)
    } finally {
      await client.end().catch(() => {})
    }
  }
  const counts = count()
  counts.catch(() => {})
  return {
    counts,
    stop: async () => {
      stopped.abort()
      await counts.catch(() => {})
    },
  }
}
