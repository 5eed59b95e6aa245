import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { type BackUpRequest, backUpAll, backUpWherePossible } from '../../../src/operations/backup/back-up.ts'
import { type BackUpRedisRequest, backUpRedis, openRedisDump } from '../../../src/operations/backup/back-up-redis.ts'
import { fakePlatform } from '../../support/fake-platform.ts'
import { type FakeRedisParts, fakeRedis, samplePrint } from '../../support/fake-redis.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { everything } from '../../support/real-world.ts'

const dumpOptions = { method: 'auto', patterns: [], databases: [], preferReplica: true } as const
const settings = {
  trigger: 'manual',
  compressionLevel: 1,
  confirmBytes: 'auto',
  shrinkLimit: 50,
  keepDays: undefined,
  recoveryPoint: undefined,
} as const

function alone(
  store = memoryStore(),
  parts: FakeRedisParts = {},
  more: Partial<BackUpRedisRequest> = {},
): BackUpRedisRequest {
  return { ...settings, redis: fakeRedis(parts), dumpOptions, stores: [store], name: 'redis', ...more }
}

function withKeys(keys: number, expiring = 0) {
  return {
    ...samplePrint,
    databases: [{ database: 0, keys, expiring, types: { string: keys }, digest: '0'.repeat(16) }],
  }
}

describe('backups of Redis', () => {
  test('a backup contains the compressed RDB, SHA256SUMS and a manifest with method and fingerprint', async () => {
    const store = memoryStore()
    const { manifest } = await backUpRedis(alone(store), fakeWorld())
    const prefix = `redis/${manifest.id}/`
    expect([...store.objects.keys()]).toEqual([
      `${prefix}dump.rdb.zst`,
      `${prefix}SHA256SUMS`,
      `${prefix}manifest.json`,
    ])
    expect(manifest).toMatchObject({
      kind: 'redis',
      dump: { method: 'replica', consistency: 'instant' },
      fingerprint: samplePrint,
      payloads: [{ role: 'rdb', encodings: ['zstd'], contentBytes: 9 }],
      notes: ['Redis warns.', 'Redis notes.'],
    })
    expect(manifest).not.toHaveProperty('dump.skewSeconds')
  })

  test('if the RDB stream breaks, no object stays in the store', async () => {
    const store = memoryStore()
    const breaks = new Failure('redis/rdb-damaged', 'the RDB is not whole')
    await expect(backUpRedis(alone(store, { breaks }), fakeWorld())).rejects.toBe(breaks)
    expect([...store.objects.keys()]).toEqual([])
  })

  test('if cluster slots move, the dump is retried up to two times, and failed attempts are deleted', async () => {
    const store = memoryStore()
    const moved = new Failure('redis/slots-moved', 'slots moved')
    const { manifest } = await backUpRedis(
      alone(store, { breaks: (dump) => (dump < 3 ? moved : undefined) }),
      fakeWorld(),
    )
    const prefix = `redis/${manifest.id}/`
    expect([...store.objects.keys()]).toEqual([
      `${prefix}dump.rdb.zst`,
      `${prefix}SHA256SUMS`,
      `${prefix}manifest.json`,
    ])
    const redis = fakeRedis({ breaks: moved })
    const other = memoryStore()
    await expect(backUpRedis(alone(other, {}, { redis }), fakeWorld())).rejects.toMatchObject({
      code: 'redis/slots-moved',
    })
    expect(redis.requests).toHaveLength(3)
    expect(other.objects.size).toBe(0)
  })

  test('connections are closed after a success and after a failure', async () => {
    const refuses = new Failure('redis/connection-refused', 'no Redis here')
    for (const parts of [{}, { refuses }]) {
      const redis = fakeRedis(parts)
      await backUpRedis(alone(memoryStore(), {}, { redis }), fakeWorld()).catch(() => {})
      expect(redis.closed).toBe(1)
    }
  })

  test('a backup without keys is marked suspect', async () => {
    const { manifest } = await backUpRedis(alone(memoryStore(), { print: withKeys(0) }), fakeWorld())
    expect(manifest.suspect).toBe('Redis has no keys')
  })

  test('a drop in persistent keys marks a backup suspect, a drop in keys with an expiry does not', async () => {
    const store = memoryStore()
    const world = fakeWorld()
    await backUpRedis(alone(store, { print: withKeys(1000, 900) }), world)
    world.clock.advance(3600)
    const smaller = await backUpRedis(alone(store, { print: withKeys(100, 0) }), world)
    expect(smaller.manifest.suspect).toBeUndefined()
    world.clock.advance(3600)
    const fewer = await backUpRedis(alone(store, { print: withKeys(1000, 990) }), world)
    expect(fewer.manifest.suspect).toMatch(/fell by 90%, from 100 to 10/)
  })

  test('a backup of selected keys is not compared with an earlier backup', async () => {
    const store = memoryStore()
    const world = fakeWorld()
    await backUpRedis(alone(store, { print: withKeys(1000) }), world)
    world.clock.advance(3600)
    const part = await backUpRedis(alone(store, { print: withKeys(1), patterns: ['bull:*'] }), world)
    expect(part.manifest.suspect).toBeUndefined()
  })
})

describe('backups of PostgreSQL and Redis in one run', () => {
  function both(parts: FakeRedisParts = {}, more: Partial<BackUpRequest> = {}): BackUpRequest {
    return {
      ...settings,
      ...{ platform: fakePlatform(), stores: [memoryStore()], name: 'shop', allowEmpty: false },
      dump: { format: 'custom', selection: everything, jobs: 1, sourceCounts: true, globals: true, lockTimeout: 5 },
      redis: openRedisDump(fakeRedis(parts), dumpOptions),
      ...more,
    }
  }

  test('both backups have the same recovery point, and the Redis manifest contains the skew in seconds', async () => {
    const world = fakeWorld()
    const [platform, redis] = await backUpAll(
      both({ taken: new Date(world.clock.now().getTime() - 2500).toISOString() }),
      world,
    )
    expect([platform.manifest.kind, redis?.manifest.kind]).toEqual(['platform', 'redis'])
    expect(redis?.manifest.recoveryPoint).toBe(platform.manifest.id)
    expect(redis?.manifest).toMatchObject({ name: 'shop', dump: { skewSeconds: 2.5 } })
    expect(redis?.manifest.id.slice(0, 16)).toBe(platform.manifest.id.slice(0, 16))
  })

  test('once the run has the backup lock, Redis is opened before the PostgreSQL dump', async () => {
    const order: string[] = []
    const platform = fakePlatform()
    const waiting: typeof platform = {
      ...platform,
      openDump: async (asked) => {
        order.push('waiting')
        await asked.backupLock?.onLockAcquired()
        order.push('PostgreSQL')
        return platform.openDump(asked)
      },
    }
    await backUpAll(
      both({ onOpen: () => order.push('Redis') }, { platform: waiting, waitForOtherRun: 60 }),
      fakeWorld(),
    )
    expect(order).toEqual(['waiting', 'Redis', 'PostgreSQL'])
  })

  test('a missing tenant table is a warning if tenants are optional, and a failure otherwise', async () => {
    const platform = fakePlatform()
    const besides: typeof platform = {
      ...platform,
      openDump: async (asked) => {
        const dump = await platform.openDump(asked)
        return { ...dump, dumpAgain: () => ({ ...dump, close: async () => {} }) }
      },
    }
    const open = async () => {
      throw new Failure('tenant/no-tenant-table', 'there is no table public."Tenant"', { hint: 'Name it.' })
    }
    const world = fakeWorld()
    const done = await backUpWherePossible(
      both({}, { platform: besides, tenants: { open, only: false, ifAny: true } }),
      world,
    )
    expect([done.failure, done.companions.map(({ manifest }) => manifest.kind)]).toEqual([undefined, ['redis']])
    expect(world.reporter.texts('warn').join()).toContain(
      'Tenants are not backed up: there is no table public."Tenant". Name it.',
    )
    const named = await backUpWherePossible(
      both({}, { platform: besides, tenants: { open, only: false } }),
      fakeWorld(),
    )
    expect(named.failure?.message).toContain('its tenants were not')
  })

  test('if Redis fails, the PostgreSQL backup is kept, and the failure names Redis', async () => {
    const refuses = new Failure('redis/connection-refused', 'no Redis here', { hint: 'Start it.' })
    const done = await backUpWherePossible(both({ refuses }), fakeWorld())
    expect(done.manifest.kind).toBe('platform')
    expect(done.companions).toEqual([])
    expect(done.failure).toMatchObject({ code: 'redis/connection-refused', hint: 'Start it.' })
    expect(done.failure?.message).toContain('but Redis was not: no Redis here')
  })
})
