// An interrupted restore of Redis reports how many keys were restored, and the next step.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { resguardo, runAsPrinted, startResguardo } from '../support/command-line.ts'
import { interrupted } from '../support/interrupted.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

describe('interrupted restore of Redis', () => {
  let redis: TestRedis
  let folder: string
  let environment: Record<string, string>
  const local = () => ['--backup-dir', join(folder, 'backups')]

  beforeEach(async () => {
    folder = await temporaryFolder('interrupted-redis-restore')
    redis = await startRedis()
    environment = { REDIS_URL: redis.url, TMPDIR: folder }
    await redis.cli('DEBUG', 'POPULATE', '100000', 'key', '100')
    expect((await resguardo(['backup', '--kind', 'redis', ...local()], environment)).code).toBe(0)
    await redis.cli('FLUSHALL')
    await redis.cli('SET', 'mine', '1')
  })

  afterEach(async () => {
    await redis?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const restoreRedis = (...words: string[]) =>
    startResguardo(
      ['restore', '--kind', 'redis', '--confirm', new URL(redis.url).host, ...words, ...local()],
      environment,
    )

  test('a signal before the restore of keys is reported as without changes', async () => {
    const stderr = await interrupted(restoreRedis(), 'Examining')
    expect(stderr).toContain('No key of')
    expect(await redis.cli('DBSIZE')).toBe('1')
  })

  test.each(['merge', 'replace', 'flush-first'])(
    'a signal during the restore of keys reports the number of restored keys and the next step (%s)',
    async (mode) => {
      const stderr = await interrupted(restoreRedis('--mode', mode), 'Restoring keys')
      const [, least, more = '0'] =
        /(\d+) of 100000 keys were restored into \S+(?: \((\d+) more keys?)?/.exec(stderr) ?? []
      const there = Number(await redis.cli('DBSIZE')) - (mode === 'flush-first' ? 0 : 1)
      expect(there).toBeGreaterThanOrEqual(Number(least))
      expect(there).toBeLessThanOrEqual(Number(least) + Number(more))
      expect(stderr).toContain('is incomplete. ')
      expect(stderr).toContain('run again')
      if (mode === 'merge') return
      const [command = ''] = /resguardo restore redis \S+ --mode flush-first[^`]*/.exec(stderr) ?? []
      expect((await runAsPrinted(command, environment)).code).toBe(0)
      expect([await redis.cli('DBSIZE'), await redis.cli('GET', 'mine')]).toEqual(['1', '1'])
    },
  )
})
