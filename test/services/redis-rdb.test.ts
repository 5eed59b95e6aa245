// RDBs written by a real redis-server, compared with its own replies; and RDBs made of its DUMPs, which it must load.
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import type { RedisFingerprint } from '../../src/domain/redis/redis-fingerprint.ts'
import { RdbPrint } from '../../src/engines/redis/rdb/fingerprint.ts'
import type { RdbKey } from '../../src/engines/redis/rdb/handler.ts'
import { RdbReader } from '../../src/engines/redis/rdb/reader.ts'
import { RdbWriter } from '../../src/engines/redis/rdb/writer.ts'
import { startRedis, type TestRedis, until } from '../support/redis.ts'

const run = promisify(execFile)

interface Read {
  readonly keys: ReadonlyMap<string, { readonly key: RdbKey; readonly elements: number }>
  readonly print: RedisFingerprint
  readonly checksum: string
  readonly auxiliary: ReadonlyMap<string, string>
}

async function readRdb(file: string, highWaterMark = 65536): Promise<Read> {
  const keys = new Map<string, { key: RdbKey; elements: number }>()
  const auxiliary = new Map<string, string>()
  const print = new RdbPrint()
  const lister = {
    auxiliary: (name: string, value: string) => auxiliary.set(name, value),
    keyEnd: (key: RdbKey, elements: number) => keys.set(`${key.database} ${key.key}`, { key, elements }),
  }
  const reader = new RdbReader([print, lister])
  for await (const chunk of createReadStream(file, { highWaterMark })) reader.write(chunk as Buffer)
  return { keys, auxiliary, checksum: reader.end().checksum, print: print.fingerprint() }
}

async function fillRedis(redis: TestRedis): Promise<void> {
  await redis.cli('debug', 'quicklist-packed-threshold', '10000b')
  await redis.cli('eval', fill, '0')
  await redis.cli('function', 'load', library)
}

async function save(redis: TestRedis): Promise<string> {
  await redis.cli('save')
  return join(redis.folder, 'dump.rdb')
}

/** Every type in each encoding that 7.0 writes. */
const fill = `
local function each(count, make) for at = 1, count do redis.call(unpack(make(at))) end end
redis.call('SET', 'string', 'hello') redis.call('SET', 'empty', '') redis.call('SET', 'long', string.rep('long text ', 5000))
redis.call('SET', 'tiny', 7) redis.call('SET', 'short', -300) redis.call('SET', 'integer', 123456789) redis.call('SET', 'big', '12345678901')
redis.call('SET', '12345', 'a name that is a number') redis.call('SET', string.rep('a name that can be compressed ', 20), 'v')
redis.call('SET', '\\255\\0\\1 binary', 'v') redis.call('SETBIT', 'bits', 100000, 1) redis.call('PFADD', 'log', 'a', 'b')
each(3, function(at) return {'RPUSH', 'list', 'entry '..at} end)
each(20000, function(at) return {'RPUSH', 'list of nodes', 'entry '..at} end)
redis.call('RPUSH', 'list with a plain node', 'a', string.rep(tostring(1234567), 2000), 'b')
each(3, function(at) return {'SADD', 'intset', at * 100000} end)
each(3, function(at) return {'SADD', 'set', 'member '..at} end)
each(20000, function(at) return {'SADD', 'set of many', 'member '..at} end)
each(3, function(at) return {'ZADD', 'zset', at / 3, 'member '..at} end)
each(20000, function(at) return {'ZADD', 'zset of many', at / 3, 'member '..at} end)
redis.call('ZADD', 'zset without end', '-inf', 'a', 'inf', 'b')
each(3, function(at) return {'HSET', 'hash', 'field '..at, at} end)
each(20000, function(at) return {'HSET', 'hash of many', 'field '..at, at} end)
each(1000, function(at) return {'XADD', 'stream', '*', 'field', at} end)
redis.call('XDEL', 'stream', redis.call('XRANGE', 'stream', '-', '+', 'COUNT', 1)[1][1])
redis.call('XGROUP', 'CREATE', 'stream', 'group', 0) redis.call('XGROUP', 'CREATE', 'stream', 'idle', '$')
redis.call('XREADGROUP', 'GROUP', 'group', 'one', 'COUNT', 10, 'STREAMS', 'stream', '>')
redis.call('XREADGROUP', 'GROUP', 'group', 'two', 'COUNT', 3, 'STREAMS', 'stream', '>')
redis.call('XGROUP', 'CREATE', 'stream of nothing', 'group', '$', 'MKSTREAM')
redis.call('PEXPIREAT', 'hash', 4102444800123) redis.call('PEXPIREAT', 'list', '9000000000000000000')
redis.call('SELECT', 9) redis.call('SET', 'elsewhere', 1) redis.call('PEXPIREAT', 'elsewhere', 4102444800000)
`
const library = "#!lua name=mylib\nredis.register_function('myfunction', function(keys, args) return 1 end)"
const sizes: Readonly<Record<string, string>> = {
  list: 'llen',
  set: 'scard',
  zset: 'zcard',
  hash: 'hlen',
  stream: 'xlen',
}

/** Compares with what the server says of each of its keys, one by one. */
async function expectAsServerSays(redis: TestRedis, read: Read): Promise<void> {
  let keys = 0
  for (const database of [0, 9]) {
    const client = new Redis(redis.url, { db: database })
    const names = await client.keysBuffer('*')
    keys += names.length
    expect(read.print.databases.find((each) => each.database === database)?.keys).toBe(await client.dbsize())
    for (const name of names) {
      const { key, elements } = read.keys.get(`${database} ${name}`) ?? {}
      const type = await client.type(name)
      const command = sizes[type]
      expect([name.toString(), key?.type, elements]).toEqual([
        name.toString(),
        type,
        command ? await client.call(command, name) : 1,
      ])
      const expireAt = Number(await client.pexpiretime(name))
      expect(key?.expireAt).toBe(expireAt < 0 ? undefined : expireAt)
      expect(key?.key.equals(name)).toBe(true)
    }
    await client.quit()
  }
  expect(read.keys.size).toBe(keys)
}

test.each([
  ['as it is', []],
  ['uncompressed', ['--rdbcompression', 'no']],
  ['with compressed nodes', ['--list-compress-depth', '1']],
])('every type in each encoding, %s, is read as the server has it', async (_, args) => {
  await using redis = await startRedis({ args })
  await fillRedis(redis)
  const file = await save(redis)
  const read = await readRdb(file)
  await expectAsServerSays(redis, read)
  expect([read.checksum, read.auxiliary.get('redis-ver'), read.print.functions]).toEqual([
    'agreed',
    '7.0.15',
    ['mylib'],
  ])
  const codes = new Set([...read.keys.values()].map(({ key }) => key.code))
  expect([...codes].sort((a, b) => a - b)).toEqual([0, 2, 4, 5, 11, 16, 17, 18, 19])
  expect((await readRdb(file, 997)).print).toEqual(read.print)
  await redis.cli('debug', 'reload')
  expect((await readRdb(await save(redis))).print).toEqual(read.print)
})

test('a hash in a listpack of more entries than its header can say is counted', async () => {
  await using redis = await startRedis({ args: ['--hash-max-listpack-entries', '40000'] })
  await redis.cli('eval', "for at = 1, 33000 do redis.call('HSET', 'hash', at, 'v') end", '0')
  expect(await redis.cli('object', 'encoding', 'hash')).toBe('listpack')
  for (const compression of ['yes', 'no']) {
    await redis.cli('config', 'set', 'rdbcompression', compression)
    expect((await readRdb(await save(redis))).keys.get('0 hash')?.elements).toBe(33000)
  }
})

test('without rdbchecksum the checksum is absent', async () => {
  await using redis = await startRedis({ args: ['--rdbchecksum', 'no'] })
  await redis.cli('set', 'k', 'v')
  expect((await readRdb(await save(redis))).checksum).toBe('absent')
})

test.each([
  ['allkeys-lru', { idleSeconds: expect.any(Number) }],
  ['allkeys-lfu', { frequency: expect.any(Number) }],
])('what the server knows for %s comes with the key', async (policy, expected) => {
  await using redis = await startRedis({ args: ['--maxmemory-policy', policy] })
  await redis.cli('set', 'k', 'v')
  const { keys } = await readRdb(await save(redis))
  expect(keys.get('0 k')?.key).toMatchObject(expected)
})

test("BullMQ's queues are found with their jobs, in each state", async () => {
  await using redis = await startRedis()
  const connection = { host: redis.host, port: redis.port }
  for (const prefix of ['bull', '{eu}:app']) {
    const queue = new Queue('mail', { connection, prefix })
    const finish = Promise.withResolvers<void>()
    for (const name of ['good', 'good', 'bad']) await queue.add(name, {})
    const worker = new Worker(
      'mail',
      async ({ name }) => {
        if (name === 'bad') throw new Error('on purpose')
        if (name === 'endless') await finish.promise
      },
      { connection, prefix },
    )
    await until(async () => (await queue.getCompletedCount()) === 2 && (await queue.getFailedCount()) === 1)
    await queue.add('endless', {})
    await until(async () => (await queue.getActiveCount()) === 1)
    await queue.pause()
    await queue.addBulk([1, 2, 3].map(() => ({ name: 'good', data: {} })))
    await queue.addBulk([1, 2].map(() => ({ name: 'good', data: {}, opts: { priority: 3 } })))
    await queue.add('good', {}, { delay: 3_600_000 })
    const { print } = await readRdb(await save(redis))
    const { print: resumed } = await queue.resume().then(async () => readRdb(await save(redis)))
    const found = print.queues.find((each) => each.prefix === prefix)
    const counts = await queue.getJobCounts()
    expect(found).toEqual({
      ...{ database: 0, prefix, name: 'mail', paused: true, version: expect.stringMatching(/^bullmq:\d/) },
      states: { wait: 3, prioritized: 2, delayed: 1, active: 1, completed: 2, failed: 1 },
    })
    expect(counts).toMatchObject({ prioritized: 2, delayed: 1, active: 1, completed: 2, failed: 1 })
    expect(resumed.queues.find((each) => each.prefix === prefix)?.paused).toBe(false)
    finish.resolve()
    await worker.close()
    await queue.close()
  }
})

test('an RDB made of DUMPs is one to redis-check-rdb, and a server that loads it has the same keys', async () => {
  await using redis = await startRedis()
  await fillRedis(redis)
  const { print } = await readRdb(await save(redis))
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-rdb-'))
  try {
    const file = join(folder, 'dump.rdb')
    await writeFile(file, await assemble(redis))
    expect((await run('redis-check-rdb', [file])).stdout).toMatch(/RDB looks OK/)
    expect((await readRdb(file)).print).toEqual(print)
    await using other = await startRedis({ folder })
    expect(await other.cli('dbsize')).toBe(await redis.cli('dbsize'))
    expect((await readRdb(await save(other))).print).toEqual(print)
    expect(await other.cli('function', 'list')).toContain('mylib')
  } finally {
    await rm(folder, { recursive: true })
  }
})

async function assemble(redis: TestRedis): Promise<Buffer> {
  const writer = new RdbWriter()
  const parts = [writer.header(10), writer.auxiliary('redis-ver', '7.0.15')]
  for (const database of [0, 9]) {
    const client = new Redis(redis.url, { db: database })
    if (database === 0) parts.push(writer.functions((await client.callBuffer('function', 'dump')) as Buffer))
    parts.push(writer.selectDatabase(database))
    for (const key of await client.keysBuffer('*')) {
      const expireAt = Number(await client.pexpiretime(key))
      const dump = (await client.dumpBuffer(key)) as Buffer
      parts.push(writer.key({ key, expireAt: expireAt < 0 ? undefined : expireAt, dump }))
    }
    await client.quit()
  }
  return Buffer.concat([...parts, writer.end()])
}
