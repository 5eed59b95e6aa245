// What a restore is made of: commands as bytes, values of any size, queues by their keys.
import { readdir, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { QueueFingerprint } from '../../../src/domain/redis/redis-fingerprint.ts'
import { encodeCommand } from '../../../src/engines/redis/connection/resp.ts'
import { isOfQueue, numberOfJob } from '../../../src/engines/redis/queues/queue-keys.ts'
import { Crc64 } from '../../../src/engines/redis/rdb/crc64.ts'
import { Batch, Buffers } from '../../../src/engines/redis/restore/batch.ts'
import { placeInQueue } from '../../../src/engines/redis/restore/queue-places.ts'
import { type Queue, Selection } from '../../../src/engines/redis/restore/selection.ts'
import { ValueGatherer } from '../../../src/engines/redis/restore/value.ts'
import type { RedisRestoreRequest } from '../../../src/ports/redis.ts'
import { temporaryFolder } from '../../support/real-world.ts'

let folder: string

beforeAll(async () => {
  folder = await temporaryFolder('restore-parts')
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

test('numbers and strings are written as Redis reads them, and the key of each command is found again', () => {
  const batch = new Batch(new Buffers())
  const numbers = [0, 9, 10, 4_000_000_000_001, Number.MAX_SAFE_INTEGER]
  for (const number of numbers) {
    batch.raw(Buffer.from('*3\r\n$3\r\nSET\r\n'))
    batch.bulk(Buffer.from(`key\r\n${number}`))
    batch.number(number)
  }
  expect(Buffer.concat([...batch.pieces()])).toStrictEqual(
    Buffer.concat(numbers.map((number) => encodeCommand('SET', `key\r\n${number}`, number))),
  )
  for (const at of [0, 1, 2, 3, 4, 4, 1, 3, 0])
    expect(Buffer.from(batch.nameAt(at)).toString()).toBe(`key\r\n${numbers[at]}`)
  expect(batch.nameAt(5)).toHaveLength(0)
  expect(Buffer.from(batch.nameAt(2)).toString()).toBe('key\r\n10')
})

test.each([0, 100, 300_000, (8 << 20) + 1, 17 << 20])(
  'a value of %i bytes comes out as it went in, with its footer',
  async (size) => {
    const value = Buffer.alloc(size, 'some bytes ')
    const values = new ValueGatherer(folder)
    values.begin(0)
    values.add(Buffer.from('left from before'))
    values.begin(14)
    for (let at = 0; at < size; at += 100_000) values.add(value.subarray(at, at + 100_000))
    values.end(10)
    const body = Buffer.concat([Buffer.of(14), value, Buffer.of(10, 0)])
    const crc = new Crc64()
    crc.update(body)
    expect(values.length).toBe(size + 11)
    expect(Buffer.concat([...values.take()]).equals(Buffer.concat([body, crc.digest()]))).toBe(true)
    values.close()
    expect(await readdir(folder)).toStrictEqual([])
  },
)

function selectionOf(queues: readonly Partial<QueueFingerprint>[], more: Partial<RedisRestoreRequest> = {}): Selection {
  const prints = queues.map((queue) => ({
    database: 0,
    prefix: 'bull',
    name: 'mail',
    paused: false,
    states: {},
    ...queue,
  }))
  return new Selection({
    manifest: { fingerprint: { queues: prints } },
    patterns: [],
    ...more,
  } as unknown as RedisRestoreRequest)
}

test('a key belongs to the queue whose name is the longest that fits', () => {
  const selection = selectionOf([{}, { prefix: 'bull:mail', name: 'x' }, { name: 'é' }, { database: 2 }])
  const queueOf = (key: string, database = 0) => {
    const queue = selection.queueOf({ database, key: Buffer.from(key) })
    return queue && `${queue.database} ${queue.key}`
  }
  expect(queueOf('bull:mail:1')).toBe('0 bull:mail')
  expect(queueOf('bull:mail:1:logs')).toBe('0 bull:mail')
  expect(queueOf('bull:mail:x:1')).toBe('0 bull:mail:x')
  expect(queueOf('bull:é:wait')).toBe('0 bull:é')
  expect(queueOf('bull:mail', 0)).toBe(undefined)
  expect(queueOf('bull:mailbox:1')).toBe(undefined)
  expect(queueOf('bull:mail:1', 2)).toBe('2 bull:mail')
  expect(queueOf('bull:mail:1', 1)).toBe(undefined)
})

test('parts that producers add to get a temporary name, jobs replace nothing, and the marker is omitted', () => {
  const [queue] = selectionOf([{}]).queues as [Queue]
  const place = (part: string, isHash = false) => {
    const found = placeInQueue(Buffer.from(`bull:mail:${part}`), queue, isHash)
    return found && [String(found.name), found.replace, found.pause]
  }
  expect(place('marker')).toBe(undefined)
  for (const part of ['wait', 'paused', 'delayed', 'prioritized', 'waiting-children', 'repeat'])
    expect(place(part)).toStrictEqual([`bull:mail:${part}-of-backup`, true, false])
  expect(place('meta', true)).toStrictEqual(['bull:mail:meta', true, true])
  expect(place('7', true)).toStrictEqual(['bull:mail:7', false, false])
  expect(place('7:logs')).toStrictEqual(['bull:mail:7:logs', true, false])
  queue.inOneSlot = false
  expect(place('wait')).toStrictEqual(['bull:mail:wait', true, false])
})

test.each([
  ['wait', true],
  ['delayed-of-backup', true],
  ['repeat:tick:1700000000000', true],
  ['de:one', true],
  ['metrics:completed:data', true],
  ['42:lock', true],
  ['order-7:dependencies', true],
  ['42', false],
  ['settings', false],
  ['42:profile', false],
])('%s: its name identifies a BullMQ key: %s', (part, expected) => {
  expect(isOfQueue(part)).toBe(expected)
})

test.each([
  ['42', 42],
  ['42:logs', 42],
  ['42a', undefined],
  ['order-42', undefined],
])('%s belongs to the job with the number %s', (part, number) => {
  expect(numberOfJob(part)).toBe(number)
})
