// Slots that move while a cluster is read.
import { describe, expect, test } from 'vitest'
import { parseRedisAddress } from '../../../src/engines/redis/connection/address.ts'
import { OwnSlotsOnly, ownSlotsIn, watchSlots } from '../../../src/engines/redis/dump/cluster-slots.ts'
import { readTogether } from '../../../src/engines/redis/dump/read-together.ts'
import type { ShardStream } from '../../../src/engines/redis/dump/shard-stream.ts'
import { temporaryFolder } from '../../support/real-world.ts'
import { type ScriptedRedis, scriptedRedis } from '../../support/scripted-redis.ts'

const line = (ranges: string, { flags = 'myself,master', epoch = 3 } = {}) =>
  `0aa 127.0.0.1:7001@17001 master - 0 1 2 connected 5461-16383\n07c 127.0.0.1:7000@17000,host ${flags} - 0 0 ${epoch} connected ${ranges}\n`

describe('CLUSTER NODES', () => {
  test.each([
    ['0-5460', '0-5460', []],
    ['0-99 200 300-301', '0-99,200,300-301', []],
    ['0-5460 [7->-0aa]', '0-5460', ['[7->-0aa]']],
    ['0-5460 [9000-<-0aa] [9001-<-0aa]', '0-5460', ['[9000-<-0aa]', '[9001-<-0aa]']],
    ['', '', []],
  ])('%j: slots %j, moving %j', (ranges, slots, moving) => {
    expect(ownSlotsIn(line(ranges))).toEqual({ id: '07c', isMaster: true, epoch: '3', slots, moving })
  })

  test('of a node that became a replica, and text without the node itself', () => {
    expect(ownSlotsIn(line('', { flags: 'myself,slave' }))).toMatchObject({ isMaster: false })
    expect(ownSlotsIn('0aa 127.0.0.1:7001@17001 master - 0 1 2 connected 0-16383\n')).toBeUndefined()
    expect(ownSlotsIn('')).toBeUndefined()
  })
})

describe('a watch over the slots of two masters', () => {
  const parsed = parseRedisAddress({ url: 'redis://127.0.0.1' })
  const shardOf = ({ port }: ScriptedRedis, slots: string) => ({
    ...{ node: { host: '127.0.0.1', port }, role: 'master' as const, replicas: [], slots },
  })

  async function watch(first: string, later: string): Promise<unknown> {
    let now = first
    await using changes = await scriptedRedis((command) => (command === 'CLUSTER NODES' ? now : undefined))
    await using stays = await scriptedRedis((command) => (command === 'CLUSTER NODES' ? line('5461-16383') : undefined))
    const shards = [shardOf(changes, '0-5460'), shardOf(stays, '5461-16383')]
    try {
      const watching = await watchSlots({ mode: 'cluster', shards }, parsed, {})
      now = later
      await watching.check()
      return 'steady'
    } catch (error) {
      return (error as { code?: string }).code
    }
  }

  test('is content where nothing moves', async () => {
    expect(await watch(line('0-5460'), line('0-5460'))).toBe('steady')
  })

  test.each([
    ['a slot is on its way at the beginning', line('0-5460 [7->-0aa]'), line('0-5460')],
    ['the layout is out of date', line('0-5459'), line('0-5459')],
    ['the node was a replica', line('', { flags: 'myself,slave' }), line('0-5460')],
    ['a slot begins to leave', line('0-5460'), line('0-5460 [7->-0aa]')],
    ['a slot begins to come', line('0-5460'), line('0-5460 [9000-<-0aa]')],
    ['a slot has left', line('0-5460'), line('0-6 8-5460')],
    ['a slot left and came back', line('0-5460'), line('0-5460', { epoch: 5 })],
    ['a replica took over', line('0-5460'), line('', { flags: 'myself,slave' })],
  ])('refuses: %s', async (_, first, later) => {
    expect(await watch(first, later)).toBe('redis/slots-moved')
  })
})

describe("a shard's data", () => {
  const only = new OwnSlotsOnly({ node: { host: 'a', port: 1 }, slots: '0-99,15495,16000-16383' })
  const key = (name: string) => ({
    database: 0,
    type: 'string' as const,
    code: 0,
    key: Buffer.from(name),
    expireAt: undefined,
  })

  test('may hold keys of its slots, by hash tag too', () => {
    expect(() => only.key(key('a'))).not.toThrow() // CRC16 of a: 15495
    expect(() => only.key(key('{a}:anything'))).not.toThrow()
  })

  test('is refused with a key of another slot', () => {
    expect(() => only.key(key('b'))).toThrow(expect.objectContaining({ code: 'redis/slots-moved' }))
  })
})

describe('shards that are read together', () => {
  const shard = (name: string, log: string[], fails = false): ShardStream => ({
    ...{ taken: new Date(0), notes: [] },
    async *bytes() {
      log.push(`begin ${name}`)
      yield Buffer.from(name)
      await new Promise((next) => setImmediate(next))
      if (fails) throw new Error(`${name} broke`)
      log.push(`end ${name}`)
    },
    close: async () => void log.push(`close ${name}`),
  })
  const read = async (stream: ShardStream | undefined) =>
    Buffer.concat(await Array.fromAsync(stream?.bytes() ?? [])).toString()

  test('begin before anybody asks, four at a time, and each is checked before its stream ends', async () => {
    const log: string[] = []
    let checks = 0
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const streams = readTogether(
      names.map((name) => shard(name, log)),
      {
        temporary: await temporaryFolder('together'),
        check: async () => {
          checks += 1
        },
      },
    )
    expect(log).toEqual(['begin a', 'begin b', 'begin c', 'begin d'])
    expect(await read(streams[5])).toBe('f')
    expect(checks).toBe(6)
    for (const [at, name] of names.slice(0, 5).entries()) expect(await read(streams[at])).toBe(name)
    for (const stream of streams) await stream.close()
  })

  test('a failed check or a lost shard fails its stream, and the others can be closed', async () => {
    const log: string[] = []
    const temporary = await temporaryFolder('together')
    const moved = readTogether([shard('a', log)], { temporary, check: () => Promise.reject(new Error('moved')) })
    await expect(read(moved[0])).rejects.toThrow('moved')
    const broken = readTogether([shard('a', log, true), shard('b', log)], { temporary, check: async () => {} })
    await expect(read(broken[0])).rejects.toThrow('a broke')
    for (const stream of [...moved, ...broken]) await stream.close()
    expect(log.filter((entry) => entry.startsWith('close'))).toEqual(['close a', 'close a', 'close b'])
  })
})
