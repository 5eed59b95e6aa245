// Valkey 9: several databases in a cluster, and slots that move all at once.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import slotOf from 'cluster-key-slot'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { keysOf } from '../../src/domain/redis/redis-fingerprint.ts'
import { openFolder } from '../support/drill.ts'
import { type TestRedis, until } from '../support/redis.ts'
import { startRedisCluster, type TestRedisCluster } from '../support/redis-cluster.ts'
import { dumpOf } from '../support/redis-dump.ts'
import { versionCli } from '../support/version-cli.ts'

const programs = inject('servers')['valkey-9.1'] ?? ''
const methods = ['replica', 'scan'] as const

describe.skipIf(!programs)('a cluster of Valkey 9', () => {
  const perMaster = 200
  let cluster: TestRedisCluster
  let folder: string

  /** A tag whose slot the master serves, of the three ranges that `--cluster create` gives. */
  const tagOf = (at: number): string => {
    for (let count = 0; ; count += 1) if (Math.min(2, Math.floor(slotOf(`t${count}`) / 5461)) === at) return `t${count}`
  }
  const inTwo = Array.from({ length: 50 }, (_, at) => at)

  beforeAll(async () => {
    folder = await openFolder('valkey-cluster')
    cluster = await startRedisCluster(3, {
      server: join(programs, 'valkey-server'),
      args: ['--cluster-databases', '4'],
    })
    for (const [at, master] of cluster.masters.entries()) {
      const tag = tagOf(at)
      const first = Array.from({ length: perMaster }, (_, key) => `set {${tag}}:${key} value`)
      await master.script([...first, 'select 2', ...inTwo.map((key) => `set {${tag}}:${key} other`)])
    }
  })
  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const keysIn = async (database: number): Promise<number> => {
    let keys = 0
    for (const master of cluster.masters) keys += Number(await master.cli('-n', String(database), 'dbsize'))
    return keys
  }

  test.each(methods)('has its databases backed up, proven and restored, by %s', async (method) => {
    const cli = versionCli(programs, { REDIS_URL: cluster.url, BACKUP_DIR: join(folder, 'backups'), TMPDIR: folder })
    const redis = ['--kind', 'redis', '--name', method]
    await cli.run('backup', ...redis, '--redis-method', method)
    expect(await cli.run('test-restore', ...redis)).toMatchObject({ verdict: 'proven' })
    for (const master of cluster.masters) await master.cli('flushall')
    const place = cluster.url.replace('redis://', '')
    await cli.run('restore', ...redis, '--mode', 'replace', '--confirm', place, '--skip-safety-backup')
    expect([await keysIn(0), await keysIn(2)]).toEqual([3 * perMaster, 3 * inTwo.length])
  })

  test.each(methods)('gives all keys or none while a slot migrates at once, by %s', async (method) => {
    const many = 20_000
    const [from, to] = cluster.masters as [TestRedis, TestRedis]
    const tag = tagOf(0)
    const slot = String(slotOf(tag))
    await from.script(Array.from({ length: many }, (_, key) => `set {${tag}}:many:${key} ${'x'.repeat(200)}`))
    const all = (await keysIn(0)) + (await keysIn(2))
    const toId = await to.cli('cluster', 'myid')
    const fromId = await from.cli('cluster', 'myid')
    const dump = dumpOf({ url: cluster.url }, { method }).then(
      ({ fingerprint }) => keysOf(fingerprint),
      ({ code }) => code as string,
    )
    await from.cli('cluster', 'migrateslots', 'slotsrange', slot, slot, 'node', toId)
    expect([all, 'redis/slots-moved']).toContain(await dump)
    await until(async () => Number(await to.cli('cluster', 'countkeysinslot', slot)) >= many)
    await until(async () => (await from.cli('cluster', 'countkeysinslot', slot)) === '0')
    expect(keysOf((await dumpOf({ url: cluster.url }, { method })).fingerprint)).toBe(all)
    await to.cli('cluster', 'migrateslots', 'slotsrange', slot, slot, 'node', fromId)
    await until(async () => Number(await from.cli('cluster', 'countkeysinslot', slot)) >= many)
    await until(async () => (await to.cli('cluster', 'countkeysinslot', slot)) === '0')
  })
})
