// Ports to Redis: a server to dump, and a server to restore keys to.
import type { IsolationPolicy } from '../domain/drill/isolation.ts'
import type { RedisManifest, Snapshot } from '../domain/manifest/manifest.ts'
import type { RedisDumpFacts, RedisMethod, RedisServerFacts } from '../domain/redis/redis-facts.ts'
import type { QueueFingerprint, RedisFingerprint } from '../domain/redis/redis-fingerprint.ts'
import type { Clock } from './common.ts'
import type { Scratch } from './drill.ts'
import type { DumpPayload, PayloadSource } from './platform.ts'
import type { Step } from './restore.ts'

/** Address and credentials of Redis. Only host and port are ever shown. */
export interface RedisAddress {
  /** `redis://user:password@host:6379/0`, `rediss://…` for TLS; for a cluster, any of its nodes. */
  readonly url: string
  /** `host:port` of Sentinels; then the URL's host is the master's name. */
  readonly sentinels?: readonly string[]
  readonly sentinelPassword?: string
  /** Certificate of the CA that signed the server's certificate, as PEM text or a path; default: the system's CAs. */
  readonly tlsCa?: string
  /** Client certificate and its key, each as PEM text or path; both or none. */
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** Facts about the server, read before the dump. */
export interface RedisProbe {
  readonly server: RedisServerFacts
  readonly keys: number
  /** Warnings as sentences. */
  readonly warnings: readonly string[]
}

export interface RedisDumpRequest {
  /**
   * `auto`: `scan` for patterns or databases; otherwise `replica`. If the server does not permit `replica`: `bgsave`
   * (needs `rdbPath`, not for a cluster), then `scan`.
   */
  readonly method: 'auto' | RedisMethod
  /** Path of the server's RDB file on this machine, for `bgsave`. */
  readonly rdbPath?: string
  /** Empty: all keys. Only with `scan`. */
  readonly patterns: readonly string[]
  /** Empty: all databases. Only with `scan`. */
  readonly databases: readonly number[]
  /** Read from a replica if there is one. */
  readonly preferReplica: boolean
  /** Folder for data that arrives faster than it can be stored. */
  readonly temporary: string
  /** The source of the time of each shard's snapshot. */
  readonly clock: Clock
  readonly signal: AbortSignal
  note(sentence: string): void
}

/** A running dump. The instant of its data is fixed (with `scan`: reading has begun); data that arrives is buffered. */
export interface RedisDump {
  readonly snapshot: Snapshot
  /**
   * In order. Each stream must be read to its end before the next payload is requested. It errors with a failure of
   * kind integrity if the RDB is incomplete or damaged.
   */
  payloads(): AsyncIterable<DumpPayload>
  /** Call it after the last payload. */
  finish(): Promise<{
    readonly server: RedisServerFacts
    readonly dump: RedisDumpFacts
    readonly fingerprint: RedisFingerprint
    readonly notes: readonly string[]
  }>
  /** Ends connections, removes temporary files. Can be called at any time, repeatedly; never throws. */
  close(): Promise<void>
}

/** Redis at an address: one server, a master that Sentinel knows, or a cluster. */
export interface Redis {
  /** `cache.example.com:6379`, no secret; with Sentinel the master's name. */
  readonly display: string
  probe(signal: AbortSignal): Promise<RedisProbe>
  /** Resolves when the instant of every shard is fixed. */
  openDump(request: RedisDumpRequest): Promise<RedisDump>
  /** Ends connections. Can be called repeatedly; never throws. */
  close(): Promise<void>
}

export type OpenRedis = (address: RedisAddress) => Promise<Redis>

/**
 * `merge`: adds only keys that do not exist. `replace`: replaces existing keys of the same name; other keys stay.
 * `flush-first`: removes existing keys first. Each mode adds, replaces or keeps a BullMQ queue as a whole.
 */
export type RedisMode = 'merge' | 'replace' | 'flush-first'

export interface RedisRestoreRequest {
  readonly manifest: RedisManifest
  readonly payloads: readonly PayloadSource[]
  readonly mode: RedisMode
  /** Only keys that match one of these; empty: all. */
  readonly patterns: readonly string[]
  /** Only keys of this database of the backup; absent: all. */
  readonly database?: number
  /** With `database`: the number of the database that they are restored to. */
  readonly toDatabase?: number
  /** Restore the BullMQ queues in the state of the backup: paused only if they were paused then. */
  readonly resumeQueues: boolean
  readonly temporary: string
  readonly signal: AbortSignal
  phase<T>(title: string, work: () => Promise<T>): Promise<T>
  progress(done: { what: string; bytes: number; of?: number }): void
  /** Called before the first key of the target is removed or written. Later failures contain the number of keys. */
  changes?(): void
}

/** Numbers of keys in one database of the target. */
export interface RedisDatabaseChange {
  readonly database: number
  /** Keys that did not exist before. */
  readonly added: number
  /** Keys of the same name that were replaced. */
  readonly replaced: number
  /** Existing keys that stay unchanged (`merge`). */
  readonly kept: number
  /** Keys of the backup that have expired. */
  readonly expired: number
  /** Removed keys: with `flush-first` all that existed, with `replace` those of replaced queues. */
  readonly removed: number
}

export interface QueueChange extends QueueFingerprint {
  /** `kept`: the existing queue stays unchanged. */
  readonly outcome: 'added' | 'replaced' | 'kept'
  /** Whether it is paused now. */
  readonly pausedNow: boolean
}

export interface RedisRestored {
  readonly databases: readonly RedisDatabaseChange[]
  readonly queues: readonly QueueChange[]
  /** Names of the function libraries that were loaded. */
  readonly functions: readonly string[]
  readonly notes: readonly string[]
}

/** A live Redis that keys are restored to. Its disk is never touched. */
export interface RedisTarget {
  /** `cache.example.com:6379`, no secret. */
  readonly display: string
  /** The text that confirms a restore: same as `display`. */
  readonly database: string
  /** Addresses of the server or cluster (`redisServerIds`), the one that the user gave first. */
  serverIds(signal: AbortSignal): Promise<readonly string[]>
  /** Checks version, memory, write access and clients of the queues; changes nothing. */
  preflight(request: RedisRestoreRequest): Promise<readonly Step[]>
  /** Determines what `restore` would do from the keys that exist; changes nothing. */
  plan(request: RedisRestoreRequest): Promise<RedisRestored>
  /**
   * Writes the keys. Redis has no rollback: if it fails (`refused` for OOM, MISCONF and similar, `unreachable` if the
   * server is gone), the failure contains the number of restored keys, and its hint says how to complete the restore.
   */
  restore(request: RedisRestoreRequest): Promise<RedisRestored>
  close(): Promise<void>
}

export type OpenRedisTarget = (address: RedisAddress) => Promise<RedisTarget>

export interface RedisFileRequest {
  readonly manifest: RedisManifest
  readonly payloads: readonly PayloadSource[]
  /** Path of a file that must not exist; for a cluster, of a folder. */
  readonly path: string
  /** Address of the stopped server, if it is known. Throws if a server answers there, unless it uses another folder. */
  readonly address?: RedisAddress
  readonly signal: AbortSignal
}

/** The RDB files for a stopped server. Each is complete or does not exist. */
export interface WroteRedisFile {
  readonly files: readonly string[]
  /** The next steps in order, as sentences, including what Redis does with its append-only file. */
  readonly next: readonly string[]
}

export type WriteRedisFile = (request: RedisFileRequest) => Promise<WroteRedisFile>

export interface RedisScratchRequest {
  readonly manifest: RedisManifest
  readonly temporary: string
  readonly isolation: IsolationPolicy
  readonly signal: AbortSignal
}

/**
 * Starts a temporary redis-server of the installed version. Throws a failure of kind tool if none is installed, or if
 * it is too old for the backup.
 */
export type OpenRedisScratch = (request: RedisScratchRequest) => Promise<Scratch<RedisManifest>>

/** A finding of `doctor`. */
export interface Finding {
  readonly state: 'good' | 'warning' | 'bad' | 'unknown'
  /** `Persistence`. */
  readonly title: string
  readonly detail: string
  /** The setting to change, as a command: `CONFIG SET appendonly yes`. */
  readonly remedy?: string
}

export interface ExamineRequest {
  /** Seconds. An older last save is a finding if there are changes since. */
  readonly maxAge: number
  readonly signal: AbortSignal
}

/**
 * Examines how safe the data of a Redis is; changes nothing. Throws a failure of kind unreachable if no server answers.
 */
export type ExamineRedis = (address: RedisAddress, request: ExamineRequest) => Promise<readonly Finding[]>
