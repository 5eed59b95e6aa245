// Parses an RDB while it is streamed: computes its fingerprint and checks that it is complete.
import { Readable } from 'node:stream'
import type { RedisFingerprint } from '../../../domain/redis/redis-fingerprint.ts'
import { RdbPrint } from '../rdb/fingerprint.ts'
import type { RdbHandler } from '../rdb/handler.ts'
import { RdbReader } from '../rdb/reader.ts'

export interface WatchedResult {
  readonly print: RedisFingerprint
  /** Version of the RDB format. */
  readonly version: number
  /** Version of the Valkey that wrote the RDB; undefined if another program did. */
  readonly valkey: string | undefined
  readonly checksum: 'agreed' | 'absent'
}

export interface WatchedRdb {
  /** Fails with a failure of kind integrity for an incomplete or damaged RDB, or with the failure of the source. */
  readonly stream: Readable
  /** Call only after the stream has ended without an error. */
  result(): WatchedResult
}

/** Never throws; errors, including those of handlers in `more`, are errors of the stream. */
export function watchRdb(bytes: AsyncIterable<Uint8Array>, more: readonly RdbHandler[] = []): WatchedRdb {
  const print = new RdbPrint()
  const reader = new RdbReader([print, ...more])
  let checksum: 'agreed' | 'absent' | undefined
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      reader.write(chunk)
      yield chunk
    }
    checksum = reader.end().checksum
  }
  return {
    stream: Readable.from(through(), { objectMode: false, highWaterMark: 256 << 10 }),
    result() {
      if (checksum === undefined) throw new Error('the RDB has not been read to its end')
      return { print: print.fingerprint(), version: print.version, valkey: print.valkey, checksum }
    },
  }
}
