// Restores of keys into real servers: every type, every mode, selected keys, into a cluster and out of one.
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { matchesGlob } from '../../src/domain/redis/glob.ts'
import { keysOf } from '../../src/domain/redis/redis-fingerprint.ts'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import type { RedisMode, RedisRestoreRequest } from '../../src/ports/redis.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { backUp, type RdbBackup, requestOf } from '../support/redis-rdb-backup.ts'
import { fillWithEveryType, globSamples } from '../support/redis-samples.ts'

let folder: string
let source: TestRedis
let target: TestRedis

beforeAll(async () => {
  folder = await temporaryFolder('redis-restore')
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  ;[source, target] = await Promise.all([startRedis(), startRedis()])
})

afterEach(async () => {
  await Promise.all([source.stop(), target.stop()])
})

async function restore(backup: RdbBackup, more: Partial<RedisRestoreRequest> = {}, url = target.url) {
  const opened = await openRedisTarget({ url })
  return opened.restore(requestOf(backup, folder, more))
}

async function plan(backup: RdbBackup, more: Partial<RedisRestoreRequest> = {}) {
  const opened = await openRedisTarget({ url: target.url })
  return opened.plan(requestOf(backup, folder, more))
}

const digest = (redis: TestRedis) => redis.cli('DEBUG', 'DIGEST')

describe('a whole backup', () => {
  test('comes back as it was: every type, encoding, expiry, database and function', async () => {
    await fillWithEveryType(source)
    const restored = await restore(await backUp(source))
    expect(await digest(target)).toBe(await digest(source))
    expect(await target.cli('PEXPIRETIME', 'text')).toBe('4000000000000')
    expect(await target.cli('XINFO', 'GROUPS', 'stream2')).toBe(await source.cli('XINFO', 'GROUPS', 'stream2'))
    expect(await target.cli('FCALL', 'one', '0')).toBe('1')
    const keys = Number(await source.cli('DBSIZE'))
    expect(restored).toStrictEqual({
      databases: [
        { database: 0, added: keys, replaced: 0, kept: 0, expired: 0, removed: 0 },
        { database: 3, added: 1, replaced: 0, kept: 0, expired: 0, removed: 0 },
      ],
      ...{ queues: [], functions: ['mine'], notes: [] },
    })
  })

  test('values larger than fits into memory come back, between small ones', async () => {
    await source.cli('SET', 'before', '1')
    for (const [name, size] of [
      ['a', 9 << 20],
      ['b', 40 << 20],
      ['c', (64 << 10) - 100],
      ['d', 300_000],
    ] as const) {
      await source.cli(
        'EVAL',
        `local t = {} for n = 1, ${Math.ceil(size / 40)} do t[n] = redis.sha1hex(n) end redis.call('SET', KEYS[1], table.concat(t):sub(1, ${size}))`,
        '1',
        name,
      )
    }
    await source.cli('SET', 'after', '2', 'EX', '10000')
    await restore(await backUp(source))
    expect(await digest(target)).toBe(await digest(source))
    expect(await target.cli('STRLEN', 'b')).toBe(String(40 << 20))
  })

  test('a key whose time is over is left out, and counted', async () => {
    await source.cli('SET', 'short', 'x', 'PX', '1500')
    await source.cli('SET', 'long', 'x', 'EX', '1000')
    const backup = await backUp(source)
    await new Promise((later) => setTimeout(later, 1600))
    const { databases } = await restore(backup)
    expect(databases).toMatchObject([{ added: 1, expired: 1 }])
    expect(await target.cli('KEYS', '*')).toBe('long')
  })

  test('keys bring what eviction goes by, where the target goes by it', async () => {
    await source.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu')
    await source.cli('SET', 'often', 'x')
    for (let n = 0; n < 300; n += 1) await source.cli('EVAL', "for n = 1, 100 do redis.call('GET', 'often') end", '0')
    const backup = await backUp(source)
    await target.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu')
    await restore(backup)
    expect(Number(await target.cli('OBJECT', 'FREQ', 'often'))).toBeGreaterThan(20)
    await target.cli('FLUSHALL')
    await target.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    expect((await restore(backup)).databases).toMatchObject([{ added: 1 }])
  })
})

describe('the modes', () => {
  const modes: [RedisMode, object, string][] = [
    ['merge', { added: 2, replaced: 0, kept: 1, removed: 0 }, 'new'],
    ['replace', { added: 2, replaced: 1, kept: 0, removed: 0 }, 'old'],
    ['flush-first', { added: 3, replaced: 0, kept: 0, removed: 2 }, 'old'],
  ]
  test.each(modes)(
    '%s does what it says, and the plan says the same before without changing anything',
    async (mode, counts, shared) => {
      await source.script(['SET shared old', 'SET one 1', 'SET two 2'])
      const backup = await backUp(source)
      await target.script(['SET shared new', 'SET mine 1'])
      const before = await digest(target)
      const planned = await plan(backup, { mode })
      expect(await digest(target)).toBe(before)
      const restored = await restore(backup, { mode })
      expect(planned).toStrictEqual(restored)
      expect(restored.databases).toStrictEqual([{ database: 0, expired: 0, ...counts }])
      expect(await target.cli('GET', 'shared')).toBe(shared)
      expect(await target.cli('EXISTS', 'mine')).toBe(mode === 'flush-first' ? '0' : '1')
    },
  )

  test('function libraries are kept, replaced, or make place for those of the backup', async () => {
    await source.cli('SET', 'a', '1')
    await source.cli('FUNCTION', 'LOAD', "#!lua name=mine\nredis.register_function('one', function() return 1 end)")
    const backup = await backUp(source)
    const load = async () => {
      await target.cli('FUNCTION', 'FLUSH')
      await target.cli('FUNCTION', 'LOAD', "#!lua name=mine\nredis.register_function('one', function() return 2 end)")
      await target.cli('FUNCTION', 'LOAD', "#!lua name=other\nredis.register_function('two', function() return 2 end)")
    }
    await load()
    expect(await plan(backup)).toMatchObject({ functions: [] })
    expect(await restore(backup)).toMatchObject({
      functions: [],
      notes: [expect.stringContaining('library mine is not restored')],
    })
    expect(await target.cli('FCALL', 'one', '0')).toBe('2')
    expect(await restore(backup, { mode: 'replace' })).toMatchObject({ functions: ['mine'] })
    expect(await target.cli('FCALL', 'one', '0')).toBe('1')
    expect(await target.cli('FCALL', 'two', '0')).toBe('2')
    await load()
    expect(await restore(backup, { mode: 'flush-first', patterns: ['a'] })).toMatchObject({ functions: [] })
    expect(await target.cli('FCALL', 'one', '0')).toBe('2')
    await restore(backup, { mode: 'flush-first' })
    await expect(target.cli('FCALL', 'two', '0')).rejects.toThrow()
  })
})

describe('a part of a backup', () => {
  test('only keys that match come back, and flush-first removes only those that match', async () => {
    await source.script(['SET cache:1 a', 'SET cache:2 b', 'SET user:1 c'])
    const backup = await backUp(source)
    await target.script(['SET cache:9 old', 'SET user:9 old'])
    const request = { mode: 'flush-first', patterns: ['cache:*', 'nothing'] } as const
    const planned = await plan(backup, request)
    expect(planned.databases).toMatchObject([{ added: 2, removed: 1 }])
    expect(await restore(backup, request)).toStrictEqual(planned)
    expect((await target.cli('KEYS', '*')).split('\n').sort()).toStrictEqual(['cache:1', 'cache:2', 'user:9'])
  })

  test('flush-first of a backup that holds a part of the keys never removes others', async () => {
    await source.script(['SET cache:1 a', 'SET cache:2 b'])
    const whole = await backUp(source)
    const dump = {
      ...whole.manifest.dump,
      method: 'scan',
      consistency: 'per-key',
      patterns: ['cache:*', 'c*'],
    } as const
    const part = { ...whole, manifest: { ...whole.manifest, dump } }
    await target.script(['SET cache:9 old', 'SET user:9 old', 'SET cart old'])
    const opened = await openRedisTarget({ url: target.url })
    const blocked = async (patterns: string[]) => {
      const steps = await opened.preflight(requestOf(part, folder, { mode: 'flush-first', patterns }))
      return steps.flatMap(({ title, state }) => (state === 'blocked' ? [title] : []))
    }
    expect(await blocked([])).toEqual([expect.stringMatching(/would remove 1 other key, such as "user:9"$/)])
    expect(await blocked(['*:9'])).toEqual([expect.stringContaining('"user:9"')])
    expect(await blocked(['cache:*'])).toEqual([])
    const request = { mode: 'flush-first' } as const
    const planned = await plan(part, request)
    expect(await restore(part, request)).toStrictEqual(planned)
    expect((await target.cli('KEYS', '*')).split('\n').sort()).toStrictEqual(['cache:1', 'cache:2', 'user:9'])
    await restore(part, { mode: 'flush-first', patterns: ['*'] })
    expect(await target.cli('EXISTS', 'user:9')).toBe('1')
    await target.cli('DEL', 'user:9')
    expect(await blocked([])).toEqual([])
  })

  test('one database comes back under another number', async () => {
    await fillWithEveryType(source)
    await target.cli('-n', '5', 'SET', 'mine', '1')
    const restored = await restore(await backUp(source), { database: 3, toDatabase: 5 })
    expect(restored.databases).toStrictEqual([{ database: 5, added: 1, replaced: 0, kept: 0, expired: 0, removed: 0 }])
    expect(await target.cli('-n', '5', 'GET', 'elsewhere')).toBe('three')
    expect(await target.cli('DBSIZE')).toBe('0')
    await expect(restore(await backUp(source), { database: 4 })).rejects.toMatchObject({
      code: 'redis/no-matching-keys',
      message: expect.stringContaining('has no keys of database 4'),
    })
  })

  test('patterns match as those of the server do', async () => {
    const { texts, patterns } = globSamples()
    const { Redis } = await import('ioredis')
    const client = new Redis(target.url)
    try {
      await client.mset(texts.flatMap((key) => [key, '1']))
      for (const pattern of patterns) {
        const theirs = (await client.keysBuffer(pattern as never)).map((key) => key.toString('latin1')).sort()
        const ours = texts.filter((key) => matchesGlob(pattern, key)).map((key) => key.toString('latin1'))
        expect(ours.sort(), pattern.toString('latin1')).toStrictEqual(theirs)
      }
    } finally {
      client.disconnect()
    }
  })
})

describe('clusters', () => {
  test('a server comes back into a cluster, and that into a server', async () => {
    await using cluster = await startRedisCluster(3)
    await fillWithEveryType(source)
    await source.cli('-n', '3', 'FLUSHDB')
    const backup = await backUp(source)
    const before = await digest(source)
    const restored = await restore(backup, {}, cluster.url)
    expect(restored.databases).toMatchObject([{ added: keysOf(backup.manifest.fingerprint) }])
    const sizes = await Promise.all(cluster.masters.map((master) => master.cli('DBSIZE')))
    expect(sizes.every((size) => Number(size) > 0)).toBe(true)
    const again = await restore(backup, { mode: 'replace' }, cluster.url)
    expect(again.databases).toMatchObject([{ replaced: keysOf(backup.manifest.fingerprint), added: 0 }])
    await restore(await backUp(...cluster.masters))
    expect(await digest(target)).toBe(before)
    expect((await restore(backup, { mode: 'flush-first' }, cluster.url)).databases).toMatchObject([
      { removed: keysOf(backup.manifest.fingerprint) },
    ])
    for (const master of cluster.masters) expect(await master.cli('FCALL', 'one', '0')).toBe('1')
  })
})
