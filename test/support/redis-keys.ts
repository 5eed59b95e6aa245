// Keys of every type for Redis test servers.
import type { TestRedis } from './redis.ts'

/** Writes keys of every type into databases 0, 3 and 15, and a function. */
export async function fillWithEveryType(redis: TestRedis): Promise<void> {
  await redis.script([
    ...[
      'set name value',
      'set short soon ex 5000',
      'rpush list a b c',
      'sadd set 1 2 3',
      'zadd zset 1 a 2 b',
      'hset hash f v g w',
    ],
    ...['xadd stream 1-1 f v', 'xgroup create stream group 0', 'set "a b\\x00\\xff" binary'],
    ...['select 3', 'set three 3', 'pexpireat three 4102444800123', 'select 15', 'set fifteen 15'],
    ...['select 0', ...Array.from({ length: 3000 }, (_, at) => `set key:${at} ${'x'.repeat(1 + (at % 300))}`)],
  ])
  await redis.cli('function', 'load', "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
}

/** Digests of databases 0, 3 and 15. */
export async function digestOf(redis: TestRedis): Promise<string> {
  const digests = []
  for (const database of ['0', '3', '15']) digests.push(await redis.cli('-n', database, 'debug', 'digest'))
  return digests.join(' ')
}
