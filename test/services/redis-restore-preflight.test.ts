// Obstacles to a restore of Redis are reported before anything is changed.
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RedisManifest } from '../../src/domain/manifest/manifest.ts'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import type { RedisRestoreRequest } from '../../src/ports/redis.ts'
import type { Step } from '../../src/ports/restore.ts'
import { freePort } from '../support/free-port.ts'
import { moduleRdb } from '../support/module-data.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { backUp, backupOf, damaged, failureOf, type RdbBackup, requestOf } from '../support/redis-rdb-backup.ts'
import { fillWithKeys } from '../support/redis-samples.ts'

let folder: string
let source: TestRedis
let target: TestRedis
let backup: RdbBackup
const keys = 60_000

beforeAll(async () => {
  folder = await temporaryFolder('redis-restore-preflight')
  source = await startRedis()
  await fillWithKeys(source, keys)
  backup = await backUp(source)
})

afterAll(async () => {
  await source.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  target = await startRedis()
})

afterEach(async () => {
  await target.stop()
})

async function restore(more: Partial<RedisRestoreRequest> = {}, of: RdbBackup = backup) {
  const opened = await openRedisTarget({ url: target.url })
  return opened.restore(requestOf(of, folder, more))
}

async function blocked(
  of: RdbBackup = backup,
  more: Partial<RedisRestoreRequest> = {},
  url = target.url,
): Promise<string[]> {
  const opened = await openRedisTarget({ url })
  return told(await opened.preflight(requestOf(of, folder, more)), 'blocked')
}

function told(steps: readonly Step[], state: Step['state']): string[] {
  return steps.filter((step) => step.state === state).map(({ title, detail }) => `${title}: ${detail}`)
}

const library = (name: string, ...functions: readonly string[]) =>
  [
    `#!lua name=${name}`,
    ...functions.map((each) => `redis.register_function('${each}', function() return '${name}' end)`),
  ].join('\n')

test('a function of the same name in another library is detected before any change', async () => {
  await using own = await startRedis()
  await own.cli('SET', 'a', 'of the backup')
  for (const [name, ...functions] of [
    ['first', 'one'],
    ['second', 'two'],
  ] as const)
    await own.cli('FUNCTION', 'LOAD', library(name, ...functions))
  const withLibraries = await backUp(own)
  await target.cli('SET', 'a', 'mine')
  await target.cli('FUNCTION', 'LOAD', library('other', 'two'))
  await target.cli('FUNCTION', 'LOAD', library('first', 'mine'))
  const before = await target.cli('FUNCTION', 'LIST', 'WITHCODE')
  const failure = await failureOf(restore({ mode: 'replace' }, withLibraries))
  expect(failure).toMatchObject({ code: 'redis/function-conflict' })
  expect(await target.cli('GET', 'a')).toBe('mine')
  expect(await target.cli('FUNCTION', 'LIST', 'WITHCODE')).toBe(before)
  expect(await restore({ mode: 'merge' }, withLibraries)).toMatchObject({
    functions: [],
    notes: [expect.any(String), expect.any(String)],
  })
  expect(await restore({ mode: 'flush-first' }, withLibraries)).toMatchObject({
    functions: expect.arrayContaining(['first', 'second']),
  })
  expect(await target.cli('FCALL', 'two', '0')).toBe('second')
})

function changed(change: (manifest: RedisManifest) => Partial<RedisManifest>): RdbBackup {
  return { ...backup, manifest: { ...backup.manifest, ...change(backup.manifest) } }
}

describe('before anything is changed', () => {
  test('a damaged or cut backup changes nothing, and leaves no file', async () => {
    await target.cli('SET', 'mine', '1')
    const path = join(source.folder, 'dump.rdb')
    for (const keep of [
      (bytes: Buffer) => bytes.subarray(0, bytes.length - 100_000),
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes)
        copy[copy.length - 2000] = 1 + (copy[copy.length - 2000] ?? 0)
        return copy
      },
    ]) {
      const failure = await failureOf(restore({ mode: 'flush-first' }, await damaged(backup, keep, path)))
      expect(failure.code).toMatch(/^(redis\/rdb|store\/object)-damaged$/)
      expect(await target.cli('KEYS', '*')).toBe('mine')
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('resguardo'))).toStrictEqual([])
  })

  test('nothing speaks against an empty server', async () => {
    const opened = await openRedisTarget({ url: target.url })
    const steps = await opened.preflight(requestOf(backup, folder))
    expect(steps.filter(({ state }) => state === 'blocked' || state === 'warning')).toStrictEqual([])
    expect(told(steps, 'planned')).toStrictEqual([expect.stringContaining(`${keys} keys of the backup`)])
  })

  test('an older server is told, and which is needed', async () => {
    const newer = changed(({ dump }) => ({
      dump: { ...dump, shards: dump.shards.map((shard) => ({ ...shard, rdbVersion: 12 })) },
    }))
    expect(await blocked(newer)).toStrictEqual([
      expect.stringMatching(/is Redis 7\.0\.15: .*RDB version 12\) and needs Redis 7\.4 or newer/),
    ])
  })

  test('a replica, and a master that lacks its replicas, take no writes', async () => {
    await target.cli('REPLICAOF', '127.0.0.1', String(await freePort()))
    expect(await blocked()).toStrictEqual([expect.stringContaining('is a replica')])
    await target.cli('REPLICAOF', 'NO', 'ONE')
    await target.cli('CONFIG', 'SET', 'min-replicas-to-write', '1')
    expect(await blocked()).toStrictEqual([expect.stringContaining('NOREPLICAS')])
  })

  test('too little memory is told, and that keys may be evicted', async () => {
    await target.cli('CONFIG', 'SET', 'maxmemory', '8mb')
    const large = changed(({ server }) => ({ server: { ...server, memory: 20 << 20 } }))
    expect(await blocked(large)).toStrictEqual([
      expect.stringMatching(/^Memory: 21\.0 MB needed, .* free \(maxmemory\): Raise maxmemory/),
    ])
    await target.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    const opened = await openRedisTarget({ url: target.url })
    const warnings = told(await opened.preflight(requestOf(large, folder)), 'warning')
    expect(warnings).toStrictEqual([expect.stringContaining('needed'), expect.stringContaining('allkeys-lru')])
  })

  test('a value, or a database, that the server does not take is told', async () => {
    await target.cli('CONFIG', 'SET', 'proto-max-bulk-len', '2mb')
    const large = changed(({ fingerprint }) => ({
      fingerprint: {
        ...fingerprint,
        largestValue: 5 << 20,
        databases: [{ database: 40, keys: 1, expiring: 0, types: {}, digest: '' }],
      },
    }))
    expect(await blocked(large)).toStrictEqual([
      expect.stringContaining('has no database 40'),
      expect.stringContaining('CONFIG SET proto-max-bulk-len'),
    ])
  })

  test('a user who may not do all that is needed is told what is missing', async () => {
    await target.cli('ACL', 'SETUSER', 'ana', 'on', '>secret', '~*', '+@all', '-restore', '-flushdb')
    const url = target.urlOf({ name: 'ana', password: 'secret' })
    expect(await blocked(backup, { mode: 'flush-first' }, url)).toStrictEqual([
      expect.stringContaining('ACL SETUSER ana +restore +flushdb'),
    ])
    await target.cli('ACL', 'SETUSER', 'ana', '+restore')
    expect(await blocked(backup, {}, url)).toStrictEqual([])
  })

  test.each(['merge', 'replace', 'flush-first'] as const)(
    'a module that the target lacks stops %s before a key changes',
    async (mode) => {
      const path = join(target.folder, 'module.rdb')
      await writeFile(path, moduleRdb('vectorset'))
      const withModule = await backupOf([path])
      await target.cli('MSET', 'mine', '1', 'plain', 'mine too')
      expect(await blocked(withModule, { mode })).toStrictEqual([expect.stringMatching(/vectorset.*has no modules/)])
      expect(await failureOf(restore({ mode }, withModule))).toMatchObject({
        code: 'redis/value-refused',
        message: expect.stringContaining('vectorset'),
      })
      expect(await target.cli('MGET', 'mine', 'plain')).toBe('1\nmine too')
      expect(await target.cli('DBSIZE')).toBe('2')
      await restore({ mode, patterns: ['plain'] }, withModule)
      expect(await target.cli('GET', 'plain')).toBe(mode === 'merge' ? 'mine too' : 'v')
    },
  )

  test('what is not possible in a cluster is told', async () => {
    await using cluster = await startRedisCluster(3)
    const other = changed(({ fingerprint }) => ({
      fingerprint: { ...fingerprint, databases: fingerprint.databases.map((each) => ({ ...each, database: 2 })) },
    }))
    expect(await blocked(other, {}, cluster.url)).toStrictEqual([
      expect.stringMatching(/has no database \d+: Raise cluster-databases/),
    ])
    expect(await blocked(other, { database: 2, toDatabase: 0 }, cluster.url)).toStrictEqual([])
    const [first, second] = cluster.masters
    await first?.cli('CLUSTER', 'SETSLOT', '1', 'MIGRATING', (await second?.cli('CLUSTER', 'MYID')) ?? '')
    expect(await blocked(backup, {}, cluster.url)).toStrictEqual([
      expect.stringContaining('Slots of the cluster are being moved'),
    ])
  })

  test('keys of a dump by scan are warned of', async () => {
    const opened = await openRedisTarget({ url: target.url })
    const scanned = changed(({ dump }) => ({ dump: { ...dump, method: 'scan', consistency: 'per-key' } }))
    expect(told(await opened.preflight(requestOf(scanned, folder)), 'warning')).toStrictEqual([
      expect.stringContaining('not a consistent snapshot'),
    ])
  })
})
