// The types of values in an RDB, by the type byte before the key.
import type { RedisProduct } from '../../../domain/redis/products.ts'
import type { RedisType } from '../../../domain/redis/redis-fingerprint.ts'

/** Type as reported by the command TYPE, by type byte. */
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
  [22, 'hash'], // Valkey and Redis have different layouts
  [23, 'hash'],
  [24, 'hash'],
  [25, 'hash'],
  [26, 'stream'],
  [27, 'stream'],
])

/** Codes that are not supported, with their meaning in rdb.h of each project. */
export const unreadCodes: Readonly<Record<RedisProduct, ReadonlyMap<number, string>>> = {
  redis: new Map([
    [28, 'an array (type 28, Redis 8.8)'],
    ...[29, 30, 31, 32].map((code) => [code, `a hash with a template (type ${code}, Redis 8.10)`] as const),
    [33, 'a rate limiter (type 33)'],
    [242, 'a template of hashes (opcode 242, Redis 8.10)'],
    [243, 'module data of keys (opcode 243, Redis 8.6)'],
    [246, 'functions of a release candidate of Redis 7.0'],
  ]),
  valkey: new Map([
    [23, 'a path hash (type 23, Valkey 9.2)'],
    [242, 'commands (opcode 242, Valkey 9.2)'],
    [246, 'functions of a release candidate of Redis 7.0'],
  ]),
}

export const opcodes = {
  /** Only Valkey. */
  slotImport: 243,
  slotInfo: 244,
  function: 245,
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
