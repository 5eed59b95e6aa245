// Queues of BullMQ that change while they are read key by key.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRedis } from '../../src/engines/redis/redis.ts'
import type { RedisDumpRequest } from '../../src/ports/redis.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { loadedFrom, requestOf } from '../support/redis-dump.ts'

const jobs = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => String(from + at))
/** Chosen by a producer. */
const longId = 'a-job'.repeat(50)
const hashOf = (id: string) => `hset bull:q:${id} name job data {} timestamp 1`

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  await redis.cli('flushall')
  await redis.script([
    'hset bull:q:meta opts.maxLenEvents 10000 version bullmq:5.1.0',
    'set bull:q:id 400',
    ...jobs(1, 401).map(hashOf),
    ...jobs(1, 101).map((id) => `rpush bull:q:wait ${id}`),
    ...jobs(101, 201).map((id) => `zadd bull:q:delayed ${id} ${id}`),
    ...jobs(201, 301).map((id) => `zadd bull:q:prioritized ${id} ${id}`),
    ...jobs(301, 401).flatMap((id) => [
      `zadd bull:q:waiting-children ${id} ${id}`,
      `sadd bull:q:${id}:dependencies bull:c:1`,
    ]),
    // The stream stops before these have been read.
    ...Array.from({ length: 3000 }, (_, at) => `set other:${at} ${randomBytes(1000).toString('hex')}`),
  ])
})
afterEach(() => redis.cli('acl', 'deluser', 'reader'))

/** Reads the beginning, changes the data with these commands, and reads the rest. */
async function scanAround(commands: readonly string[], options: Partial<RedisDumpRequest> = {}, url = redis.url) {
  const dump = await (await openRedis({ url })).openDump(requestOf({ method: 'scan', ...options }))
  try {
    for await (const { stream } of dump.payloads()) {
      const chunks: Buffer[] = []
      for await (const chunk of stream) {
        if (chunks.length === 0) await redis.script(commands)
        chunks.push(chunk as Buffer)
      }
      return { rdb: Buffer.concat(chunks), ...(await dump.finish()) }
    }
    throw new Error('there is no payload')
  } finally {
    await dump.close()
  }
}

const lists = ['wait', 'paused', 'active']
const sets = ['delayed', 'prioritized', 'waiting-children']

/** State -> jobs. */
async function statesIn(loaded: TestRedis): Promise<Map<string, string[]>> {
  const states = new Map<string, string[]>()
  for (const state of [...lists, ...sets]) {
    const all = await loaded.cli(lists.includes(state) ? 'lrange' : 'zrange', `bull:q:${state}`, '0', '-1')
    states.set(state, all.split('\n').filter(Boolean))
  }
  return states
}

describe('queues that change during a scan', () => {
  test('have each job in one state, with its data', async () => {
    const { rdb, notes } = await scanAround([
      ...jobs(401, 501).flatMap((id) => [hashOf(id), `rpush bull:q:wait ${id}`]),
      ...jobs(501, 601).flatMap((id) => [hashOf(id), `zadd bull:q:delayed ${id} ${id}`]),
      'set bull:q:id 600',
      // Every state passes its jobs to another.
      ...jobs(1, 51).flatMap((id) => [`lrem bull:q:wait 0 ${id}`, `rpush bull:q:active ${id}`]),
      ...jobs(101, 151).flatMap((id) => [`zrem bull:q:delayed ${id}`, `rpush bull:q:wait ${id}`]),
      ...jobs(201, 251).flatMap((id) => [`zrem bull:q:prioritized ${id}`, `zadd bull:q:delayed ${id} ${id}`]),
      ...jobs(301, 351).flatMap((id) => [
        `srem bull:q:${id}:dependencies bull:c:1`,
        `zrem bull:q:waiting-children ${id}`,
        `rpush bull:q:wait ${id}`,
      ]),
      ...jobs(51, 61).flatMap((id) => [`lrem bull:q:wait 0 ${id}`, `del bull:q:${id}`]),
    ])
    await using loaded = await loadedFrom(rdb)
    const states = await statesIn(loaded)
    const listed = [...states.values()].flat()
    expect(listed.map(Number).sort((a, b) => a - b)).toEqual([...jobs(1, 51), ...jobs(61, 601)].map(Number))
    expect(await loaded.cli('exists', ...listed.map((id) => `bull:q:${id}`))).toBe(String(listed.length))
    const parents = states.get('waiting-children') ?? []
    expect(await loaded.cli('exists', ...parents.map((id) => `bull:q:${id}:dependencies`))).toBe('50')
    expect(await loaded.cli('get', 'bull:q:id')).toBe('600')
    expect(notes).toEqual([])
  })

  test('have schedulers that were added, with the job that each of them waits for', async () => {
    const { rdb, notes } = await scanAround([
      'zadd bull:q:repeat 9 every',
      'hset bull:q:repeat:every ic 1',
      'zadd bull:q:delayed 9 repeat:every:9',
      'hset bull:q:repeat:every:9 name tick timestamp 1',
      // Repeated jobs of BullMQ 4 have no hash.
      'zadd bull:q:repeat 9 tick::::700',
    ])
    await using loaded = await loadedFrom(rdb)
    expect(await loaded.cli('zscore', 'bull:q:delayed', 'repeat:every:9')).toBe('9')
    expect(await loaded.cli('exists', 'bull:q:repeat:every:9', 'bull:q:repeat:every')).toBe('2')
    expect(notes).toEqual([])
  })

  test('have jobs with ids of their own, and parents that were added, with the children that each waits for', async () => {
    const { rdb } = await scanAround([
      hashOf('401'),
      'zadd bull:q:waiting-children 9 401',
      hashOf(longId),
      `rpush bull:q:wait ${longId}`,
      'sadd bull:q:401:dependencies bull:c:2',
      'hset bull:q:401:processed bull:c:1 {}',
    ])
    await using loaded = await loadedFrom(rdb)
    expect(await loaded.cli('exists', `bull:q:${longId}`)).toBe('1')
    expect(await loaded.cli('exists', 'bull:q:401', 'bull:q:401:dependencies', 'bull:q:401:processed')).toBe('3')
  })

  test('are reported if a job is listed and has no data', async () => {
    const { notes } = await scanAround(['rpush bull:q:wait 999', 'rpush bull:q:wait 0:1700000000000'])
    expect(notes).toHaveLength(1)
    expect(notes[0]).toContain('bull:q:999')
  })

  test('of a part of the keys have no key that no pattern matches', async () => {
    const { rdb, notes } = await scanAround([hashOf('999'), 'rpush bull:q:wait 999'], {
      patterns: ['bull:q:[a-z]*', 'other:*'],
    })
    await using loaded = await loadedFrom(rdb)
    expect(await loaded.cli('exists', 'bull:q:999')).toBe('0')
    expect(notes).toEqual([])
  })

  const rules = ['~*', '+scan', '+dump', '+pexpiretime', '+function|dump', '+select', '+info', '+ping']
  for (const [what, more, notesOf] of [
    ['without a note by a user who has the rules of the documentation', ['+multi', '+exec'], 0],
    ['with a note if the user cannot use transactions', [], 1],
  ] as const) {
    test(`are read ${what}`, async () => {
      await redis.cli('acl', 'setuser', 'reader', 'on', '>secret', ...rules, ...more)
      const url = redis.urlOf({ name: 'reader', password: 'secret' })
      const { rdb, notes } = await scanAround([hashOf('401'), 'rpush bull:q:wait 401'], {}, url)
      await using loaded = await loadedFrom(rdb)
      expect(await loaded.cli('llen', 'bull:q:wait')).toBe('101')
      expect(await loaded.cli('exists', 'bull:q:401')).toBe('1')
      expect(notes).toHaveLength(notesOf)
    })
  }
})
