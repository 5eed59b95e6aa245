// Findings of doctor on real servers: with Debian's settings, without persistence, with queues, without permissions, in
// a cluster.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { examineRedis } from '../../src/engines/redis/doctor/doctor.ts'
import type { Finding, RedisAddress } from '../../src/ports/redis.ts'
import { startRedis, startSentinel, type TestRedis } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'

const debianSaves = ['--save', '3600 1 300 100 60 10000']

function examine(address: RedisAddress, maxAge = 86_400): Promise<readonly Finding[]> {
  return examineRedis(address, { maxAge, signal: new AbortController().signal })
}

function of(findings: readonly Finding[], title: string): Finding | undefined {
  return findings.find((finding) => finding.title === title)
}

/** Examines the server, and returns the finding with this title. */
async function findingOf(address: RedisAddress, title: string, maxAge?: number): Promise<Finding | undefined> {
  return of(await examine(address, maxAge), title)
}

async function withQueue<T>(redis: TestRedis, work: () => Promise<T>): Promise<T> {
  const queue = new Queue('mail', { connection: { host: redis.host, port: redis.port } })
  await queue.add('welcome', { to: 'ana' })
  await queue.close()
  return work()
}

describe('settings', () => {
  test("Debian's are good for a cache", async () => {
    await using redis = await startRedis({ args: debianSaves })
    const findings = await examine({ url: redis.url })
    expect(findings.filter(({ state }) => state !== 'good')).toEqual([])
    expect(of(findings, 'Persistence')?.detail).toMatch(
      /^save points only \(1 change in 1 h, 100 changes in 5 min, 10000 changes in 1 min\)/,
    )
    expect(of(findings, 'Backup method')?.detail).toMatch(/over the replication protocol/)
  })

  test('neither save points nor an append-only file are bad', async () => {
    await using redis = await startRedis()
    expect(await findingOf(redis, 'Persistence')).toMatchObject({ state: 'bad', remedy: 'CONFIG SET appendonly yes' })
  })

  test('the remedy makes it good', async () => {
    await using redis = await startRedis()
    const { remedy = '' } = (await findingOf(redis, 'Persistence')) ?? {}
    await redis.cli(...remedy.split(' '))
    expect(await findingOf(redis, 'Persistence')).toMatchObject({ state: 'good' })
  })

  test('an append-only file is good, unless the system decides when it reaches the disk', async () => {
    await using redis = await startRedis({ args: ['--appendonly', 'yes'] })
    expect(await findingOf(redis, 'Persistence')).toMatchObject({ state: 'good', detail: /every second/ })
    await redis.cli('CONFIG', 'SET', 'appendfsync', 'no')
    expect(await findingOf(redis, 'Persistence')).toMatchObject({ state: 'warning' })
  })

  test('a save that is too old, or that failed, is found', async () => {
    await using redis = await startRedis({ args: debianSaves })
    await redis.cli('SET', 'a', 'b')
    await sleep(2100)
    expect(await findingOf(redis, 'Last save')).toMatchObject({ state: 'good' })
    expect(await findingOf(redis, 'Last save', 0)).toMatchObject({ state: 'warning', remedy: 'BGSAVE' })
    await redis.cli('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no')
    await mkdir(join(redis.folder, 'dump.rdb')) // nothing can be saved there
    await redis.cli('BGSAVE')
    await expect.poll(() => findingOf(redis, 'Last save')).toMatchObject({ state: 'bad' })
    expect(await findingOf(redis, 'Failed saves')).toMatchObject({ state: 'warning' })
  })
})

describe('queues of BullMQ', () => {
  test('must not be evicted', async () => {
    await using redis = await startRedis({
      args: [...debianSaves, '--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'],
    })
    expect(await findingOf(redis, 'Eviction')).toMatchObject({ state: 'warning' })
    await withQueue(redis, async () => {
      const findings = await examine({ url: redis.url })
      expect(of(findings, 'Eviction')).toMatchObject({ state: 'bad', remedy: 'CONFIG SET maxmemory-policy noeviction' })
      expect(of(findings, 'Eviction')?.detail).toContain('1 queue of BullMQ (bull:mail)')
      expect(of(findings, 'Persistence')).toMatchObject({ state: 'warning', remedy: 'CONFIG SET appendonly yes' })
      await redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      expect(await findingOf(redis, 'Eviction')).toMatchObject({ state: 'good' })
    })
  })

  test('are found in other databases, and other hashes of that name are none', async () => {
    await using redis = await startRedis({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru'] })
    await redis.cli('HSET', 'page:meta', 'title', 'x')
    await redis.cli('SET', 'other:meta', 'x')
    expect(await findingOf(redis, 'Eviction')).toMatchObject({ state: 'warning', detail: /fine for a cache/ })
    await redis.cli('-n', '3', 'HSET', 'bull:jobs:meta', 'opts.maxLenEvents', '10000')
    expect(await findingOf(redis, 'Eviction')).toMatchObject({ state: 'bad', detail: /bull:jobs \(database 3\)/ })
  })
})

describe('memory', () => {
  test('near its limit is found', async () => {
    await using redis = await startRedis()
    const used = Number(/used_memory:(\d+)/.exec(await redis.cli('INFO', 'memory'))?.[1])
    await redis.cli('CONFIG', 'SET', 'maxmemory', String(Math.round(used * 1.12)))
    expect(await findingOf(redis, 'Memory')).toMatchObject({ state: 'warning', detail: /rejects writes/ })
  })
})

describe('access', () => {
  test('without a password and without protected mode everybody who reaches it gets in', async () => {
    await using redis = await startRedis({ args: ['--bind', '*', '--protected-mode', 'no'] })
    expect(await findingOf(redis, 'Password')).toMatchObject({ state: 'bad', remedy: /requirepass/ })
    await redis.cli('CONFIG', 'SET', 'protected-mode', 'yes')
    expect(await findingOf(redis, 'Password')).toMatchObject({ state: 'good', detail: /protected mode/ })
  })

  test('a password is good', async () => {
    await using redis = await startRedis({ password: 'p@ss word' })
    expect(await findingOf(redis, 'Password')).toMatchObject({ state: 'good', detail: 'a password is required' })
  })

  test('a user with a password is no help while the default user has none', async () => {
    const user = { name: 'app', password: 'secret', rules: '~* +@all' }
    await using redis = await startRedis({ user, args: ['--bind', '*', '--protected-mode', 'no'] })
    expect(await findingOf({ url: redis.urlOf(user) }, 'Password')).toMatchObject({ state: 'bad' })
    await redis.cli('CONFIG', 'SET', 'requirepass', 'other')
    expect(await findingOf({ url: redis.urlOf(user) }, 'Password')).toMatchObject({ state: 'good' })
  })

  test('TLS is good', async () => {
    await using redis = await startRedis({ tls: true })
    const findings = await examine({ url: redis.url, ...(redis.ca !== undefined && { tlsCa: redis.ca }) })
    expect(of(findings, 'Encryption')).toMatchObject({ state: 'good' })
  })

  test('a client certificate that is required counts as a password', async () => {
    await using redis = await startRedis({ tls: 'mutual' })
    const file = (name: string) => join(redis.folder, name)
    const address = { url: redis.url, tlsCa: file('ca.crt'), tlsCert: file('server.crt'), tlsKey: file('server.key') }
    expect(await findingOf(address, 'Password')).toMatchObject({ state: 'good' })
    await redis.cli('CONFIG', 'SET', 'tls-auth-clients', 'optional')
    expect((await findingOf(address, 'Password'))?.detail).not.toMatch(/nobody/)
  })
})

describe('a server that does not tell everything', () => {
  test('whose CONFIG is renamed away is unknown rather than good', async () => {
    await using redis = await startRedis({ args: [...debianSaves, '--rename-command', 'CONFIG', ''] })
    const findings = await examine({ url: redis.url })
    expect(of(findings, 'Persistence')).toMatchObject({ state: 'unknown' })
    expect(of(findings, 'Settings')).toMatchObject({ state: 'unknown', detail: /managed service/ })
    expect(of(findings, 'Eviction')).toMatchObject({ state: 'good' })
  })

  test('a user with few rights gets what it may ask, and the rules it lacks', async () => {
    const user = { name: 'few', password: 'secret', rules: '~* +ping +info' }
    await using redis = await startRedis({ user })
    const findings = await examine({ url: redis.urlOf(user) })
    expect(of(findings, 'Persistence')).toMatchObject({ state: 'unknown' })
    expect(of(findings, 'Backup method')).toMatchObject({ state: 'unknown' })
    expect(of(findings, 'Eviction')).toMatchObject({ state: 'good' })
  })

  test('a user without INFO gets a list all the same', async () => {
    const user = { name: 'none', password: 'secret', rules: '~* +ping' }
    await using redis = await startRedis({ user })
    const findings = await examine({ url: redis.urlOf(user) })
    expect(of(findings, 'Server')).toMatchObject({ state: 'unknown' })
  })

  test('a user who may not replicate is told so, with the rule', async () => {
    const user = { name: 'app', password: 'secret', rules: '~* +@all -psync -sync' }
    await using redis = await startRedis({ user })
    const finding = await findingOf({ url: redis.urlOf(user) }, 'Backup method')
    expect(finding).toMatchObject({
      state: 'warning',
      detail: /key by key/,
      remedy: 'ACL SETUSER app +psync +sync +replconf',
    })
  })

  test('whose PSYNC is renamed away is read key by key', async () => {
    await using redis = await startRedis({ args: ['--rename-command', 'PSYNC', '', '--rename-command', 'SYNC', ''] })
    expect(await findingOf(redis, 'Backup method')).toMatchObject({ state: 'warning' })
  })

  test('that is not there is a failure', async () => {
    const failure = await examine({ url: 'redis://:hunter2@127.0.0.1:1' }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({ code: 'redis/connection-refused' })
    expect(String(failure)).not.toContain('hunter2')
  })
})

describe('several servers', () => {
  test('of a cluster are asked each; what is the same is said once', async () => {
    await using cluster = await startRedisCluster(3)
    const [first] = cluster.masters
    await first?.cli('CONFIG', 'SET', 'appendonly', 'yes')
    const findings = await examine({ url: cluster.url })
    const titles = findings.map(({ title }) => title).filter((title) => title.startsWith('Persistence'))
    expect(titles).toHaveLength(2)
    expect(titles.find((title) => title.includes(`127.0.0.1:${first?.port}`))).toBe(
      `Persistence (127.0.0.1:${first?.port})`,
    )
    expect(findings.filter(({ title }) => title === 'Replicas')).toHaveLength(1)
    expect(of(findings, 'Replicas')).toMatchObject({ state: 'warning' })
  })

  test('behind Sentinel the master is asked', async () => {
    await using redis = await startRedis({ args: debianSaves })
    await using sentinel = await startSentinel(redis)
    const findings = await examine({ url: 'redis://mymaster', sentinels: [sentinel.address] })
    expect(of(findings, 'Persistence')).toMatchObject({ state: 'good' })
    expect(of(findings, 'Replicas')).toMatchObject({ state: 'warning' })
  })

  test('a replica that has lost its master is bad, one in step is good', async () => {
    await using master = await startRedis({ args: debianSaves })
    await using replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${master.port}`] })
    await expect.poll(() => findingOf(master, 'Replicas')).toMatchObject({ state: 'good', detail: /1 replica/ })
    await expect.poll(() => findingOf(replica, 'Replicas')).toMatchObject({ state: 'good' })
    await master.stop()
    await expect.poll(() => findingOf(replica, 'Replicas'), { timeout: 5000 }).toMatchObject({ state: 'bad' })
  })
})

test('examining changes nothing', async () => {
  await using redis = await startRedis({ args: debianSaves })
  await redis.cli('SET', 'a', 'b')
  const changes = async () => /rdb_changes_since_last_save:(\d+)/.exec(await redis.cli('INFO', 'persistence'))?.[1]
  const before = [await changes(), await redis.cli('CONFIG', 'GET', '*')]
  await examine({ url: redis.url })
  expect([await changes(), await redis.cli('CONFIG', 'GET', '*')]).toEqual(before)
})
