// Each version of Redis and Valkey: restores queues while a producer adds jobs, and either all libraries or none.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import { openFolder } from '../support/drill.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { backUp, requestOf } from '../support/redis-rdb-backup.ts'

const servers = inject('servers')
const names = ['redis-7.0', 'redis-8.0', 'redis-8.6', 'valkey-8.1', 'valkey-9.1']

describe.each(names)('%s', (name) => {
  describe.skipIf(!servers[name])('is restored', () => {
    let source: TestRedis
    let target: TestRedis
    let folder: string
    const queues: Queue[] = []
    const start = () => startRedis({ server: join(servers[name] ?? '', `${name.split('-')[0]}-server`) })
    const queueOn = ({ port }: TestRedis) => {
      const queue = new Queue('mail', { connection: { host: '127.0.0.1', port, maxRetriesPerRequest: null } })
      queues.push(queue)
      return queue
    }

    beforeEach(async () => {
      folder = await openFolder(name)
      ;[source, target] = await Promise.all([start(), start()])
    })
    afterEach(async () => {
      for (const queue of queues.splice(0)) await queue.close().catch(() => {})
      await Promise.all([source?.stop(), target?.stop()])
      await rm(folder, { recursive: true, force: true })
    })

    test.each(['replace', 'flush-first'] as const)(
      'by %s, and jobs that are added meanwhile are kept',
      async (mode) => {
        const addAll = async (queue: Queue, own: string) => {
          for (const opts of [{}, { delay: 3_600_000 }, { priority: 2 }, { jobId: own }]) await queue.add(own, {}, opts)
        }
        await addAll(queueOn(source), 'old')
        const backup = await backUp(source)
        const producer = queueOn(target)
        await addAll(producer, 'gone')
        const opened = await openRedisTarget({ url: target.url })
        const phase = async <T>(title: string, work: () => Promise<T>) => {
          if (title === 'Restoring keys') await addAll(producer, 'new')
          return work()
        }
        await opened.restore(requestOf(backup, folder, { mode, phase }))
        await producer.resume()
        const jobs = await producer.getJobs(['wait', 'delayed', 'prioritized'])
        const states = await Promise.all(jobs.map(async (job) => `${job.name} ${await job.getState()}`))
        const each = ['delayed', 'prioritized', 'waiting', 'waiting']
        expect(states.sort()).toEqual(['new', 'old'].flatMap((own) => each.map((state) => `${own} ${state}`)))
      },
    )

    test('with its libraries, or refused before any change if another library has a function', async () => {
      const library = (own: string) => `#!lua name=${own}\nredis.register_function('f', function() return '${own}' end)`
      await source.cli('SET', 'a', 'of the backup')
      await source.cli('FUNCTION', 'LOAD', library('mine'))
      const backup = await backUp(source)
      await target.cli('SET', 'a', 'before')
      await target.cli('FUNCTION', 'LOAD', library('other'))
      const opened = await openRedisTarget({ url: target.url })
      const replace = () => opened.restore(requestOf(backup, folder, { mode: 'replace' }))
      await expect(replace()).rejects.toMatchObject({ code: 'redis/function-conflict' })
      expect([await target.cli('GET', 'a'), await target.cli('FCALL', 'f', '0')]).toEqual(['before', 'other'])
      await target.cli('FUNCTION', 'DELETE', 'other')
      await replace()
      expect([await target.cli('GET', 'a'), await target.cli('FCALL', 'f', '0')]).toEqual(['of the backup', 'mine'])
    })
  })
})
