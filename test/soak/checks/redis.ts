// The keys of a Redis as digests, and a check of the states that a killed restore may leave.
import { Redis } from 'ioredis'
import type { TestRedis } from '../../support/redis.ts'
import { differingParts } from './contents.ts'

/** `0 session:1` -> digest of value and expiry. */
export type Keys = ReadonlyMap<string, string>

/** How a command may change keys. */
export type RedisChange = 'nothing' | 'merge' | 'replace' | 'flush-first'

/** Reads every key of every database, the function libraries and the settings. */
export async function readKeys({ host, port }: TestRedis): Promise<Keys> {
  const client = new Redis({ host, port, connectionName: 'soak', retryStrategy: () => null })
  client.on('error', () => {}) // the next command fails with it
  try {
    const found = new Map<string, string>()
    const info = String(await client.info('keyspace'))
    for (const [, database = '0'] of info.matchAll(/^db(\d+):/gm)) {
      await client.select(Number(database))
      for await (const keys of client.scanStream({ count: 1000 }) as AsyncIterable<string[]>) {
        if (keys.length === 0) continue
        const digests = (await client.call('DEBUG', 'DIGEST-VALUE', ...keys)) as string[]
        const expiries = await client.pipeline(keys.map((key) => ['pexpiretime', key])).exec()
        for (const [index, key] of keys.entries())
          found.set(`${database} ${key}`, `${digests[index]} ${expiries?.[index]?.[1]}`)
      }
    }
    found.set('settings', JSON.stringify(await client.config('GET', '*')))
    found.set('libraries', JSON.stringify(await client.function('LIST', 'WITHCODE')))
    return found
  } finally {
    client.disconnect()
  }
}

/** Connections of other programs: `name=… cmd=…`. */
export async function otherClients(redis: TestRedis): Promise<string[]> {
  const lines = (await redis.cli('client', 'list')).split('\n').filter((line) => line !== '')
  return lines
    .filter((line) => !/ cmd=client\|list /.test(line) && !/ name=soak /.test(line))
    .map((line) => line.slice(0, 200))
}

const queueKey = /^\d+ bull:/

/**
 * Returns messages about invalid states after a kill. Each key must have its value from before or after the command. As
 * documented, keys of queues, and all keys with flush-first, may be missing.
 */
export function wrongKeys(
  change: RedisChange,
  { before, after, now }: Record<'before' | 'after' | 'now', Keys>,
): string[] {
  if (change === 'nothing') return differingParts(before, now)
  return differingParts(before, now).filter((key) => {
    const value = now.get(key)
    if (value === after.get(key)) return false
    if (change === 'merge') return before.has(key) || !queueKey.test(key)
    if (queueKey.test(key)) return false
    return !(change === 'flush-first' && value === undefined)
  })
}
