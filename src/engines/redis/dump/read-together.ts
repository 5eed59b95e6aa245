// Reads several shards concurrently, so that their data is close in time. Data that the caller has not requested yet
// waits on disk.
import { Spool } from '../../../streams/files/spool.ts'
import type { ShardStream } from './shard-stream.ts'

/** Maximum number of shards read at a time. */
const atOnce = 4

interface ReadTogether {
  readonly temporary: string
  /**
   * Called after the last byte of each shard, before its stream ends. The stream throws the same error as this
   * function.
   */
  check(): Promise<void>
}

/** Begins to read immediately. The caller must close each of the streams. */
export function readTogether(streams: readonly ShardStream[], { temporary, check }: ReadTogether): ShardStream[] {
  const pairs = streams.map((stream) => ({ stream, spool: new Spool({ folder: temporary }) }))
  const waiting = [...pairs]
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await pump(next.stream, next.spool, check)
  }
  const done = Promise.all(Array.from({ length: Math.min(atOnce, pairs.length) }, lane))
  return pairs.map(({ stream, spool }) => ({
    ...stream,
    bytes: () => spool.read(),
    async close() {
      waiting.length = 0
      await stream.close()
      await spool.close()
      await done
    },
  }))
}

async function pump(stream: ShardStream, spool: Spool, check: () => Promise<void>): Promise<void> {
  try {
    for await (const chunk of stream.bytes()) await spool.write(chunk)
    await check()
    spool.end()
  } catch (error) {
    spool.fail(error)
  }
}
