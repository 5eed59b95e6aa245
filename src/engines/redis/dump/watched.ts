// An RDB on its way, read as it passes: what it holds, and whether it is whole.
import { Readable } from 'node:stream'
import type { RedisFingerprint } from '../../../domain/redis/redis-fingerprint.ts'
import { RdbPrint } from '../rdb/fingerprint.ts'
import type { RdbHandler } from '../rdb/handler.ts'
import { RdbReader } from '../rdb/reader.ts'

export interface WatchedResult {
  readonly print: RedisFingerprint
  /** Of the format. */
  readonly version: number
  /** Version of the Valkey that wrote it; undefined: no Valkey did. */
  readonly valkey: string | undefined
  readonly checksum: 'agreed' | 'absent'
}

export interface WatchedRdb {
  /** Errors with a failure of kind integrity for an RDB that is not whole, and with the source's own failure. */
  readonly stream: Readable
  /** Once the stream has ended well. */
  result(): WatchedResult
}

/** Throws nothing; the stream does, also what a handler of `more` throws. */
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
      return { print: print.print(), version: print.version, valkey: print.valkey, checksum }
    },
  }
}
