// The stream of one server's data, the same for all methods.
import type { Clock } from '../../../ports/common.ts'
import type { RedisAccess } from '../connection/address.ts'
import type { CommandConnection } from '../connection/connect.ts'

/** The input of every method. */
export interface ShardRequest {
  readonly access: RedisAccess
  /** Folder for data that arrives faster than it is read. */
  readonly temporary: string
  readonly clock: Clock
  readonly signal: AbortSignal
  note(sentence: string): void
}

/** A stream of an RDB; `taken` is known before the first byte. */
export interface ShardStream {
  readonly taken: Date
  readonly replication?: { readonly id: string; readonly offset: number }
  /** Total bytes, if the server has announced them. */
  readonly length?: number
  /** The RDB, unchecked. May be read only once. Throws a Failure. */
  bytes(): AsyncIterable<Uint8Array>
  /** Sentences for the manifest; complete after the last byte. */
  readonly notes: readonly string[]
  /** May be called repeatedly; never throws. */
  close(): Promise<void>
}

/** Runs `work` and closes the connection in any case. */
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
