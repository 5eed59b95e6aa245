// Sentinels that name an old master, from servers that are only scripts.
import { describe, expect, test } from 'vitest'
import { parseRedisAddress } from '../../../../src/engines/redis/connection/address.ts'
import { findLayout } from '../../../../src/engines/redis/connection/layout.ts'
import { type ScriptedRedis, scriptedRedis } from '../../../support/scripted-redis.ts'

const server = (role: 'master' | 'slave') =>
  scriptedRedis((command) =>
    /^INFO/.test(command)
      ? `redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:${role}\r\nloading:0\r\n`
      : undefined,
  )

/** Names one after the other, and then the last for good. */
const sentinelOf = (...masters: readonly { readonly port: number }[]) => {
  const left = [...masters]
  return scriptedRedis((command) => {
    if (!/^SENTINEL GET-MASTER/.test(command)) return undefined
    const next = left.length > 1 ? left.shift() : left[0]
    return ['127.0.0.1', String(next?.port)]
  })
}

async function portFrom(...sentinels: readonly ScriptedRedis[]): Promise<{ port: number | undefined; told: string[] }> {
  const told: string[] = []
  const parsed = parseRedisAddress({
    url: 'redis://mymaster',
    sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`),
  })
  const { shards } = await findLayout(parsed, { note: (sentence) => told.push(sentence) })
  return { port: shards[0]?.node.port, told }
}

describe('the master is', () => {
  test('what another Sentinel names, where the first names a replica or nobody who answers', async () => {
    await using old = await server('slave')
    await using master = await server('master')
    await using first = await sentinelOf(old)
    await using cutOff = await sentinelOf({ port: 1 })
    await using second = await sentinelOf(master)
    expect(await portFrom(first, cutOff, second)).toEqual({ port: master.port, told: [] })
  })

  test('asked for again while a failover goes on', async () => {
    await using old = await server('slave')
    await using master = await server('master')
    await using sentinel = await sentinelOf(old, old, master)
    const { port, told } = await portFrom(sentinel)
    expect(port).toBe(master.port)
    expect(told).toHaveLength(1)
  })
})

test.each([
  ['127.0.0.1', '0'],
  ['127.0.0.1', 'x'],
  ['', '6379'],
  ['127.0.0.1', '65536'],
])('an address of the master such as %j %j is refused', async (host, port) => {
  await using sentinel = await scriptedRedis((command) => (/^SENTINEL GET/.test(command) ? [host, port] : undefined))
  const parsed = parseRedisAddress({ url: 'redis://mymaster', sentinels: [`127.0.0.1:${sentinel.port}`] })
  await expect(findLayout(parsed)).rejects.toMatchObject({ code: 'redis/protocol' })
})

test('no Sentinel that answers is an error at once', async () => {
  const parsed = parseRedisAddress({ url: 'redis://mymaster', sentinels: ['127.0.0.1:1', '127.0.0.1:2'] })
  await expect(findLayout(parsed)).rejects.toMatchObject({ code: 'redis/connection-refused' })
})
