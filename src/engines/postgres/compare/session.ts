// Connections that read rows as pg_dump does, one or several in parallel.
import type pg from 'pg'
import type { Address } from '../connection/address.ts'
import { connect } from '../connection/connect.ts'
import { explainPostgres } from '../connection/errors.ts'

/**
 * With these settings (and those of every session), rows are read as they were dumped: all of them, in their order on
 * disk, in the encoding of the dump.
 */
export const readingSettings = `
  SELECT set_config('synchronize_seqscans', 'off', false), set_config('max_parallel_workers_per_gather', '0', false),
         set_config('client_encoding', CASE current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, false)`

/** Connects for reading. The caller ends the client; an aborted signal ends it as well. */
export async function connectToRead(address: Address, signal: AbortSignal): Promise<pg.Client> {
  signal.throwIfAborted()
  const client = await connect(address)
  signal.addEventListener('abort', () => void client.end().catch(() => {}), { once: true })
  try {
    await client.query(readingSettings)
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw explainPostgres(error, address.display)
  }
}

/**
 * Connects for reading, runs `work`, and always ends the connection. Throws the signal's reason if it is aborted, and
 * other errors as Failures.
 */
export async function withReader<T>(
  address: Address,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connectToRead(address, signal)
  try {
    return await work(client)
  } catch (error) {
    signal.throwIfAborted()
    throw explainPostgres(error, address.display)
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * Runs `work` on the items in order, on up to `connections` connections. Returns the results in the order of the items.
 * Starts no further item after an error, which it throws.
 */
export async function inParallel<T, R>(
  address: Address,
  connections: number,
  items: readonly T[],
  signal: AbortSignal,
  work: (client: pg.Client, item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  let failed = false
  const worker = async (): Promise<void> => {
    const client = await connectToRead(address, signal)
    try {
      while (next < items.length && !failed) {
        const index = next
        next += 1
        results[index] = await work(client, items[index] as T)
      }
    } catch (error) {
      failed = true
      signal.throwIfAborted()
      throw explainPostgres(error, address.display)
    } finally {
      await client.end().catch(() => {})
    }
  }
  const count = Math.max(1, Math.min(connections, items.length))
  const outcomes = await Promise.allSettled(Array.from({ length: count }, worker))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return results
}
