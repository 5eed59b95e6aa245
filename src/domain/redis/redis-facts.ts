// What a manifest says of a Redis or Valkey server and of how it was dumped.
import { programName, type RedisProduct } from './products.ts'

export interface RedisServerFacts {
  readonly engine: RedisProduct
  /** The product's own: `7.0.15`, of Valkey `9.1.2`. */
  readonly version: string
  readonly major: number
  /** Behind Sentinel it is `standalone`: one master at a time. */
  readonly mode: 'standalone' | 'cluster'
  /** Whether the append-only file is on; undefined where the server does not say. */
  readonly aof?: boolean
  /** `noeviction`, `allkeys-lru`, …; undefined where the server does not say. */
  readonly eviction?: string
  /** Bytes of memory that its data takes; of a cluster, of all masters together. */
  readonly memory?: number
}

/** `Valkey 9.1.2`. */
export function serverName({ engine, version }: Pick<RedisServerFacts, 'engine' | 'version'>): string {
  return programName({ product: engine, version })
}

/**
 * How the data came out. `replica`: the replication protocol; `bgsave`: the file that the server saved; `scan`: key by
 * key.
 */
export type RedisMethod = 'replica' | 'bgsave' | 'scan'

/** One server's part: all of it, or one master of a cluster. */
export interface RedisShard {
  /** Its payload. */
  readonly file: string
  /** `cache.example.com:6379`. */
  readonly address: string
  /** Of the server that was read. */
  readonly role: 'master' | 'replica'
  /** ISO 8601: as of when the data is (by `scan`, when it began). */
  readonly taken: string
  /** Version of the RDB format, 10 for Redis 7.0. */
  readonly rdbVersion: number
  /** Replication id (40 hexadecimal digits) and offset of the instant; by the method `replica` only. */
  readonly replication?: { readonly id: string; readonly offset: number }
  /** Of a cluster: the slots it serves, `0-5460` or `0-99,200`. */
  readonly slots?: string
}

export interface RedisDumpFacts {
  readonly method: RedisMethod
  /** `instant`: each shard is of one instant; `per-key`: every key is of its own moment during the run. */
  readonly consistency: 'instant' | 'per-key'
  /** Only keys that match one of these (as Redis' KEYS matches); absent: all. */
  readonly patterns?: readonly string[]
  /** Only these databases; absent: all. */
  readonly databases?: readonly number[]
  readonly shards: readonly RedisShard[]
  /**
   * Of a run that backed up PostgreSQL too: seconds from Redis' instant to that of PostgreSQL's snapshot; negative
   * where Redis came later.
   */
  readonly skewSeconds?: number
}
