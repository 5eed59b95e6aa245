// Ending what a connection waits for or does.
import type pg from 'pg'
import type { Address } from './address.ts'
import { withClient } from './connect.ts'

/** Cancels the running statement from another connection: a closed socket alone would not, the server notices it only later. Never throws. */
export async function cancel(waiting: pg.Client, address: Address): Promise<void> {
  const { processID } = waiting as pg.Client & { readonly processID: number }
  await withClient(address, (client) => client.query('SELECT pg_cancel_backend($1)', [processID])).catch(() => {})
}
