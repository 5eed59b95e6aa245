// One server's data on its way, however it was asked for.
import type { Clock } from '../../../ports/common.ts'
import type { RedisAccess } from '../connection/address.ts'
import type { CommandConnection } from '../connection/connect.ts'

/** What every way to get at the data is given. */
export interface ShardRequest {
  readonly access: RedisAccess
  /** A folder for what comes faster than it is taken. */
  readonly temporary: string
  readonly clock: Clock
  readonly signal: AbortSignal
  note(sentence: string): void
}

/** The instant is fixed; the bytes of an RDB come. */
export interface ShardStream {
  readonly taken: Date
  readonly replication?: { readonly id: string; readonly offset: number }
  /** Bytes that will come, where the server has said so. */
  readonly length?: number
  /** An RDB, as it comes; nothing of it is checked. Once. Throws a Failure. */
  bytes(): AsyncIterable<Uint8Array>
  /** Sentences for the manifest; after the last byte. */
  readonly notes: readonly string[]
  /** Any number of times, never throws. */
  close(): Promise<void>
}

/** Ends a connection whatever happens. */
export async function using<T>(
  connection: CommandConnection,
  work: (connection: CommandConnection) => Promise<T>,
): Promise<T> {
  try {
    return await work(connection)
  } finally {
    connection.close()
  }
}
