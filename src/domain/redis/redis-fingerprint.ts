// The fingerprint of Redis' data, computed from an RDB.

/** Types as the TYPE command names them, and `module`. */
export const redisTypes = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'module'] as const
export type RedisType = (typeof redisTypes)[number]

export interface RedisDatabaseFingerprint {
  readonly database: number
  readonly keys: number
  /** Keys with a time to live, including those that have expired since. */
  readonly expiring: number
  /** Type -> number of keys; types without a key are omitted. */
  readonly types: Readonly<Partial<Record<RedisType, number>>>
  /**
   * 16 hexadecimal digits: the sum modulo 2^64, over all keys, of the CRC-64 of name, type, expiry and number of
   * elements. Does not depend on the order of keys or the encoding of values. Detects accidents, not forgery.
   */
  readonly digest: string
}

/** In the order in which a job passes through them. */
export const queueStates = [
  'wait',
  'paused',
  'prioritized',
  'delayed',
  'waiting-children',
  'active',
  'completed',
  'failed',
] as const
export type QueueState = (typeof queueStates)[number]

/** A queue of BullMQ. */
export interface QueueFingerprint {
  readonly database: number
  /** `bull`, unless the application chose another. */
  readonly prefix: string
  readonly name: string
  /** Whether the queue is paused. */
  readonly paused: boolean
  /** Library that last opened it: `bullmq:6.7.0`. */
  readonly version?: string
  /** State -> number of jobs; states without a job are omitted. */
  readonly states: Readonly<Partial<Record<QueueState, number>>>
}

export interface RedisFingerprint {
  /** Ascending; databases without a key are omitted. */
  readonly databases: readonly RedisDatabaseFingerprint[]
  /** Names of function libraries, ascending. */
  readonly functions: readonly string[]
  /**
   * Type names of the modules that keys and module data need (`vectorset`, `ReJSON-RL`), ascending; absent if there are
   * none.
   */
  readonly modules?: readonly string[]
  /** Sorted by database, prefix, name. */
  readonly queues: readonly QueueFingerprint[]
  /** Bytes of the largest serialized value. The target's proto-max-bulk-len must not be smaller. */
  readonly largestValue: number
}

/** Number of keys in all databases. */
export function keysOf({ databases }: Pick<RedisFingerprint, 'databases'>): number {
  return databases.reduce((sum, { keys }) => sum + keys, 0)
}

/** `bull:mail`, with the database if it is not 0. */
export function queueName({ database, prefix, name }: Pick<QueueFingerprint, 'database' | 'prefix' | 'name'>): string {
  return `${prefix}:${name}${database === 0 ? '' : ` (database ${database})`}`
}

/** Number of jobs that are neither completed nor failed. */
export function openJobs({ states }: Pick<QueueFingerprint, 'states'>): number {
  const { completed: _, failed: __, ...open } = states
  return Object.values(open).reduce((sum, jobs) => sum + (jobs ?? 0), 0)
}
