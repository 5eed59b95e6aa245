// Faults during a restore of Redis: the command detects them and states what changed and how to continue.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TestRedis } from '../support/redis.ts'
import { type RedisWithStore, startRedisWithStore } from '../support/redis-with-store.ts'

let world: RedisWithStore
let redis: TestRedis

beforeEach(async () => {
  world = await startRedisWithStore()
  redis = world.redis
})

afterEach(() => world.stop())

describe('restore of Redis', () => {
  test("a restore that exceeds the server's maxmemory is refused before any change", async () => {
    await redis.cli('DEBUG', 'POPULATE', '20000', 'key', '500')
    await world.backUp()
    await redis.cli('FLUSHALL')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '5mb')
    const { code, stderr } = await world.restore(...world.confirmed())
    expect(code).toBe(3)
    expect(stderr).toContain('maxmemory')
    expect(await redis.cli('DBSIZE')).toBe('0')
  }, 30_000)

  test('a restore whose server runs out of memory reports the number of restored keys and the next step', async () => {
    await redis.cli('DEBUG', 'POPULATE', '20000', 'key', '500')
    await world.backUp()
    await redis.cli('FLUSHALL')
    // Which keys are there already is not known beforehand, so that the room may be enough.
    await redis.cli('SET', 'live', '1')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '5mb')
    const { code, stderr } = await world.restore(...world.confirmed())
    expect(code).toBe(3)
    expect(stderr).toMatch(/\d+ of 20000 keys/)
    expect(stderr).toContain('To complete the restore, run again')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '0')
    expect((await world.restore('--mode', 'replace', ...world.confirmed())).code).toBe(0)
    expect(await redis.cli('DBSIZE')).toBe('20001')
  }, 30_000)

  test('a restore whose server evicts keys fails', async () => {
    await redis.cli('DEBUG', 'POPULATE', '2000', 'key', '5000')
    await world.backUp()
    await redis.cli('FLUSHALL')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '4mb')
    await redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random')
    const { code, stderr } = await world.restore(...world.confirmed())
    expect(code).toBe(3)
    expect(stderr).toContain('code: redis/keys-evicted')
  }, 30_000)

  test('a restore whose pattern matches no key fails', async () => {
    await redis.cli('SET', 'session:1', 'x')
    await world.backUp()
    for (const more of [['--dry-run'], world.confirmed()]) {
      const { code, stderr } = await world.restore('--redis-pattern', 'sesion:*', ...more)
      expect(code).toBe(2)
      expect(stderr).toContain('no key of the backup matches sesion:*')
    }
  })

  test('a restore without --kind redis fails with an error that names the kind of the backup', async () => {
    await redis.cli('SET', 'a', '1')
    const id = await world.backUp()
    for (const [words, failure] of [
      [[], 'input/invalid'],
      [[id], 'backup/wrong-kind'],
    ] as const) {
      const { code, stderr } = await world.run('restore', ...words, '--dry-run')
      expect(code).toBe(2)
      expect(stderr).toContain(`code: ${failure}`)
      expect(stderr).toContain('--kind redis')
    }
  })

  test('a restore to a file refuses --dry-run and writes no file', async () => {
    await world.backUp()
    const { code } = await world.restore('--to-file', join(world.folder, 'new.rdb'), '--dry-run')
    expect([code, await readdir(world.folder)]).toEqual([2, expect.not.arrayContaining(['new.rdb'])])
  })

  test('a restore keeps the maximum possible expiration time of a key', async () => {
    await redis.cli('SET', 'far', 'x')
    await redis.cli('PEXPIREAT', 'far', '9223372036854775807')
    await world.backUp()
    await redis.cli('FLUSHALL')
    const { code, stderr } = await world.restore(...world.confirmed())
    expect(code, stderr).toBe(0)
    expect(await redis.cli('GET', 'far')).toBe('x')
  })

  test('an interrupted restore reports its progress and where the earlier data is kept', async () => {
    await redis.cli('DEBUG', 'POPULATE', '200000', 'key', '1000')
    await world.backUp()
    await redis.cli('FLUSHALL')
    await redis.cli('SET', 'precious', '1')
    const running = world.start(['restore', '--kind', 'redis', '--mode', 'flush-first', ...world.confirmed()])
    await running.said('Restoring keys')
    running.child.kill('SIGINT')
    const { code, stderr } = await running.finished
    expect(code).toBe(130)
    expect(stderr).toMatch(/\d+ of 200000 keys were restored/)
    expect(stderr).toContain('The earlier data is in backup')
  }, 30_000)

  test('a restore keeps existing keys unless --mode replace is given', async () => {
    await redis.cli('MSET', 'a', 'old', 'b', 'old')
    await world.backUp()
    await redis.cli('MSET', 'a', 'new')
    await redis.cli('DEL', 'b')
    expect((await world.restore(...world.confirmed())).code).toBe(0)
    expect(await redis.cli('MGET', 'a', 'b')).toBe('new\nold')
    expect((await world.restore('--mode', 'replace', ...world.confirmed())).code).toBe(0)
    expect(await redis.cli('MGET', 'a', 'b')).toBe('old\nold')
  }, 30_000)

  test('a restore to a file next to an append-only file, which Redis would read instead, is refused', async () => {
    await world.backUp()
    await mkdir(join(world.folder, 'redis/appendonlydir'), { recursive: true })
    await writeFile(
      join(world.folder, 'redis/appendonlydir/appendonly.aof.manifest'),
      'file appendonly.aof.1.base.rdb seq 1 type b\n',
    )
    const { code, stderr } = await world.restore('--to-file', join(world.folder, 'redis/dump.rdb'))
    expect(code).toBe(3)
    expect(stderr).toMatch(/append-only|appendonly/)
    expect(await readdir(join(world.folder, 'redis'))).toEqual(['appendonlydir'])
  })
})
