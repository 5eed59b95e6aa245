// Facts in a manifest about a Redis or Valkey server and its dump.
import { programName, type RedisProduct } from './products.ts'

export interface RedisServerFacts {
  readonly engine: RedisProduct
  /** The product's own version: `7.0.15`, for Valkey `9.1.2`. */
  readonly version: string
  readonly major: number
  /** Behind Sentinel it is `standalone`: one master at a time. */
  readonly mode: 'standalone' | 'cluster'
  /** As the backup was asked for: `cache.example.com:6379`; with Sentinel, the master's name. */
  readonly address?: string
  /** Whether the append-only file is on; undefined if the server does not report it. */
  readonly aof?: boolean
  /** `noeviction`, `allkeys-lru`, …; undefined if the server does not report it. */
  readonly eviction?: string
  /** Bytes of memory that the data uses; in a cluster, on all masters together. */
  readonly memory?: number
}

/** `Valkey 9.1.2`. */
export function serverName({ engine, version }: Pick<RedisServerFacts, 'engine' | 'version'>): string {
  return programName({ product: engine, version })
}

/**
 * How the data was read. `replica`: through the replication protocol; `bgsave`: from the file that the server saved;
 * `scan`: key by key.
 */
export type RedisMethod = 'replica' | 'bgsave' | 'scan'

/** The data of one server: all of it, or that of one master of a cluster. */
export interface RedisShard {
  /** Its payload. */
  readonly file: string
  /** `cache.example.com:6379`. */
  readonly address: string
  /** Role of the server that was read. */
  readonly role: 'master' | 'replica'
  /** ISO 8601: time of the data (for `scan`, when it started). */
  readonly taken: string
  /** Version of the RDB format, 10 for Redis 7.0. */
  readonly rdbVersion: number
  /** Replication ID (40 hexadecimal digits) and offset of the snapshot; only for method `replica`. */
  readonly replication?: { readonly id: string; readonly offset: number }
  /** In a cluster: the slots of the server, `0-5460` or `0-99,200`. */
  readonly slots?: string
}

export interface RedisDumpFacts {
  readonly method: RedisMethod
  /** `instant`: each shard is from one instant; `per-key`: each key is from another moment of the run. */
  readonly consistency: 'instant' | 'per-key'
  /** Only keys that match one of these patterns (as KEYS matches); absent: all. */
  readonly patterns?: readonly string[]
  /** Only these databases; absent: all. */
  readonly databases?: readonly number[]
  readonly shards: readonly RedisShard[]
  /**
   * If the run also backed up PostgreSQL: seconds from the snapshot of Redis to that of PostgreSQL; negative if Redis
   * was later.
   */
  readonly skewSeconds?: number
}
