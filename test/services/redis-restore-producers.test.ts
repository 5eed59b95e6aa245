// Producers that add jobs during the restore of their queue.
import { readFile, rm } from 'node:fs/promises'
import type { JobsOptions } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import type { RedisRestoreRequest } from '../../src/ports/redis.ts'
import { addEach, bullmqClients, jobKinds, statesOf } from '../support/bullmq-clients.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis, until } from '../support/redis.ts'
import { backUp, type RdbBackup, requestOf } from '../support/redis-rdb-backup.ts'
import { scanProxy } from '../support/scan-proxy.ts'

let folder: string
let source: TestRedis
let target: TestRedis
const clients = bullmqClients()
const { queueOn, flowsOn, workerOn } = clients

beforeAll(async () => {
  folder = await temporaryFolder('redis-restore-producers')
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

/** Runs after the queues are paused and emptied, before their keys are restored. */
function beforeKeys(work: () => Promise<unknown>): Partial<RedisRestoreRequest> {
  return {
    async phase(title, restoring) {
      if (title === 'Restoring keys') await work()
      return restoring()
    },
  }
}

describe.each(['bullmq:6.7.0', 'bullmq:5.34.0'])('of %s', (version) => {
  const backUpQueue = async () => {
    await source.cli('HSET', 'bull:mail:meta', 'version', version)
    return backUp(source)
  }

  test.each([
    ['replace', false],
    ['flush-first', false],
    ['replace', true],
  ] as const)(
    'jobs that are added during %s, resumed %s, run after those of the backup in every state',
    async (mode, resumeQueues) => {
      await addEach(queueOn(source), 20)
      const backup = await backUpQueue()
      await addEach(queueOn(target), 5)
      const producer = queueOn(target)
      const added: string[] = []
      const children = { name: 'child', queueName: 'other', data: {} }
      const flows = flowsOn(target)
      const add = async () => {
        for (const opts of Object.values(jobKinds)) added.push(String((await producer.add('new', {}, opts)).id))
        added.push(
          String((await flows.add({ name: 'parent', queueName: 'mail', data: {}, children: [children] })).job.id),
        )
        // As BullMQ 5 adds to a queue that is paused.
        if (version.startsWith('bullmq:5'))
          await target.cli('LMOVE', 'bull:mail:wait', 'bull:mail:paused', 'LEFT', 'LEFT')
        added.push(String((await producer.add('new', {})).id))
      }
      await restore(backup, { mode, resumeQueues, ...beforeKeys(add) })
      const states = await statesOf(target)
      const old = Array.from({ length: 60 }, (_, at) => String(at + 1))
      expect(states.toSorted()).toStrictEqual([...old, ...added].toSorted())
      for (const id of states) expect(await target.cli('EXISTS', `bull:mail:${id}`)).toBe('1')
      expect(await target.cli('KEYS', '*-of-backup')).toBe('')
      await producer.resume()
      const done: string[] = []
      workerOn(target, (id) => void done.push(id))
      await until(() => done.length >= 20 + 20 + 3)
      const plain = done.filter((id) => Number(id) <= 20 || id === added[0] || id === added[4])
      expect(plain.slice(0, 20)).toStrictEqual(old.slice(0, 20))
    },
  )
})

test.each(['replace', 'flush-first'] as const)(
  'jobs that are added continuously during %s are all kept from one moment on',
  async (mode) => {
    await addEach(queueOn(source), 2000)
    await source.cli('DEBUG', 'POPULATE', '100000', 'filler', '100')
    const backup = await backUp(source)
    await addEach(queueOn(target), 500)
    let isDone = false
    const produce = async (name: string) => {
      const queue = queueOn(target)
      const ids: string[] = []
      while (!isDone) ids.push(String((await queue.add(name, { name }, jobKinds[name] as JobsOptions)).id))
      return ids
    }
    const producing = Promise.all(Object.keys(jobKinds).map(produce))
    await restore(backup, { mode }).finally(() => {
      isDone = true
    })
    const all = await producing
    const states = new Set(await statesOf(target))
    const names = new Set((await target.cli('KEYS', 'bull:mail:[0-9]*')).split('\n'))
    for (const given of all) {
      // What was added before the counter was raised has an id of the backup's, and is gone.
      const ids = given.filter((id) => Number(id) > 6000)
      const first = ids.findIndex((id) => states.has(id))
      expect(first).toBeGreaterThanOrEqual(0)
      expect(ids.slice(first).filter((id) => !states.has(id) || !names.has(`bull:mail:${id}`))).toStrictEqual([])
      expect(ids.slice(0, first).filter((id) => names.has(`bull:mail:${id}`))).toStrictEqual([])
    }
    for (let id = 1; id <= 6000; id += 1) expect(states.has(String(id))).toBe(true)
  },
)

test('a job that reuses an ID of the backup during the restore is kept once', async () => {
  const queue = queueOn(source)
  for (const jobId of ['waits', 'is-done', 'stays']) await queue.add('old', {}, { jobId })
  await queue.add('old', {}, { jobId: 'is-late', delay: 3_600_000 })
  await source.cli('LREM', 'bull:mail:wait', '0', 'is-done')
  await source.cli('ZADD', 'bull:mail:completed', '1700000000000', 'is-done')
  const backup = await backUp(source)
  const producer = queueOn(target)
  const add = async () => {
    for (const jobId of ['waits', 'is-done', 'is-late']) await producer.add('new', {}, { jobId })
  }
  const { databases } = await restore(backup, { mode: 'replace', ...beforeKeys(add) })
  expect(databases).toMatchObject([{ kept: 3 }])
  expect((await statesOf(target)).toSorted()).toStrictEqual(['is-done', 'is-late', 'stays', 'waits'])
  for (const [jobId, name] of [
    ['waits', 'new'],
    ['is-done', 'new'],
    ['is-late', 'new'],
    ['stays', 'old'],
  ] as const)
    expect((await producer.getJob(jobId))?.name).toBe(name)
})

test.each(['replace', 'flush-first'] as const)(
  'jobs with custom IDs that are added while %s removes the old ones are kept',
  async (mode) => {
    await queueOn(source).add('old', {}, { jobId: 'of-backup' })
    const backup = await backUp(source)
    await queueOn(target).add('older', {}, { jobId: 'before' })
    const producer = queueOn(target)
    const proxy = await scanProxy(target.port, async () => {
      await producer.add('new', {}, { jobId: 'added' })
      await producer.add('new', {}, { jobId: 'added-delayed', delay: 3_600_000 })
      await producer.upsertJobScheduler('every-hour', { every: 3_600_000 })
    })
    try {
      const opened = await openRedisTarget({ url: `redis://127.0.0.1:${proxy.port}` })
      const request = requestOf(backup, folder, { mode, ...(mode === 'flush-first' && { patterns: ['bull:mail:*'] }) })
      await opened.restore(request)
    } finally {
      proxy.close()
    }
    expect(proxy.calls).toBe(1)
    const [scheduled = '', ...states] = (await statesOf(target)).toSorted(
      (a, b) => Number(b[0] === 'r') - Number(a[0] === 'r'),
    )
    expect(scheduled).toMatch(/^repeat:every-hour:/)
    expect(states.toSorted()).toStrictEqual(['added', 'added-delayed', 'of-backup'])
    for (const id of [...states, scheduled, 'repeat:every-hour'])
      expect(await target.cli('EXISTS', `bull:mail:${id}`), id).toBe('1')
    expect(await target.cli('EXISTS', 'bull:mail:before')).toBe('0')
  },
)

test.each(['merge', 'replace', 'flush-first'] as const)(
  '%s needs only the rules that the documentation lists',
  async (mode) => {
    await addEach(queueOn(source), 3)
    await queueOn(source).add('old', {}, { jobId: 'order' })
    await flowsOn(source).add({
      name: 'parent',
      queueName: 'mail',
      data: {},
      children: [{ name: 'child', queueName: 'mail', data: {} }],
    })
    const backup = await backUp(source)
    if (mode !== 'merge') {
      await addEach(queueOn(target), 5)
      await queueOn(target).add('older', {}, { jobId: 'before' })
    }
    const page = await readFile('docs/redis.md', 'utf8')
    const rulesOf = (row: string) =>
      new RegExp(`^\\| ${row} \\| [^\`]*\`([^\`]+)\``, 'm').exec(page)?.[1]?.split(' ') ?? []
    const rules = ['keys', 'by `flush-first`', 'queues of BullMQ'].flatMap(rulesOf)
    expect(rules).toContain('+renamenx')
    await target.cli('ACL', 'SETUSER', 'ana', 'reset', 'on', '>secret', ...rules)
    const opened = await openRedisTarget({ url: target.urlOf({ name: 'ana', password: 'secret' }) })
    const producer = queueOn(target)
    const more = beforeKeys(async () => {
      for (const opts of Object.values(jobKinds)) await producer.add('new', {}, opts)
      await producer.add('new', {}, { jobId: 'order' })
    })
    await opened.restore(requestOf(backup, folder, { mode, resumeQueues: true, ...more }))
    expect((await statesOf(target)).length).toBe(12 + 3)
  },
)
