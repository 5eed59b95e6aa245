// Faults of a Redis server during a backup: the command fails and leaves neither an incomplete backup nor files.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestRedis, until } from '../support/redis.ts'
import { type RedisWithStore, startRedisWithStore } from '../support/redis-with-store.ts'

let world: RedisWithStore
let redis: TestRedis

beforeEach(async () => {
  world = await startRedisWithStore()
  redis = world.redis
})

afterEach(() => world.stop())

describe('backup of Redis', () => {
  test('a wrong password makes the backup fail, is not printed, and leaves no file in the store', async () => {
    const url = redis.url.replace(/:[^:@]*@/, ':wr0ng-s3cret@')
    const { code, stdout, stderr } = await world.start(['backup', '--kind', 'redis'], { REDIS_URL: url }).finished
    expect(code).toBe(6)
    expect(stdout + stderr).toMatch(/password/)
    expect(stdout + stderr).not.toContain('wr0ng-s3cret')
    expect(await world.stored()).toEqual([])
  })

  test('a server that stops during the backup makes it fail without leaving files', async () => {
    const running = await world.startSlowBackup()
    redis.kill()
    const { code, stderr } = await running.finished
    expect(code, stderr).toBe(6)
    expect([await world.stored(), await world.left()]).toEqual([[], []])
  }, 30_000)

  test('an interrupted backup leaves no files', async () => {
    const running = await world.startSlowBackup()
    running.child.kill('SIGTERM')
    expect((await running.finished).code).toBe(130)
    expect([await world.stored(), await world.left()]).toEqual([[], []])
  }, 30_000)

  test('a killed backup leaves no backup and no temporary files', async () => {
    const running = await world.startSlowBackup()
    running.child.kill('SIGKILL')
    await running.finished
    expect((await world.stored()).filter((path) => path.endsWith('manifest.json'))).toEqual([])
    expect(await world.left()).toEqual([])
  }, 30_000)

  test('a backup succeeds while the server cannot save to its own disk, and a restore is refused', async () => {
    await redis.cli('SET', 'a', '1')
    await redis.cli('CONFIG', 'SET', 'rdb-key-save-delay', '0')
    await redis.cli('CONFIG', 'SET', 'save', '1 1')
    await rm(redis.folder, { recursive: true, force: true })
    await redis.cli('SET', 'b', '2')
    await until(async () => (await redis.cli('INFO', 'persistence')).includes('rdb_last_bgsave_status:err'))
    expect(await redis.cli('SET', 'c', '3').catch(String)).toContain('MISCONF')
    expect(await world.backUp()).toMatch(/-redis-/)
    // Such a server takes nothing back, and says so before anything is changed.
    const { code, stderr } = await world.restore('--mode', 'flush-first', '--skip-safety-backup', ...world.confirmed())
    expect(code).toBe(3)
    expect(stderr).toMatch(/MISCONF|cannot save/)
    expect(await redis.cli('MGET', 'a', 'b')).toBe('1\n2')
  }, 30_000)
})

describe('user with insufficient rights', () => {
  const withRules = async (...rules: string[]): Promise<string> => {
    await redis.cli('ACL', 'SETUSER', 'few', 'on', '>pw', ...rules)
    return `redis://few:pw@127.0.0.1:${redis.port}`
  }

  test.each([
    ['scan', ['~*', '+scan', '+dump', '+pexpiretime', '+ping']],
    ['replica', ['+psync', '+replconf', '+ping']],
  ])('a backup of a part of the data is refused if the user may not run INFO (%s)', async (method, rules) => {
    await redis.cli('SET', 'a', '1')
    await redis.cli('-n', '3', 'SET', 'b', '2')
    const url = await withRules(...rules)
    const { code, stderr } = await world.start(['backup', '--kind', 'redis', '--redis-method', method], {
      REDIS_URL: url,
    }).finished
    expect(code).toBe(3)
    expect(stderr).toContain('+info')
    expect(await world.stored()).toEqual([])
  })
})

describe('damaged backup of Redis', () => {
  const flipped = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)))

  test.each([
    ['a flipped byte', flipped],
    ['missing bytes at the end', (bytes: Buffer) => bytes.subarray(0, -3)],
  ])(
    'checksum, test-restore and restore refuse a backup with %s and change nothing',
    async (_, damage) => {
      await redis.cli('DEBUG', 'POPULATE', '1000')
      const id = await world.backUp()
      const path = (await world.stored()).find((file) => file.endsWith('dump.rdb.zst')) ?? ''
      await writeFile(path, damage(await readFile(path)))
      await redis.cli('SET', 'key:1', 'live')
      const before = await redis.cli('DEBUG', 'DIGEST')
      const tried = [
        ['checksum'],
        ['test-restore', '--kind', 'redis'],
        ['restore', '--kind', 'redis', '--mode', 'flush-first', '--skip-safety-backup', ...world.confirmed()],
      ]
      for (const words of tried) {
        const { code, stderr } = await world.run(...words, '--backup', id)
        expect(code, stderr).toBe(4)
        expect(stderr).toContain('dump.rdb.zst')
      }
      expect(await redis.cli('DEBUG', 'DIGEST')).toBe(before)
      expect(await world.left()).toEqual([])
    },
    60_000,
  )
})

test('secrets of Redis appear in no process argument, log or stored file', async () => {
  await world.fillSlowly(1000)
  const running = world.start(['backup', '--kind', 'redis', '--redis-method', 'replica'])
  await running.said('Reading Redis')
  const seen: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!/redis-server|redis-cli/.test(line)) seen.push(line)
  }
  const { code, stdout, stderr } = await running.finished
  expect(code).toBe(0)
  const texts = await Promise.all(
    (await world.stored()).filter((path) => !path.endsWith('.zst')).map((path) => readFile(path, 'utf8')),
  )
  for (const text of [...seen, stdout, stderr, ...texts]) expect(text).not.toMatch(/a:secret|a%3Asecret/)
}, 30_000)
