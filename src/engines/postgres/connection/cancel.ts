// Cancels the running statement of a connection.
import type pg from 'pg'
import type { Address } from './address.ts'
import { withClient } from './connect.ts'

/**
 * Cancels the running statement from another connection. Closing the socket is not enough, because the server notices
 * that only later. Never throws.
 */
export async function cancel(waiting: pg.Client, address: Address): Promise<void> {
  const { processID } = waiting as pg.Client & { readonly processID: number }
  await withClient(address, (client) => client.query('SELECT pg_cancel_backend($1)', [processID])).catch(() => {})
}

const repeatMilliseconds = 250

/**
 * Cancels the running statement when the signal is aborted, and repeats this until the returned function is called: a
 * cancel between two statements has no effect, and the next one may wait for a lock.
 */
export function cancelOnAbort(client: pg.Client, address: Address, signal: AbortSignal | undefined): () => void {
  let repeated: NodeJS.Timeout | undefined
  const interrupt = (): void => {
    repeated = setInterval(() => void cancel(client, address), repeatMilliseconds)
    void cancel(client, address)
  }
  signal?.addEventListener('abort', interrupt, { once: true })
  return () => {
    clearInterval(repeated)
    signal?.removeEventListener('abort', interrupt)
  }
}
