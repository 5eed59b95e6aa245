// The session that holds a snapshot, the table locks and the backup lock. When it ends, another run may start.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'

export interface SnapshotHolder {
  /** Aborted with a Failure when the session ends, which releases the snapshot and all locks. */
  readonly lost: AbortSignal
  /** Throws that Failure if the session or its transaction has ended. Queries the server in the session. */
  requireHeld(): Promise<void>
  /** Ends the transaction and the connection; never throws. */
  release(): Promise<void>
}

/** Watches the session of `client`, with the server process `pid`, for its end. */
export function watchHolder(client: pg.Client, pid: number, address: Address): SnapshotHolder {
  const gone = new AbortController()
  const lose = (cause: unknown): void => gone.abort(holderLost(address, cause))
  client.once('error', lose).once('end', lose)
  return {
    lost: gone.signal,
    requireHeld: async () => {
      gone.signal.throwIfAborted()
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid').catch((cause) => {
        throw holderLost(address, cause)
      })
      if (rows[0]?.pid !== pid || client.getTransactionStatus() !== 'T') throw holderLost(address, undefined)
    },
    release: async () => {
      client.off('error', lose).off('end', lose)
      await client.query('ROLLBACK').catch(() => {})
      await client.end().catch(() => {})
    },
  }
}

function holderLost({ display }: Address, cause: unknown): Failure {
  const said = cause instanceof Error ? `: ${cause.message}` : ''
  return new Failure(
    'postgres/snapshot-lost',
    `the session that held the snapshot and the locks of ${display} ended${said}`,
    {
      hint: 'The backup was discarded. Find out in the log of the server why the session ended, and run again.',
      cause,
    },
  )
}
