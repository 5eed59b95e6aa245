// BullMQ queues are restored completely and paused, with the real BullMQ on both sides.
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import type { RedisRestoreRequest } from '../../src/ports/redis.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis, until } from '../support/redis.ts'
import { addJobs, connectionOf, queueClients } from '../support/redis-queues.ts'
import { backUp, type RdbBackup, requestOf } from '../support/redis-rdb-backup.ts'

let folder: string
let source: TestRedis
let target: TestRedis
const clients = queueClients()
const { queueOn, workOn, onClose } = clients

beforeAll(async () => {
  folder = await temporaryFolder('redis-restore-queues')
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

async function restore(backup: RdbBackup, more: Partial<RedisRestoreRequest> = {}) {
  const opened = await openRedisTarget({ url: target.url })
  return opened.restore(requestOf(backup, folder, more))
}

test('a queue comes back paused, though its worker is connected and waits; resume does every job once, in order', async () => {
  const queue = queueOn(source)
  const names = await addJobs(queue, 200)
  const active = new Worker('mail', undefined, { connection: connectionOf(source), lockDuration: 500 })
  expect((await active.getNextJob('token'))?.name).toBe('job 0')
  await active.close(true)
  await queue.add('urgent', {}, { priority: 1 })
  await queue.add('later', {}, { delay: 1500 })
  await sleep(600) // the lock of the active job is over
  const backup = await backUp(source)
  const { done, worker } = workOn(target)
  await worker.waitUntilReady()
  await sleep(300)
  const restored = await restore(backup)
  expect(restored.queues).toMatchObject([
    { name: 'mail', outcome: 'added', paused: false, pausedNow: true, states: { wait: 199, active: 1 } },
  ])
  await sleep(2500) // it polls, and looks for stalled jobs, and delayed ones are due
  expect(done).toStrictEqual([])
  const back = queueOn(target)
  expect(await back.isPaused()).toBe(true)
  await back.resume()
  await until(() => done.length >= 202)
  await sleep(500)
  expect(done.toSorted()).toStrictEqual([...names, 'urgent', 'later'].toSorted())
  const inOrder = done.filter((name) => name.startsWith('job ') && name !== 'job 0')
  expect(inOrder).toStrictEqual(names.slice(1))
  expect(await back.getJobCounts('wait', 'active', 'delayed', 'prioritized')).toMatchObject({
    wait: 0,
    active: 0,
    delayed: 0,
  })
  expect((await back.add('new', {})).id).toBe('203')
})

test('jobs added while it is paused come after those of the backup', async () => {
  await addJobs(queueOn(source), 10_000)
  await restore(await backUp(source))
  const back = queueOn(target)
  await back.add('new', {})
  await back.resume()
  expect(await target.cli('LLEN', 'bull:mail:wait')).toBe('10001')
  expect(await target.cli('LRANGE', 'bull:mail:wait', '0', '1')).toBe('10001\n10000')
  expect(await target.cli('LINDEX', 'bull:mail:wait', '-1')).toBe('1')
})

test('jobs stay where the BullMQ that made them looks for them while a queue is paused', async () => {
  await addJobs(queueOn(source), 3)
  const resumedBy6 = expect.stringMatching(/BullMQ 6 or newer.*bull:mail$/)
  expect((await restore(await backUp(source))).notes).toContainEqual(resumedBy6)
  expect(await queueOn(target).getJobCounts('wait')).toEqual({ wait: 3 })
  await source.cli('HSET', 'bull:mail:meta', 'version', 'bullmq:5.34.0')
  expect((await restore(await backUp(source), { mode: 'replace' })).notes).not.toContainEqual(resumedBy6)
  expect(await target.cli('LLEN', 'bull:mail:paused')).toBe('3')
})

test('where jobs are in wait and in paused, both come back, in order', async () => {
  await addJobs(queueOn(source), 4)
  await source.cli('LMOVE', 'bull:mail:wait', 'bull:mail:paused', 'RIGHT', 'LEFT')
  await source.cli('LMOVE', 'bull:mail:wait', 'bull:mail:paused', 'RIGHT', 'LEFT')
  const backup = await backUp(source)
  await restore(backup)
  expect(await target.cli('LRANGE', 'bull:mail:paused', '0', '-1')).toBe('4\n3\n2\n1')
  expect(await target.cli('EXISTS', 'bull:mail:wait', 'bull:mail:wait-of-backup')).toBe('0')
  await restore(backup, { mode: 'replace', resumeQueues: true })
  expect(await target.cli('LRANGE', 'bull:mail:paused', '0', '-1')).toBe('2\n1')
  expect(await target.cli('LRANGE', 'bull:mail:wait', '0', '-1')).toBe('4\n3')
})

test('with resume-queues the worker that waits does every job, none before the queue is complete', async () => {
  const names = await addJobs(queueOn(source), 500)
  const backup = await backUp(source)
  const { done, worker } = workOn(target)
  const failed: string[] = []
  worker.on('failed', (_, error) => failed.push(error.message))
  worker.on('error', (error) => failed.push(error.message))
  await worker.waitUntilReady()
  const restored = await restore(backup, { mode: 'replace', resumeQueues: true })
  expect(restored.queues).toMatchObject([{ pausedNow: false }])
  await until(() => done.length >= 500)
  expect(done).toStrictEqual(names)
  expect(failed).toStrictEqual([])
})

test('a queue that was paused comes back as it was, also with resume-queues', async () => {
  const queue = queueOn(source)
  await addJobs(queue, 3)
  await queue.pause()
  const restored = await restore(await backUp(source), { resumeQueues: true })
  expect(restored.queues).toMatchObject([{ paused: true, pausedNow: true }])
  expect(await target.cli('DEBUG', 'DIGEST')).toBe(await source.cli('DEBUG', 'DIGEST'))
})

test('jobs without a counter, as of a backup by scan, raise it too', async () => {
  await addJobs(queueOn(source), 3)
  await source.cli('DEL', 'bull:mail:id')
  await restore(await backUp(source))
  expect((await queueOn(target).add('new', {})).id).toBe('4')
  await target.cli('SET', 'bull:mail:id', 'none')
  await expect(restore(await backUp(source), { mode: 'replace' })).rejects.toMatchObject({
    code: 'redis/queue-conflict',
  })
})

test('preflight names the workers and producers that are connected', async () => {
  await addJobs(queueOn(source), 3)
  const backup = await backUp(source)
  const { worker } = workOn(target)
  await worker.waitUntilReady()
  const { Redis } = await import('ioredis')
  const shop = new Redis(target.port, { connectionName: 'shop-web' })
  onClose(async () => shop.disconnect())
  await new Queue('mail', { connection: shop }).add('new', {})
  await sleep(100)
  const opened = await openRedisTarget({ url: target.url })
  const steps = await opened.preflight(requestOf(backup, folder))
  expect(steps).toContainEqual(
    expect.objectContaining({
      state: 'warning',
      title: expect.stringMatching(/^Workers are connected: \d of bull:mail$/),
    }),
  )
  const producers = /^Producers may be connected: .*1 from 127\.0\.0\.1 \(name shop-web, .*last command \w+\)/
  expect(steps).toContainEqual(expect.objectContaining({ state: 'warning', title: expect.stringMatching(producers) }))
  const others = await opened.preflight(requestOf(backup, folder, { patterns: ['session:*'] }))
  expect(others.map(({ title }) => title).join()).not.toContain('connected')
  await target.cli('ACL', 'SETUSER', 'ana', 'on', '>secret', '~*', '+@all', '-client|list')
  const limited = await openRedisTarget({ url: target.urlOf({ name: 'ana', password: 'secret' }) })
  expect(await limited.preflight(requestOf(backup, folder))).toContainEqual(
    expect.objectContaining({ state: 'warning', detail: expect.stringContaining('+client|list') }),
  )
})

test('a worker of an old BullMQ, which waits for jobs in wait itself, gets none', async () => {
  await addJobs(queueOn(source), 20)
  await source.cli('HSET', 'bull:mail:meta', 'version', 'bullmq:4.18.2')
  const backup = await backUp(source)
  const { Redis } = await import('ioredis')
  const old = new Redis(target.port)
  onClose(async () => old.disconnect())
  let took: string | null = null
  void old.brpoplpush('bull:mail:wait', 'bull:mail:active', 0).then(
    (job) => {
      took = job
    },
    () => {},
  )
  await sleep(100)
  await restore(backup)
  await sleep(300)
  expect(took).toBe(null)
  await queueOn(target).resume()
  await until(() => took === '1')
})
