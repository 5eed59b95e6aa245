// Complete dumps of Redis test servers.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openRedis } from '../../src/engines/redis/redis.ts'
import type { RedisAddress, RedisDump, RedisDumpRequest } from '../../src/ports/redis.ts'
import { realClock } from './real-clock.ts'
import { startRedis, type TestRedis } from './redis.ts'

interface Dumped extends Awaited<ReturnType<RedisDump['finish']>> {
  readonly snapshot: RedisDump['snapshot']
  /** File -> bytes. */
  readonly files: ReadonlyMap<string, Buffer>
  /** Notes reported by the dump. */
  readonly told: readonly string[]
}

/** A request with the defaults of a nightly run, overridden by `dumpOptions`. `told` receives the notes. */
export function requestOf(dumpOptions: Partial<RedisDumpRequest> = {}, told: string[] = []): RedisDumpRequest {
  return {
    ...{ method: 'auto', patterns: [], databases: [], preferReplica: true, temporary: tmpdir(), clock: realClock },
    signal: new AbortController().signal,
    note: (sentence) => told.push(sentence),
    ...dumpOptions,
  }
}

/** Opens a dump, reads all payloads, and closes it. */
export async function dumpOf(address: RedisAddress, dumpOptions: Partial<RedisDumpRequest> = {}): Promise<Dumped> {
  const told: string[] = []
  const redis = await openRedis(address)
  const dump = await redis.openDump(requestOf(dumpOptions, told))
  try {
    const files = new Map<string, Buffer>()
    for await (const { file, stream } of dump.payloads()) files.set(file, Buffer.concat(await stream.toArray()))
    return { ...(await dump.finish()), snapshot: dump.snapshot, files, told }
  } finally {
    await dump.close()
    await redis.close()
  }
}

/** Checks an RDB with redis-check-rdb and starts a redis-server that loads it. */
export async function loadedFrom(rdb: Buffer): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-loaded-'))
  await writeFile(join(folder, 'dump.rdb'), rdb)
  await promisify(execFile)('redis-check-rdb', [join(folder, 'dump.rdb')])
  const redis = await startRedis({ args: ['--dir', folder] })
  const stop = async (): Promise<void> => {
    await redis.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...redis, stop, [Symbol.asyncDispose]: stop }
}
