// A restore of Redis that is aborted midway reports its progress, and a second run completes it.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { openRedisTarget } from '../../src/engines/redis/restore/open-redis-target.ts'
import type { RedisRestoreRequest } from '../../src/ports/redis.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis, until } from '../support/redis.ts'
import { backUp, damaged, failureOf, type RdbBackup, requestOf } from '../support/redis-rdb-backup.ts'
import { fillWithKeys } from '../support/redis-samples.ts'

let folder: string
let source: TestRedis
let target: TestRedis
let backup: RdbBackup
const keys = 60_000

beforeAll(async () => {
  folder = await temporaryFolder('redis-restore-faults')
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

/** Runs something once while keys come in. */
function midway(work: () => void, share = 1 / 3): Partial<RedisRestoreRequest> {
  let done = false
  return {
    progress: ({ what, bytes, of = 0 }) => {
      if (done || what !== 'restoring' || bytes < of * share) return
      done = true
      work()
    },
  }
}

const digest = (redis: TestRedis) => redis.cli('DEBUG', 'DIGEST')

describe('in the middle', () => {
  test('memory that is full: so many keys are in, and running again completes it', async () => {
    await target.cli('CONFIG', 'SET', 'maxmemory', '9mb')
    const failure = await failureOf(restore())
    expect(failure.code).toBe('redis/out-of-memory')
    const [, there] = /; (\d+) of 60000 keys were restored into 127\.0\.0\.1:\d+$/.exec(failure.message) ?? []
    expect(there).toBe(await target.cli('DBSIZE'))
    expect(Number(there)).toBeGreaterThan(100)
    expect(failure.hint).toContain('run again')
    await target.cli('CONFIG', 'SET', 'maxmemory', '0')
    expect(await restore()).toMatchObject({ databases: [{ kept: Number(there), added: keys - Number(there) }] })
    expect(await digest(target)).toBe(await digest(source))
  })

  test('the server becomes a replica', async () => {
    const failure = await failureOf(
      restore({ mode: 'flush-first', ...midway(() => void target.cli('REPLICAOF', '127.0.0.1', '1')) }),
    )
    expect(failure).toMatchObject({
      code: 'redis/replica-read-only',
      message: expect.stringMatching(/READONLY.*; \d+ of 60000 keys were restored/),
    })
    expect(failure.hint).toContain('--mode replace')
  })

  test('the server is killed', async () => {
    const failure = await failureOf(restore(midway(() => target.kill())))
    expect(failure).toMatchObject({
      code: 'redis/connection-lost',
      message: expect.stringMatching(/; at least \d+ of 60000 keys were restored into .*\d+ more keys? may have been/),
    })
  })

  test('the connection is cut, and running again with replace completes it', async () => {
    await target.cli('SET', 'key:1', 'old')
    const failure = await failureOf(
      restore({ mode: 'replace', ...midway(() => void target.cli('CLIENT', 'KILL', 'TYPE', 'normal')) }),
    )
    expect(failure).toMatchObject({
      code: 'redis/connection-lost',
      message: expect.stringMatching(/; at least \d+ of 60000 keys were restored into .*\d+ more keys? may have been/),
    })
    const [, least, more] = /at least (\d+) of 60000 .*\((\d+) more keys/.exec(failure.message) ?? []
    const there = Number(await target.cli('DBSIZE'))
    expect(there).toBeGreaterThanOrEqual(Number(least))
    expect(there).toBeLessThanOrEqual(Number(least) + Number(more))
    expect(await restore({ mode: 'replace' })).toMatchObject({ databases: [{ kept: 0 }] })
    expect(await digest(target)).toBe(await digest(source))
  })

  test('an interrupt ends it at once, even while the server does not answer', async () => {
    const control = new AbortController()
    let at = 0
    const failure = await failureOf(
      restore({
        signal: control.signal,
        ...midway(() => {
          target.kill('SIGSTOP')
          setTimeout(() => {
            at = performance.now()
            control.abort(new Failure('interrupted', 'interrupted by SIGINT'))
          }, 500)
        }),
      }),
    )
    expect(performance.now() - at).toBeLessThan(4000)
    expect(failure).toMatchObject({
      code: 'interrupted',
      message: expect.stringMatching(/SIGINT; at least \d+ of 60000 keys were restored/),
    })
    await until(async () => (await readdir(folder)).length === 0)
  })

  test.each(['replace', 'flush-first'] as const)(
    'an interrupt of %s says exactly how many keys are in',
    async (mode) => {
      for (const at of [0.2, 0.5, 0.8]) {
        await target.script(['FLUSHALL', 'SET key:1 old', 'SET key:2 old'])
        const control = new AbortController()
        const interrupt = () => control.abort(new Failure('interrupted', 'interrupted by SIGINT'))
        const failure = await failureOf(restore({ mode, signal: control.signal, ...midway(interrupt, at) }))
        const [, there] =
          /SIGINT; (\d+) of 60000 keys were restored into 127\.0\.0\.1:\d+[^()]*$/.exec(failure.message) ?? []
        expect(there, failure.message).toBe(
          await target.cli(
            'EVAL',
            "local n = 0 for _, k in ipairs(redis.call('KEYS', 'key:*')) do if redis.call('GET', k) ~= 'old' then n = n + 1 end end return n",
            '0',
          ),
        )
      }
    },
  )

  test('a value that the server does not understand: which key it is, and how far it got', async () => {
    await using stranger = await startRedis()
    await stranger.cli('SET', 'good', '1')
    await stranger.cli('CONFIG', 'SET', 'rdbcompression', 'no')
    const fields = Array.from({ length: 100 }, (_, at) => [`field ${at}`, 'value'])
    await stranger.cli('HSET', 'odd name', ...fields.flat())
    await stranger.cli('HSET', 'smaller', 'a', 'b') // this hash is tried first, before anything is changed
    const strange = await backUp(stranger)
    // The length of the field, in a list that is packed: nobody who does not look into it sees that it is wrong.
    const bytes = await damaged(
      strange,
      (whole) => {
        const copy = Buffer.from(whole)
        copy[copy.indexOf('field') - 1] = 0x8f
        return copy.fill(0, copy.length - 8) // no checksum
      },
      join(stranger.folder, 'dump.rdb'),
    )
    await target.cli('CONFIG', 'SET', 'sanitize-dump-payload', 'yes')
    const failure = await failureOf(restore({}, bytes))
    expect(failure).toMatchObject({
      code: 'redis/value-refused',
      message: expect.stringMatching(
        /cannot read the value of the key "odd name": .*Bad data format; \d of 3 keys were restored/,
      ),
    })
  })
})
