// The types of values in an RDB, by the byte before the key.
import type { RedisType } from '../../../domain/redis/redis-print.ts'

/** Type byte -> what TYPE calls it. */
export const typeOfCode: ReadonlyMap<number, RedisType> = new Map([
  [0, 'string'],
  [1, 'list'],
  [2, 'set'],
  [3, 'zset'],
  [4, 'hash'],
  [5, 'zset'],
  [7, 'module'],
  [9, 'hash'],
  [10, 'list'],
  [11, 'set'],
  [12, 'zset'],
  [13, 'hash'],
  [14, 'list'],
  [15, 'stream'],
  [16, 'hash'],
  [17, 'zset'],
  [18, 'list'],
  [19, 'stream'],
  [20, 'set'],
  [21, 'stream'],
  [22, 'hash'], // of Valkey another layout than of Redis
  [23, 'hash'],
  [24, 'hash'],
  [25, 'hash'],
  [26, 'stream'],
  [27, 'stream'],
])

export const opcodes = {
  /** Of Valkey. */
  slotImport: 243,
  /** Of Redis 8.6. */
  keyMetadata: 243,
  slotInfo: 244,
  function: 245,
  functionPreGa: 246,
  moduleAux: 247,
  idle: 248,
  frequency: 249,
  auxiliary: 250,
  resize: 251,
  expireMilliseconds: 252,
  expireSeconds: 253,
  select: 254,
  end: 255,
} as const
