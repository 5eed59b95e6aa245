// What Redis' data looked like in an RDB, read out of the RDB itself.

/** Types as TYPE names them, and `module`. */
export const redisTypes = ['string', 'list', 'set', 'zset', 'hash', 'stream', 'module'] as const
export type RedisType = (typeof redisTypes)[number]

export interface RedisDatabasePrint {
  readonly database: number
  readonly keys: number
  /** Keys with a time to live, those that have expired in the meantime included. */
  readonly expiring: number
  /** Type -> keys of it; types without a key are left out. */
  readonly types: Readonly<Partial<Record<RedisType, number>>>
  /**
   * 16 hexadecimal digits: the sum modulo 2^64, over all keys, of the CRC-64 of name, type, expiry and number of
   * elements. Does not depend on the order of keys, nor on how values are encoded. Guards against accidents, not
   * forgery.
   */
  readonly digest: string
}

/** In the order in which jobs go through them. */
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
  /** What last opened it: `bullmq:6.7.0`. */
  readonly version?: string
  /** State -> jobs in it; states without a job are left out. */
  readonly states: Readonly<Partial<Record<QueueState, number>>>
}

export interface RedisFingerprint {
  /** Ascending; databases without a key are left out. */
  readonly databases: readonly RedisDatabasePrint[]
  /** Names of function libraries, ascending. */
  readonly functions: readonly string[]
  /**
   * Type names of the modules that keys and module data belong to (`vectorset`, `ReJSON-RL`), ascending; absent where
   * there are none.
   */
  readonly modules?: readonly string[]
  /** By database, prefix, name. */
  readonly queues: readonly QueueFingerprint[]
  /** Bytes of the largest serialized value: a target's proto-max-bulk-len must not be smaller. */
  readonly largestValue: number
}

/** All keys of all databases. */
export function keysOf({ databases }: Pick<RedisFingerprint, 'databases'>): number {
  return databases.reduce((sum, { keys }) => sum + keys, 0)
}

/** `bull:mail`, with the database where it is not 0. */
export function queueName({ database, prefix, name }: Pick<QueueFingerprint, 'database' | 'prefix' | 'name'>): string {
  return `${prefix}:${name}${database === 0 ? '' : ` (database ${database})`}`
}

/** Jobs that still have something to do. */
export function openJobs({ states }: Pick<QueueFingerprint, 'states'>): number {
  const { completed: _, failed: __, ...open } = states
  return Object.values(open).reduce((sum, jobs) => sum + (jobs ?? 0), 0)
}
