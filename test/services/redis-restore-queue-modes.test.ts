// Restores of BullMQ queues by mode (merge, replace, flush-first), and of queues that the server has already.
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import type { RedisRestoreRequest } from '../../src/ports/redis.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { addJobs, queueClients } from '../support/redis-queues.ts'
import { backUp, type RdbBackup, requestOf } from '../support/redis-rdb-backup.ts'

let folder: string
let source: TestRedis
let target: TestRedis
const clients = queueClients()
const { queueOn } = clients

beforeAll(async () => {
  folder = await temporaryFolder('redis-restore-queue-modes')
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

test('a merge is refused if an interrupted restore has left a queue incomplete, and replace completes it', async () => {
  await addJobs(queueOn(source), 20)
  const backup = await backUp(source)
  await restore(backup)
  await target.cli('RENAME', 'bull:mail:wait', 'bull:mail:wait-of-backup') // as after SIGKILL
  const before = await target.cli('DBSIZE')
  await expect(restore(backup, { mode: 'merge' })).rejects.toMatchObject({
    code: 'redis/queue-unfinished',
    hint: expect.stringContaining("--mode replace --redis-pattern 'bull:mail:*'"),
  })
  expect(await target.cli('DBSIZE')).toBe(before)
  await restore(backup, { mode: 'replace' })
  expect(await target.cli('LLEN', 'bull:mail:wait')).toBe('20')
  expect(await target.cli('EXISTS', 'bull:mail:wait-of-backup')).toBe('0')
})

test.each(['merge', 'replace', 'flush-first'] as const)(
  'a queue is marked as incomplete from the first change of a restore in mode %s until its end',
  async (mode) => {
    await addJobs(queueOn(source), 20)
    const backup = await backUp(source)
    if (mode === 'replace') await restore(backup)
    const stop = new AbortController()
    const stopped = restore(backup, {
      mode,
      signal: stop.signal,
      async phase(title, work) {
        if (title === 'Restoring keys') stop.abort(new Failure('interrupted', 'interrupted'))
        return work()
      },
    })
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    expect(await target.cli('EXISTS', 'bull:mail:unfinished-of-backup')).toBe('1')
    await expect(restore(backup, { mode: 'merge' })).rejects.toMatchObject({ code: 'redis/queue-unfinished' })
    const { databases } = await restore(backup, { mode: 'replace' })
    expect(databases).toHaveLength(1)
    expect(await target.cli('EXISTS', 'bull:mail:unfinished-of-backup')).toBe('0')
    expect((await queueOn(target).getJobCounts('wait')).wait).toBe(20)
  },
)

test('replace removes what is left of the queue first; other queues stay, one whose name begins alike among them', async () => {
  await addJobs(queueOn(source), 3)
  const backup = await backUp(source)
  await addJobs(queueOn(target), 10)
  await addJobs(queueOn(target, 'mail2'), 2)
  const there = Number((await target.cli('KEYS', 'bull:mail:*')).split('\n').length)
  const opened = await openRedisTarget({ url: target.url })
  const before = await target.cli('DEBUG', 'DIGEST')
  const planned = await opened.plan(requestOf(backup, folder, { mode: 'replace' }))
  expect(await target.cli('DEBUG', 'DIGEST')).toBe(before)
  const restored = await restore(backup, { mode: 'replace' })
  expect(restored).toStrictEqual(planned)
  expect(restored.databases).toMatchObject([{ removed: there, replaced: 0 }])
  expect(restored.queues).toMatchObject([{ outcome: 'replaced' }])
  expect(await target.cli('EXISTS', 'bull:mail:10')).toBe('0')
  expect(await target.cli('GET', 'bull:mail:id')).toBe('10') // never lowered: a producer may be connected
  expect(await target.cli('LLEN', 'bull:mail2:wait')).toBe('2')
})

test.each(['replace', 'flush-first'] as const)(
  'a producer that goes on during %s is given no id of a job of the backup',
  async (mode) => {
    const names = await addJobs(queueOn(source), 2000)
    const backup = await backUp(source)
    if (mode === 'replace') await addJobs(queueOn(target), 10)
    const producer = queueOn(target)
    await producer.waitUntilReady()
    let isDone = false
    const given = (async () => {
      const ids: number[] = []
      while (!isDone) ids.push(Number((await producer.add('new', {})).id))
      return ids
    })()
    await restore(backup, { mode }).finally(() => {
      isDone = true
    })
    const ids = await given
    // Up to here they were removed, with the queue.
    const early =
      mode === 'replace'
        ? ids.filter((id) => id <= 2000)
        : ids.slice(
            0,
            ids.findIndex((id) => id > 2000),
          )
    expect(ids.slice(early.length).every((id) => id > 2000)).toBe(true)
    expect(ids.length - early.length).toBeGreaterThan(0)
    const jobs = await Promise.all(names.map((_, at) => producer.getJob(String(at + 1))))
    expect(jobs.map((job) => job?.name)).toStrictEqual(names)
  },
)

test('flush-first empties a server that is full', async () => {
  await addJobs(queueOn(source), 3)
  const backup = await backUp(source)
  await target.cli('DEBUG', 'POPULATE', '20000', 'key', '200')
  await target.cli('CONFIG', 'SET', 'maxmemory', '4mb')
  expect(await restore(backup, { mode: 'flush-first' })).toMatchObject({ databases: [{ removed: 20_000 }] })
  expect(await target.cli('GET', 'bull:mail:id')).toBe('3')
})

test('replace leaves a queue alone whose prefix is the name of the one that is replaced', async () => {
  await addJobs(queueOn(source), 2)
  const backup = await backUp(source)
  await addJobs(queueOn(target), 3)
  const inner = queueOn(target, 'inner', 'bull:mail')
  await addJobs(inner, 4)
  await restore(backup, { mode: 'replace' })
  expect(await inner.getWaitingCount()).toBe(4)
  expect((await inner.getJobs(['wait'])).map(({ name }) => name).sort()).toEqual(['job 0', 'job 1', 'job 2', 'job 3'])
  expect(await target.cli('EXISTS', 'bull:mail:3')).toBe('0')
})

test('what is called as the hash of a queue and is none is left, and the restore refused', async () => {
  await addJobs(queueOn(source), 2)
  const backup = await backUp(source)
  await target.cli('SET', 'bull:mail:meta', 'mine')
  await expect(restore(backup, { mode: 'replace' })).rejects.toMatchObject({
    code: 'redis/queue-conflict',
    message: expect.stringContaining('bull:mail:meta'),
  })
  expect(await target.cli('DBSIZE')).toBe('1')
})

test('merge leaves a queue of which anything is there as it is, and says so', async () => {
  await addJobs(queueOn(source), 3)
  await addJobs(queueOn(source, 'other'), 3)
  const backup = await backUp(source)
  await addJobs(queueOn(target), 1)
  const restored = await restore(backup)
  expect(restored.queues).toMatchObject([
    { name: 'mail', outcome: 'kept', pausedNow: false },
    { name: 'other', outcome: 'added', pausedNow: true },
  ])
  expect(restored.notes).toContainEqual(expect.stringContaining('Queue bull:mail is not restored'))
  expect(await target.cli('LLEN', 'bull:mail:wait')).toBe('1')
  expect(await target.cli('EXISTS', 'bull:mail:3')).toBe('0')
})

test('a pattern that matches a part of a queue leaves the queue out', async () => {
  await addJobs(queueOn(source), 3)
  await source.cli('SET', 'user:1', 'x')
  const backup = await backUp(source)
  await addJobs(queueOn(target), 1)
  const restored = await restore(backup, { mode: 'flush-first', patterns: ['*:1'] })
  expect(restored.databases).toMatchObject([{ added: 1, removed: 0 }])
  expect(restored.notes).toStrictEqual([expect.stringContaining('only 1 of its')])
  expect(restored.queues).toStrictEqual([])
  expect(await target.cli('LLEN', 'bull:mail:wait')).toBe('1')
})
