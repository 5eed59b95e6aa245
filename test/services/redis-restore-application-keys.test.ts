// Application keys that have the prefix of a queue, in a restore of that queue.
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import type { RedisRestoreRequest } from '../../src/ports/redis.ts'
import { bullmqClients, statesOf } from '../support/bullmq-clients.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { backUp, type RdbBackup, requestOf } from '../support/redis-rdb-backup.ts'

let folder: string
let source: TestRedis
let target: TestRedis
const clients = bullmqClients()
const { queueOn } = clients

beforeAll(async () => {
  folder = await temporaryFolder('redis-restore-application-keys')
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  ;[source, target] = await Promise.all([startRedis(), startRedis()])
})

afterEach(async () => {
  await clients.close()
  await Promise.all([source.stop(), target.stop()])
})

async function restore(backup: RdbBackup, more: Partial<RedisRestoreRequest>) {
  const opened = await openRedisTarget({ url: target.url })
  return opened.restore(requestOf(backup, folder, more))
}

describe('application keys with the prefix of a queue', () => {
  const own = ['bull:mail:settings', 'bull:mail:user:7']
  const values = async () => Promise.all([...own, 'bull:mail:theme'].map((key) => target.cli('GET', key)))

  const both = async () => {
    await queueOn(source).add('old', {})
    await source.cli('SET', 'bull:mail:settings', 'of the backup')
    await target.cli('SET', 'bull:mail:settings', 'mine')
    await target.cli('SET', 'bull:mail:user:7', 'mine')
    await target.cli('HSET', 'bull:mail:profile', 'name', 'Ana')
    return backUp(source)
  }

  test('are kept by replace unless the backup has them', async () => {
    const backup = await both()
    await queueOn(target).addBulk(Array.from({ length: 5 }, () => ({ name: 'newer', data: {} })))
    await queueOn(target).add('newer', {}, { jobId: 'of-its-own' })
    const opened = await openRedisTarget({ url: target.url })
    const planned = await opened.plan(requestOf(backup, folder, { mode: 'replace' }))
    const restored = await restore(backup, { mode: 'replace' })
    expect(restored).toStrictEqual(planned)
    expect(restored.databases).toMatchObject([{ replaced: 1 }])
    expect(await values()).toStrictEqual(['of the backup', 'mine', ''])
    expect(await target.cli('HGET', 'bull:mail:profile', 'name')).toBe('Ana')
    expect(await statesOf(target)).toStrictEqual(['1'])
    expect(await target.cli('EXISTS', 'bull:mail:5', 'bull:mail:of-its-own')).toBe('0')
  })

  test('are kept by merge, and do not block the restore of the queue', async () => {
    const backup = await both()
    const restored = await restore(backup, { mode: 'merge' })
    expect(restored.queues).toMatchObject([{ outcome: 'added' }])
    expect(await values()).toStrictEqual(['mine', 'mine', ''])
    expect(await statesOf(target)).toStrictEqual(['1'])
  })

  test('are removed by flush-first', async () => {
    const backup = await both()
    await restore(backup, { mode: 'flush-first', patterns: ['bull:mail:*'] })
    expect(await values()).toStrictEqual(['of the backup', '', ''])
    expect(await target.cli('EXISTS', 'bull:mail:profile')).toBe('0')
  })
})
