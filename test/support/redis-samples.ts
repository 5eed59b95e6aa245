// Data of Redis for restores: keys of every type, and random texts and patterns.
import type { TestRedis } from './redis.ts'

/** Writes keys of every type, in every size that has its own encoding, and a function library `mine`. */
export async function fillWithEveryType(redis: TestRedis): Promise<void> {
  const lua = `
    redis.call('SET', 'text', 'hello'); redis.call('SET', 'number', '12345'); redis.call('SET', 'empty', '')
    redis.call('SET', 'packed', string.rep('a', 1000)); redis.call('SET', 'bytes', '\\0\\255\\r\\n')
    redis.call('SET', '\\0\\255 odd\\r\\nname', '1')
    for i = 1, 3 do
      local many = ({3, 200, 5000})[i]
      for n = 1, many do
        redis.call('RPUSH', 'list' .. i, 'item ' .. n); redis.call('SADD', 'set' .. i, 'item ' .. n)
        redis.call('SADD', 'numbers' .. i, n); redis.call('ZADD', 'zset' .. i, n / 3, 'item ' .. n)
        redis.call('HSET', 'hash' .. i, 'field ' .. n, n)
        redis.call('XADD', 'stream' .. i, n .. '-1', 'field', n)
      end
      redis.call('XGROUP', 'CREATE', 'stream' .. i, 'group', '0')
      redis.call('XREADGROUP', 'GROUP', 'group', 'me', 'COUNT', 2, 'STREAMS', 'stream' .. i, '>')
    end
    redis.call('PEXPIREAT', 'text', 4000000000000); redis.call('PEXPIREAT', 'hash2', 4000000000001)`
  await redis.cli('EVAL', lua, '0')
  await redis.cli('-n', '3', 'SET', 'elsewhere', 'three')
  await redis.cli('FUNCTION', 'LOAD', "#!lua name=mine\nredis.register_function('one', function() return 1 end)")
}

/** Texts, and patterns that may match them. The same in each run: characters are drawn from a fixed seed. */
export function globSamples(): { readonly texts: readonly Buffer[]; readonly patterns: readonly Buffer[] } {
  const characters = ['a', 'b', '-', '^', '[', ']', '*', '?', '\\', '\xe9', ':']
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * below)
  }
  const text = (most: number) =>
    Buffer.from(
      Array.from({ length: 1 + random(most) }, () => characters[random(characters.length)]).join(''),
      'latin1',
    )
  const texts = [...new Set(Array.from({ length: 200 }, () => text(5).toString('latin1')))]
  const patterns = [
    ...Array.from({ length: 600 }, () => text(7)),
    ...['**', '[^', '[a-', '[b-a]*', '\\', 'a\\'].map((each) => Buffer.from(each)),
  ]
  return { texts: texts.map((each) => Buffer.from(each, 'latin1')), patterns }
}

/** Sets `key:1` to `key:<count>` to texts of 160 characters. */
export async function fillWithKeys(redis: TestRedis, count: number): Promise<void> {
  const lua = `for n = 1, ${count} do redis.call('SET', 'key:' .. n, string.rep(redis.sha1hex(n), 4)) end`
  await redis.cli('EVAL', lua, '0')
}
