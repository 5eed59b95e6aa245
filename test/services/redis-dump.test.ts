// Dumps of real Redis servers by every method.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keysOf } from '../../src/domain/redis/redis-fingerprint.ts'
import { openRedis } from '../../src/engines/redis/redis.ts'
import { startRedis, type TestRedis, until } from '../support/redis.ts'
import { dumpOf, loadedFrom, requestOf } from '../support/redis-dump.ts'
import { digestOf, fillWithEveryType } from '../support/redis-keys.ts'

describe('a server with keys of every type', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis({ args: ['--appendonly', 'yes'] })
    await fillWithEveryType(redis)
  })
  afterAll(() => redis.stop())

  test('says what it is before anything is dumped', async () => {
    const probe = await (await openRedis({ url: redis.url })).probe(new AbortController().signal)
    expect(probe).toMatchObject({
      server: { engine: 'redis', version: '7.0.15', major: 7, mode: 'standalone', aof: true, eviction: 'noeviction' },
      keys: 3010,
      warnings: [],
    })
    expect(probe.server.memory).toBeGreaterThan(100_000)
  })

  for (const method of ['replica', 'bgsave', 'scan'] as const) {
    test(`comes out by ${method}, and redis-server loads the same`, async () => {
      const begun = Date.now()
      const dumped = await dumpOf({ url: redis.url }, { method, rdbPath: join(redis.folder, 'dump.rdb') })
      expect([...dumped.files.keys()]).toEqual(['dump.rdb'])
      expect(dumped.dump).toMatchObject({
        method,
        consistency: method === 'scan' ? 'per-key' : 'instant',
        shards: [{ file: 'dump.rdb', address: `127.0.0.1:${redis.port}`, role: 'master', rdbVersion: 10 }],
      })
      expect(Date.parse(dumped.snapshot.taken)).toBeGreaterThanOrEqual(begun)
      expect(Date.parse(dumped.snapshot.taken)).toBeLessThanOrEqual(Date.now())
      expect(dumped.fingerprint.functions).toEqual(['lib'])
      expect(dumped.fingerprint.databases.map(({ database, keys }) => [database, keys])).toEqual([
        [0, 3008],
        [3, 1],
        [15, 1],
      ])
      await using loaded = await loadedFrom(dumped.files.get('dump.rdb') as Buffer)
      expect(await digestOf(loaded)).toBe(await digestOf(redis))
      expect(await loaded.cli('-n', '3', 'pexpiretime', 'three')).toBe('4102444800123')
      expect(await loaded.cli('function', 'list')).toContain('lib')
    })
  }

  test('has the same print by every method', async () => {
    const prints = []
    for (const method of ['replica', 'scan'] as const)
      prints.push((await dumpOf({ url: redis.url }, { method })).fingerprint)
    expect(prints[1]).toEqual(prints[0])
  })

  test('tells replication id and offset of the instant', async () => {
    const { dump } = await dumpOf({ url: redis.url })
    const info = await redis.cli('info', 'replication')
    expect(info).toContain(`master_replid:${dump.shards[0]?.replication?.id}`)
    expect(dump.shards[0]?.replication?.offset).toBeGreaterThanOrEqual(0)
  })

  test('gives some databases, or keys by patterns, by scan', async () => {
    const some = await dumpOf({ url: redis.url }, { databases: [3, 15] })
    expect(some.dump).toMatchObject({ method: 'scan', databases: [3, 15] })
    expect(some.fingerprint.databases.map(({ database, keys }) => [database, keys])).toEqual([
      [3, 1],
      [15, 1],
    ])
    const matching = await dumpOf({ url: redis.url }, { patterns: ['key:1*', 'key:*9', 'list'] })
    const expected =
      Array.from({ length: 3000 }, (_, at) => `${at}`).filter((at) => at.startsWith('1') || at.endsWith('9')).length + 1
    expect(keysOf(matching.fingerprint)).toBe(expected)
    expect(matching.dump.patterns).toEqual(['key:1*', 'key:*9', 'list'])
    await using loaded = await loadedFrom(matching.files.get('dump.rdb') as Buffer)
    expect(await loaded.cli('dbsize')).toBe(String(expected))
  })

  test('refuses patterns by a method that takes all keys', async () => {
    await expect(dumpOf({ url: redis.url }, { method: 'replica', patterns: ['a*'] })).rejects.toMatchObject({
      code: 'redis/method-mismatch',
    })
  })

  test('says when the file that was named is not its own', async () => {
    await expect(
      dumpOf({ url: redis.url }, { method: 'bgsave', rdbPath: join(redis.folder, 'other.rdb') }),
    ).rejects.toMatchObject({ code: 'redis/rdb-file' })
  })
})

describe('a dump', () => {
  test('of an empty server is a whole RDB without keys, by every method', async () => {
    await using redis = await startRedis()
    for (const method of ['replica', 'bgsave', 'scan'] as const) {
      const { fingerprint, files } = await dumpOf(
        { url: redis.url },
        { method, rdbPath: join(redis.folder, 'dump.rdb') },
      )
      expect(fingerprint).toEqual({ databases: [], functions: [], queues: [], largestValue: 0 })
      await using loaded = await loadedFrom(files.get('dump.rdb') as Buffer)
      expect(await loaded.cli('dbsize')).toBe('0')
    }
  })

  test('by scan has large values, which pass by in pieces, the first and the only one among them', async () => {
    await using redis = await startRedis()
    const large =
      "local t = {} for n = 1, 60000 do t[n] = redis.sha1hex(n) end redis.call('SET', KEYS[1], table.concat(t))"
    await redis.cli('EVAL', large, '1', 'alone')
    const alone = await dumpOf({ url: redis.url }, { method: 'scan' })
    for (const key of ['one', 'two', 'three']) await redis.cli('EVAL', large, '1', key)
    await redis.script(['expire two 1000', 'set small 1', 'select 3', 'set other 1'])
    const many = await dumpOf({ url: redis.url }, { method: 'scan' })
    expect(alone.dump.shards[0]?.rdbVersion).toBe(10)
    await using loaded = await loadedFrom(many.files.get('dump.rdb') as Buffer)
    expect(await loaded.cli('debug', 'digest')).toBe(await redis.cli('debug', 'digest'))
    await using first = await loadedFrom(alone.files.get('dump.rdb') as Buffer)
    expect(await first.cli('debug', 'digest-value', 'alone')).toBe(await redis.cli('debug', 'digest-value', 'alone'))
  })

  test('comes over TLS, with the authority that signed the certificate', async () => {
    await using redis = await startRedis({ tls: true, password: 'p@ss/w' })
    await redis.cli('set', 'a', 'b')
    const address = { url: redis.url, tlsCa: redis.ca as string }
    for (const method of ['replica', 'scan'] as const)
      expect(keysOf((await dumpOf(address, { method })).fingerprint)).toBe(1)
    await expect(dumpOf({ url: redis.url })).rejects.toMatchObject({
      code: 'redis/certificate',
      message: expect.stringContaining(`127.0.0.1:${redis.port}`),
    })
    await expect(dumpOf({ url: redis.url.replace('rediss', 'redis') })).rejects.toMatchObject({
      code: 'redis/connection-lost',
    })
  })

  test('comes over TLS with a client certificate, as a path or as text', async () => {
    await using redis = await startRedis({ tls: 'mutual' })
    await redis.cli('set', 'a', 'b')
    const [cert, key, other] = ['server.crt', 'server.key', 'ca.key'].map((name) => join(redis.folder, name)) as [
      string,
      string,
      string,
    ]
    const [ca, text] = [await readFile(redis.ca as string, 'utf8'), await readFile(key, 'utf8')]
    const damagedKey = '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----'
    const address = { url: redis.url, tlsCa: ca.trim().replaceAll('\n', '\\n'), tlsCert: cert, tlsKey: key }
    for (const method of ['replica', 'scan'] as const)
      expect(keysOf((await dumpOf(address, { method })).fingerprint)).toBe(1)
    expect(keysOf((await dumpOf({ ...address, tlsKey: text })).fingerprint)).toBe(1)
    await expect(dumpOf({ url: redis.url, tlsCa: ca })).rejects.toMatchObject({ code: 'redis/client-certificate' })
    const unusable = [
      { tlsKey: other },
      { tlsKey: join(redis.folder, 'none') },
      { tlsCert: 'hunter2\nhunter2' },
      { tlsKey: damagedKey },
    ]
    for (const more of unusable) {
      const failure = await dumpOf({ ...address, ...more }).catch((error) => error)
      expect(failure).toMatchObject({ code: 'redis/certificate-file', hint: expect.any(String) })
      expect(failure.message).not.toMatch(/hunter2|BEGIN/)
    }
  })

  test('fails at once where the password is wrong, missing, or nothing listens', async () => {
    await using redis = await startRedis({ password: 'secret' })
    await expect(dumpOf({ url: `redis://:wrong@127.0.0.1:${redis.port}` })).rejects.toMatchObject({
      code: 'redis/bad-password',
    })
    await expect(dumpOf({ url: `redis://127.0.0.1:${redis.port}` })).rejects.toMatchObject({
      code: 'redis/password-required',
    })
    await expect(dumpOf({ url: 'redis://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'redis/connection-refused',
    })
    await expect(dumpOf({ url: 'redis://no-such-host.invalid' })).rejects.toMatchObject({ code: 'redis/host-unknown' })
  })

  test('waits for a server that is loading, and says so', async () => {
    await using first = await startRedis()
    await first.cli('debug', 'populate', '20000', 'key', '100')
    await first.cli('save')
    first.kill()
    await using second = await startRedis({
      folder: first.folder,
      args: ['--key-load-delay', '150', '--loading-process-events-interval-bytes', '1024'],
      asSoonAsItListens: true,
    })
    const { told, fingerprint } = await dumpOf({ url: second.url })
    expect(told).toContain(`Waiting until 127.0.0.1:${second.port} has loaded its data`)
    expect(keysOf(fingerprint)).toBe(20_000)
  })

  test('by bgsave fails with the server that cannot save, and waits for one that rewrites its append-only file', async () => {
    await using redis = await startRedis({ args: ['--appendonly', 'yes', '--rdb-key-save-delay', '1000'] })
    await redis.cli('debug', 'populate', '1000', 'key', '10')
    await redis.cli('bgrewriteaof')
    const before = Date.now()
    const { told, snapshot } = await dumpOf(
      { url: redis.url },
      { method: 'bgsave', rdbPath: join(redis.folder, 'dump.rdb') },
    )
    expect(told.join(' ')).toContain('has rewritten its append-only file')
    expect(Date.parse(snapshot.taken)).toBeGreaterThan(before)
    await rm(join(redis.folder, 'dump.rdb'))
    await mkdir(join(redis.folder, 'dump.rdb', 'in the way'), { recursive: true })
    await expect(
      dumpOf({ url: redis.url }, { method: 'bgsave', rdbPath: join(redis.folder, 'dump.rdb') }),
    ).rejects.toMatchObject({
      code: 'redis/save-failed',
      message: `127.0.0.1:${redis.port} could not save its data`,
    })
    const probe = await (await openRedis({ url: redis.url })).probe(new AbortController().signal)
    expect(probe.warnings.join(' ')).toContain('The last save of')
  })

  test('that shares the save of another replica is of the instant at which that save began', async () => {
    await using redis = await startRedis({ args: ['--repl-diskless-sync', 'no', '--rdb-key-save-delay', '6000'] })
    await redis.cli('debug', 'populate', '1000', 'key', '10')
    const source = await openRedis({ url: redis.url })
    const first = source.openDump(requestOf())
    await until(async () => /rdb_current_bgsave_time_sec:[3-9]/.test(await redis.cli('info', 'persistence')))
    const joined = Date.now()
    const second = await source.openDump(requestOf())
    expect(Date.parse(second.snapshot.taken)).toBeLessThan(joined - 2000)
    await second.close()
    await (await first).close()
  })
})
