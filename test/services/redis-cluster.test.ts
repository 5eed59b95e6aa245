// Redis Cluster: the data of every master is dumped to a separate RDB.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keysOf } from '../../src/domain/redis/redis-fingerprint.ts'
import { openRedis } from '../../src/engines/redis/redis.ts'
import { realClock } from '../support/real-clock.ts'
import { type TestRedis, until } from '../support/redis.ts'
import { startRedisCluster, type TestRedisCluster } from '../support/redis-cluster.ts'
import { dumpOf, requestOf } from '../support/redis-dump.ts'

describe('a cluster of three masters with a replica each', () => {
  let cluster: TestRedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster(3, {
      replicas: 1,
      password: 'secret',
      args: ['--masterauth', 'secret', '--cluster-require-full-coverage', 'no'],
    })
    for (const [at, master] of cluster.masters.entries()) {
      await master.script(Array.from({ length: 300 }, (_, key) => `set {${tagOf(at)}}:${key} value ex 1000`))
    }
    for (const master of cluster.masters)
      await until(async () => (await master.cli('info', 'replication')).includes('state=online'))
  })
  afterAll(() => cluster.stop())

  for (const [method, preferReplica] of [
    ['replica', true],
    ['replica', false],
    ['scan', true],
    ['scan', false],
  ] as const) {
    test(`gives a payload for each, in order of slots, by ${method} from ${preferReplica ? 'replicas' : 'masters'}`, async () => {
      const { dump, fingerprint, files, snapshot, server, notes } = await dumpOf(
        { url: cluster.url },
        { method, preferReplica },
      )
      expect([...files.keys()]).toEqual(['shard-0.rdb', 'shard-1.rdb', 'shard-2.rdb'])
      expect(dump.shards.map(({ slots }) => slots)).toEqual(['0-5460', '5461-10922', '10923-16383'])
      const ports = new Set((preferReplica ? cluster.replicas : cluster.masters).map(({ port }) => `127.0.0.1:${port}`))
      expect(new Set(dump.shards.map(({ address }) => address))).toEqual(ports)
      expect(fingerprint.databases).toMatchObject([{ database: 0, keys: 900, expiring: 900, types: { string: 900 } }])
      expect(server.mode).toBe('cluster')
      expect(notes).toEqual([])
      const times = dump.shards.map(({ taken }) => Date.parse(taken))
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(2000)
      expect(Date.parse(snapshot.taken)).toBe(Math.min(...times))
    })
  }

  test('has the same print from replicas and from masters', async () => {
    const prints = []
    for (const preferReplica of [true, false])
      prints.push((await dumpOf({ url: cluster.url }, { preferReplica })).fingerprint)
    expect(prints[1]).toEqual(prints[0])
    expect(keysOf(prints[0] as (typeof prints)[number])).toBe(900)
  })

  test('counts the keys of all masters before anything is dumped', async () => {
    const probe = await (await openRedis({ url: cluster.url })).probe(new AbortController().signal)
    expect(probe).toMatchObject({ keys: 900, server: { mode: 'cluster' } })
  })

  test('has no file of its own, and only database 0', async () => {
    await expect(dumpOf({ url: cluster.url }, { method: 'bgsave', rdbPath: '/x' })).rejects.toMatchObject({
      code: 'redis/method-mismatch',
    })
    await expect(dumpOf({ url: cluster.url }, { databases: [1] })).rejects.toMatchObject({
      code: 'redis/no-such-database',
    })
  })

  test('is refused when it does not serve every slot', async () => {
    const [first] = cluster.masters
    await first?.cli('cluster', 'delslots', '7')
    await expect(dumpOf({ url: cluster.url })).rejects.toMatchObject({
      code: 'redis/cluster-incomplete',
    })
    await first?.cli('cluster', 'addslots', '7')
  })
})

describe('a cluster that is being resharded', () => {
  const slot = 15495 // of {a}, with the third master
  const keys = 2000
  let cluster: TestRedisCluster
  let [from, to] = [{} as TestRedis, {} as TestRedis]
  let [fromId, toId] = ['', '']
  beforeAll(async () => {
    cluster = await startRedisCluster(3)
    const [first, , last] = cluster.masters as [TestRedis, TestRedis, TestRedis]
    ;[from, to] = [last, first]
    ;[fromId, toId] = [await from.cli('cluster', 'myid'), await to.cli('cluster', 'myid')]
    await from.script(Array.from({ length: keys }, (_, at) => `set {a}:${at} value`))
  })
  afterAll(() => cluster.stop())

  /** Without the pauses between attempts. */
  const impatient = { ...realClock, sleep: async () => {} }
  const open = async () => {
    await to.cli('cluster', 'setslot', String(slot), 'importing', fromId)
    await from.cli('cluster', 'setslot', String(slot), 'migrating', toId)
  }
  const move = async (count: number) => {
    const names = (await from.cli('cluster', 'getkeysinslot', String(slot), String(count))).split('\n').filter(Boolean)
    if (names.length > 0) await from.cli('migrate', '127.0.0.1', String(to.port), '', '0', '5000', 'keys', ...names)
  }
  const settle = async (owner: string) => {
    for (const node of owner === toId ? [to, from] : [from, to])
      await node.cli('cluster', 'setslot', String(slot), 'node', owner)
    await until(async () => {
      const slots = await Promise.all(cluster.masters.map((node) => node.cli('cluster', 'slots')))
      return slots.every((text) => text === slots[0])
    })
  }

  for (const method of ['replica', 'scan'] as const) {
    test(`is refused by ${method} while a slot is open: its keys are in two places`, async () => {
      await open()
      await move(500)
      const told: string[] = []
      const note = (sentence: string) => void told.push(sentence)
      await expect(dumpOf({ url: cluster.url }, { method, clock: impatient, note })).rejects.toMatchObject({
        code: 'redis/slots-moved',
      })
      expect(told).toHaveLength(4)
      await move(keys)
      await settle(toId)
      expect(keysOf((await dumpOf({ url: cluster.url }, { method })).fingerprint)).toBe(keys)
      ;[from, to, fromId, toId] = [to, from, toId, fromId]
    })
  }

  test('is backed up as soon as the slot is closed', async () => {
    await open()
    await move(500)
    const sleep = async () => {
      await move(keys)
      await settle(toId)
    }
    const { fingerprint } = await dumpOf({ url: cluster.url }, { clock: { ...realClock, sleep } })
    expect(keysOf(fingerprint)).toBe(keys)
    ;[from, to, fromId, toId] = [to, from, toId, fromId]
  })

  test('while it is read key by key, loses no key without a failure', async () => {
    const redis = await openRedis({ url: cluster.url })
    const dump = await redis.openDump(requestOf({ method: 'scan' }))
    await open()
    await move(keys)
    await settle(toId)
    const read = async () => {
      for await (const { stream } of dump.payloads()) await stream.toArray()
      return keysOf((await dump.finish()).fingerprint)
    }
    expect(await read().catch((error) => error.code)).toSatisfy(
      (result) => result === keys || result === 'redis/slots-moved',
    )
    await dump.close()
    ;[from, to, fromId, toId] = [to, from, toId, fromId]
  })

  test.each(['replica', 'scan'] as const)(
    'is refused by %s with keys that a broken move left behind',
    async (method) => {
      await to.cli('cluster', 'setslot', String(slot), 'importing', fromId)
      await to.script(['asking', 'set {a}:stray value'])
      await to.cli('cluster', 'setslot', String(slot), 'stable')
      await expect(dumpOf({ url: cluster.url }, { method })).rejects.toMatchObject({ code: 'redis/slots-moved' })
    },
  )
})

describe('a cluster whose user has exactly the permissions that the documentation lists', () => {
  const rules = {
    replica: '+psync +replconf +info +ping +cluster|info +cluster|slots +cluster|nodes',
    scan: '~* +scan +dump +pexpiretime +function|dump +select +info +ping +cluster|info +cluster|slots +cluster|nodes +readonly',
  }

  for (const method of ['replica', 'scan'] as const) {
    test(`is backed up by ${method}`, async () => {
      const user = { name: 'backup', password: 'b', rules: rules[method] }
      await using cluster = await startRedisCluster(3, { replicas: method === 'scan' ? 1 : 0, user })
      await cluster.cli('set', 'a', 'b')
      for (const replica of cluster.replicas)
        await until(async () => (await replica.cli('info', 'replication')).includes('link_status:up'))
      const { dump, fingerprint, notes } = await dumpOf({ url: cluster.masters[0]?.urlOf(user) ?? '' }, { method })
      expect(dump.method).toBe(method)
      expect(keysOf(fingerprint)).toBe(1)
      expect(notes).toEqual([])
    })
  }
})

/** A hash tag whose slot lies with the first, second or third master: CRC16 of a, b, c are 15495, 3300 and 7365. */
function tagOf(master: number): string {
  return ['b', 'c', 'a'][master] ?? ''
}
