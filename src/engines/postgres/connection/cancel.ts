// Ending what a connection waits for or does.
import type pg from 'pg'
import type { Address } from './address.ts'
import { withClient } from './connect.ts'

/**
 * Cancels the running statement from another connection: a closed socket alone would not, the server notices it only
 * later. Never throws.
 */
export async function cancel(waiting: pg.Client, address: Address): Promise<void> {
  const { processID } = waiting as pg.Client & { readonly processID: number }
  await withClient(address, (client) => client.query('SELECT pg_cancel_backend($1)', [processID])).catch(() => {})
}

const repeatMilliseconds = 250

/**
 * Cancels what a connection runs once the signal aborts, and again until the function that this gives is called: a
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
