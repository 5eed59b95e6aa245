// Scratch for a drill of Redis: a temporary server that loads every RDB of a backup and saves them as one, for
// comparison.
import { connect } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Redis } from 'ioredis'
import type { IsolationUsed } from '../../../domain/drill/isolation.ts'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { Difference } from '../../../domain/fingerprint/fingerprint.ts'
import type { RedisManifest } from '../../../domain/manifest/manifest.ts'
import { compareRedisFingerprints } from '../../../domain/redis/compare-redis-fingerprints.ts'
import type { Scratch } from '../../../ports/drill.ts'
import type { PayloadSource } from '../../../ports/platform.ts'
import type { RedisScratchRequest } from '../../../ports/redis.ts'
import { openBridge } from '../../../sandbox/bridge.ts'
import { RdbPrint } from '../rdb/fingerprint.ts'
import { RdbReader } from '../rdb/reader.ts'
import { findRedisServer } from './find-server.ts'
import { type ScratchServer, startScratchServer } from './server.ts'
import { endedFailure } from './server-log.ts'

/**
 * Starts the installed redis-server that reads the backup. Throws a failure of kind tool if there is none, or none is
 * new enough. `folders`: folders to search; default: PATH and the usual folders.
 */
export async function openRedisScratch(
  request: RedisScratchRequest,
  folders?: readonly string[],
): Promise<Scratch<RedisManifest>> {
  const { manifest, signal, temporary, isolation } = request
  const { databases, largestValue } = manifest.fingerprint
  const version = Math.max(...manifest.dump.shards.map(({ rdbVersion }) => rdbVersion))
  const server = await startScratchServer({
    ...{ program: await findRedisServer(version, signal, folders), temporary, isolation, signal, largestValue },
    databases: Math.max(16, ...databases.map(({ database }) => database + 1)),
  })
  return new RedisScratch(server, signal)
}

const pollEvery = 250

class RedisScratch implements Scratch<RedisManifest> {
  readonly #server: ScratchServer
  readonly #signal: AbortSignal
  readonly #onAbort: () => void

  constructor(server: ScratchServer, signal: AbortSignal) {
    this.#server = server
    this.#signal = signal
    this.#onAbort = () => void server.stop()
    signal.addEventListener('abort', this.#onAbort, { once: true })
    if (signal.aborted) this.#onAbort()
  }

  get url(): string {
    return `unix://${this.#server.socket}?password=${this.#server.password}`
  }

  get display(): string {
    return 'a temporary Redis'
  }

  get isolation(): IsolationUsed {
    return this.#server.isolation
  }

  async openPort(): Promise<{ readonly url: string; close(): Promise<void> }> {
    const { socket, password } = this.#server
    const bridge = await openBridge(undefined, async () => connect({ path: socket, allowHalfOpen: true }))
    // redis-cli reads a URL without a user as one with an empty user name.
    return { url: `redis://default:${password}@127.0.0.1:${bridge.port}`, close: bridge.close }
  }

  async load(
    _: RedisManifest,
    payloads: readonly PayloadSource[],
    onProgress: (bytes: number) => void = () => {},
  ): Promise<readonly string[]> {
    let before = 0
    for (const [at, source] of payloads.entries()) {
      const { contentBytes } = source.payload
      // Writing the file is half of the progress, and loading it is the other half.
      const told = (share: number) => onProgress(Math.round(before + contentBytes * share))
      await this.#guarded(() => this.#copy(source, (bytes) => told(Math.min(1, bytes / contentBytes) / 2)))
      await this.#guarded(() => this.#loadFile(at > 0, (share) => told(0.5 + share / 2)))
      await this.#guarded(() => this.#server.removeRdb())
      before += contentBytes
      onProgress(before)
    }
    return []
  }

  async compare({ fingerprint }: RedisManifest): Promise<readonly Difference[]> {
    return this.#guarded(async () => {
      const client = await this.#server.connect()
      await client.save()
      const print = new RdbPrint()
      const reader = new RdbReader(print)
      for await (const chunk of this.#server.readRdb()) reader.write(chunk)
      reader.end()
      await this.#server.removeRdb()
      await client.replicaof('NO', 'ONE') // the user's check finds an ordinary server
      client.disconnect()
      return compareRedisFingerprints(fingerprint, print.fingerprint())
    })
  }

  async checkSql(): Promise<never> {
    throw new Failure('drill/needs-database', '--check-sql cannot be used with a backup of Redis', {
      hint: 'Use --check-command, which gets the scratch server in REDIS_URL.',
    })
  }

  async drop(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#onAbort)
    await this.#server.stop()
  }

  async #copy(source: PayloadSource, onBytes: (bytes: number) => void): Promise<void> {
    let bytes = 0
    const counted = new Transform({
      transform(chunk: Uint8Array, _, done) {
        bytes += chunk.length
        onBytes(bytes)
        done(null, chunk)
      },
    })
    const child = this.#server.writeRdb()
    const fed = pipeline(await source.open(), counted, child.stdin, { signal: this.#signal })
    // A child that fails closes its input, and its own error is more precise.
    await fed.catch(async (error) => {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') await child.exited
      throw error
    })
    await child.exited
  }

  /** `merge`: adds to the data of earlier shards; each shard contains the same functions. */
  async #loadFile(merge: boolean, onShare: (share: number) => void): Promise<void> {
    const [client, watch] = [await this.#server.connect(), await this.#server.connect()]
    let done = false
    const loaded = client.call('DEBUG', 'RELOAD', 'NOSAVE', 'NOFLUSH', ...(merge ? ['MERGE'] : [])).finally(() => {
      done = true
    })
    loaded.catch(() => {})
    while (!done) {
      await Promise.race([loaded.catch(() => {}), new Promise((next) => setTimeout(next, pollEvery))])
      if (!done) await watchLoading(watch, onShare)
    }
    watch.disconnect()
    await loaded
    client.disconnect()
  }

  /** Runs `work`; explains an error by the signal, or by how the server ended. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      this.#signal.throwIfAborted()
      if (error instanceof Failure) throw error
      throw (await this.#server.ended()) ?? (await this.#refused(error))
    }
  }

  async #refused(error: unknown): Promise<Failure> {
    if ((error as Error).name !== 'ReplyError') return asFailure(error)
    return endedFailure(`${this.#server.log()}\n${(error as Error).message}`, 'refused', this.#server.folder)
  }
}

async function watchLoading(client: Redis, onShare: (share: number) => void): Promise<void> {
  const info = await client.info('persistence').catch(() => '')
  const [loaded, total] = ['loading_loaded_bytes', 'loading_total_bytes'].map((name) =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]),
  )
  if (loaded !== undefined && total !== undefined && total > 0) onShare(Math.min(1, loaded / total))
}
