// The ports to Redis: a server to dump, and a server to bring keys back to.
import type { IsolationPolicy } from '../domain/drill/isolation.ts'
import type { RedisManifest, Snapshot } from '../domain/manifest/manifest.ts'
import type { RedisDumpFacts, RedisMethod, RedisServerFacts } from '../domain/redis/redis-facts.ts'
import type { QueueFingerprint, RedisFingerprint } from '../domain/redis/redis-fingerprint.ts'
import type { Clock } from './common.ts'
import type { Scratch } from './drill.ts'
import type { DumpPayload, PayloadSource } from './platform.ts'
import type { Step } from './restore.ts'

/** Where Redis is and how to get in. Nothing of it is ever shown but host and port. */
export interface RedisAddress {
  /** `redis://user:password@host:6379/0`, `rediss://…` for TLS; of a cluster any of its nodes. */
  readonly url: string
  /** `host:port` of Sentinels; then the URL's host is the master's name. */
  readonly sentinels?: readonly string[]
  readonly sentinelPassword?: string
  /**
   * Certificate of the authority that signed the server's, as PEM text or the path of such a file; default: the
   * system's authorities.
   */
  readonly tlsCa?: string
  /** Client certificate and its key, each as PEM text or path; both or none. */
  readonly tlsCert?: string
  readonly tlsKey?: string
}

/** What the server says of itself before anything is dumped. */
export interface RedisProbe {
  readonly server: RedisServerFacts
  readonly keys: number
  /** Sentences to warn with. */
  readonly warnings: readonly string[]
}

export interface RedisDumpRequest {
  /**
   * `auto`: `replica`; where that is refused or there are patterns or databases `scan`; `bgsave` if there is an
   * `rdbPath` and `replica` is refused.
   */
  readonly method: 'auto' | RedisMethod
  /** Where the server's RDB file is reachable, for `bgsave`. */
  readonly rdbPath?: string
  /** Empty: all keys. Only by `scan`. */
  readonly patterns: readonly string[]
  /** Empty: all databases. Only by `scan`. */
  readonly databases: readonly number[]
  /** Read from a replica where there is one. */
  readonly preferReplica: boolean
  /** For what comes faster than it can be stored. */
  readonly temporary: string
  /** Tells when each shard was taken. */
  readonly clock: Clock
  readonly signal: AbortSignal
  note(sentence: string): void
}

/** A dump under way: its instant is fixed (by `scan`: it has begun), and what has come waits on disk. */
export interface RedisDump {
  readonly snapshot: Snapshot
  /**
   * In order; each stream must be read to its end before the next is asked for. Each errors with a failure of kind
   * integrity for an RDB that is not whole.
   */
  payloads(): AsyncIterable<DumpPayload>
  /** After the last payload. */
  finish(): Promise<{
    readonly server: RedisServerFacts
    readonly dump: RedisDumpFacts
    readonly fingerprint: RedisFingerprint
    readonly notes: readonly string[]
  }>
  /** Ends connections, removes temporary files. Any time, any number of times, never throws. */
  close(): Promise<void>
}

/** Redis at an address: one server, a master that Sentinel knows, or a cluster. */
export interface Redis {
  /** `cache.example.com:6379`, no secret; with Sentinel the master's name. */
  readonly display: string
  probe(signal: AbortSignal): Promise<RedisProbe>
  /** Resolves when the instant of every shard is fixed. */
  openDump(request: RedisDumpRequest): Promise<RedisDump>
  /** Ends connections. Any number of times, never throws. */
  close(): Promise<void>
}

export type OpenRedis = (address: RedisAddress) => Promise<Redis>

/**
 * `merge`: only keys that are not there are put in. `replace`: keys of the backup replace those of the same name,
 * others stay. `flush-first`: what is there goes first. A BullMQ queue is one thing in each mode: it is put in,
 * replaced or left as it is as a whole.
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
  /** Leave the BullMQ queues that are restored as they were: not paused unless they were. */
  readonly resumeQueues: boolean
  readonly temporary: string
  readonly signal: AbortSignal
  phase<T>(title: string, work: () => Promise<T>): Promise<T>
  progress(done: { what: string; bytes: number; of?: number }): void
  /** Called before the first key of the target is removed or written. Later failures contain the number of keys. */
  changes?(): void
}

/** Of one database of the target. */
export interface RedisDatabaseChange {
  readonly database: number
  /** Keys that were not there before. */
  readonly added: number
  /** Keys of the same name that were replaced. */
  readonly replaced: number
  /** Keys that exist and stay as they are (`merge`). */
  readonly kept: number
  /** Keys of the backup whose time to live is over. */
  readonly expired: number
  /** Keys that go: by `flush-first` all that were there, by `replace` those of the queues that are replaced. */
  readonly removed: number
}

export interface QueueChange extends QueueFingerprint {
  /** What became of it: put in (`added`), replaced, or left as it is (`kept`). */
  readonly outcome: 'added' | 'replaced' | 'kept'
  /** Whether it is paused now. */
  readonly pausedNow: boolean
}

export interface RedisRestored {
  readonly databases: readonly RedisDatabaseChange[]
  readonly queues: readonly QueueChange[]
  /** Libraries that were loaded. */
  readonly functions: readonly string[]
  readonly notes: readonly string[]
}

/** A live Redis that keys are restored to. Its disk is never touched. */
export interface RedisTarget {
  /** `cache.example.com:6379`, no secret. */
  readonly display: string
  /** What must be typed to confirm: as `display`. */
  readonly database: string
  /** Looks at version, room, writability, other clients' queues; changes nothing. */
  preflight(request: RedisRestoreRequest): Promise<readonly Step[]>
  /** What `restore` would do, by asking which keys exist; changes nothing. */
  plan(request: RedisRestoreRequest): Promise<RedisRestored>
  /**
   * Puts the keys in. Redis has no rollback: where it throws (`refused` for OOM, MISCONF and the like, `unreachable`
   * when the server is gone), the failure says how many keys are in, and running again in the mode `replace` completes
   * it.
   */
  restore(request: RedisRestoreRequest): Promise<RedisRestored>
  close(): Promise<void>
}

export type OpenRedisTarget = (address: RedisAddress) => Promise<RedisTarget>

export interface RedisFileRequest {
  readonly manifest: RedisManifest
  readonly payloads: readonly PayloadSource[]
  /** A file that must not exist; of a cluster a folder. */
  readonly path: string
  /** The stopped server is to be running nowhere: where its address is known, it is asked. */
  readonly address?: RedisAddress
  readonly signal: AbortSignal
}

/** For a server that is stopped: the RDB as a file, whole or not there at all. */
export interface WroteRedisFile {
  readonly files: readonly string[]
  /** What to do next, in order, as whole sentences; what Redis would do about the append-only file among them. */
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
 * Makes a throwaway redis-server of the installed binary. Throws a failure of kind tool where there is none, or it is
 * too old for the backup.
 */
export type OpenRedisScratch = (request: RedisScratchRequest) => Promise<Scratch<RedisManifest>>

/** One thing that `doctor` found. */
export interface Finding {
  readonly state: 'good' | 'warning' | 'bad' | 'unknown'
  /** `Persistence`. */
  readonly title: string
  readonly detail: string
  /** The setting to change, as a command: `CONFIG SET appendonly yes`. */
  readonly remedy?: string
}

export interface ExamineRequest {
  /** Seconds: a last save that is older, with changes since, is a finding. */
  readonly maxAge: number
  readonly signal: AbortSignal
}

/**
 * Asks a Redis how safe its data is; changes nothing. Throws a failure of kind unreachable where it cannot be asked at
 * all.
 */
export type ExamineRedis = (address: RedisAddress, request: ExamineRequest) => Promise<readonly Finding[]>
