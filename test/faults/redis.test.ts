// Faults of a Redis server: the built command line detects them, completes nothing by halves, and leaves nothing
// behind.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Finished, startResguardo } from '../support/command-line.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let redis: TestRedis
let folder: string

beforeEach(async () => {
  redis = await startRedis({ password: 'a:secret@/%' })
  folder = await temporaryFolder('redis-faults')
  await mkdir(join(folder, 'temporary'))
})

afterEach(async () => {
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
})

const start = (parameters: string[], more: Record<string, string> = {}) =>
  startResguardo(parameters, {
    ...{ REDIS_URL: redis.url, BACKUP_DIR: join(folder, 'backups'), TMPDIR: join(folder, 'temporary') },
    ...more,
  })

const run = (...parameters: string[]): Promise<Finished> => start(parameters).finished

async function stored(): Promise<string[]> {
  const found = await readdir(join(folder, 'backups'), { recursive: true, withFileTypes: true }).catch(() => [])
  return found.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

const left = () => readdir(join(folder, 'temporary'))

/** A transfer of five seconds unless there are fewer keys, since the server waits a millisecond at each. */
async function fillSlowly(keys = 5000): Promise<void> {
  await redis.cli('DEBUG', 'POPULATE', String(keys), 'key', '2000')
  await redis.cli('CONFIG', 'SET', 'rdb-key-save-delay', '1000')
}

async function backUp(): Promise<string> {
  const { code, stdout, stderr } = await run('backup', '--kind', 'redis', '--json')
  expect(code, stderr).toBe(0)
  return (JSON.parse(stdout) as { backup: string }).backup
}

const confirmed = () => ['--confirm', `127.0.0.1:${redis.port}`]

describe('a backup of Redis', () => {
  test('with a wrong password fails, and shows neither it nor anything in the store', async () => {
    const url = redis.url.replace(/:[^:@]*@/, ':wr0ng-s3cret@')
    const { code, stdout, stderr } = await start(['backup', '--kind', 'redis'], { REDIS_URL: url }).finished
    expect(code).toBe(6)
    expect(stdout + stderr).toMatch(/password/)
    expect(stdout + stderr).not.toContain('wr0ng-s3cret')
    expect(await stored()).toEqual([])
  })

  test('whose server goes away midway fails, and leaves nothing', async () => {
    await fillSlowly()
    const running = start(['backup', '--kind', 'redis'])
    await running.said('Reading Redis')
    await sleep(500)
    redis.kill()
    const { code, stderr } = await running.finished
    expect(code, stderr).toBe(6)
    expect([await stored(), await left()]).toEqual([[], []])
  }, 30_000)

  test('that is interrupted leaves nothing', async () => {
    await fillSlowly()
    const running = start(['backup', '--kind', 'redis'])
    await running.said('Reading Redis')
    await sleep(500)
    running.child.kill('SIGTERM')
    expect((await running.finished).code).toBe(130)
    expect([await stored(), await left()]).toEqual([[], []])
  }, 30_000)

  test('that is killed leaves no backup, and no temporary file', async () => {
    await fillSlowly()
    const running = start(['backup', '--kind', 'redis'])
    await running.said('Reading Redis')
    await sleep(500)
    running.child.kill('SIGKILL')
    await running.finished
    expect((await stored()).filter((path) => path.endsWith('manifest.json'))).toEqual([])
    expect(await left()).toEqual([])
  }, 30_000)

  test('is made also while the server cannot save to its own disk; a restore is refused then', async () => {
    await redis.cli('SET', 'a', '1')
    await redis.cli('CONFIG', 'SET', 'rdb-key-save-delay', '0')
    await redis.cli('CONFIG', 'SET', 'save', '1 1')
    await rm(redis.folder, { recursive: true, force: true })
    await redis.cli('SET', 'b', '2')
    for (
      let tries = 0;
      tries < 100 && !(await redis.cli('INFO', 'persistence')).includes('rdb_last_bgsave_status:err');
      tries += 1
    )
      await sleep(100)
    expect(await redis.cli('SET', 'c', '3').catch(String)).toContain('MISCONF')
    expect(await backUp()).toMatch(/-redis-/)
    // Such a server takes nothing back, and says so before anything is changed.
    const { code, stderr } = await run(
      'restore',
      '--kind',
      'redis',
      '--mode',
      'flush-first',
      '--skip-safety-backup',
      ...confirmed(),
    )
    expect(code).toBe(3)
    expect(stderr).toMatch(/MISCONF|cannot save/)
    expect(await redis.cli('MGET', 'a', 'b')).toBe('1\n2')
  }, 30_000)
})

describe('a user with too few rights', () => {
  const withRules = async (...rules: string[]): Promise<string> => {
    await redis.cli('ACL', 'SETUSER', 'few', 'on', '>pw', ...rules)
    return `redis://few:pw@127.0.0.1:${redis.port}`
  }

  test.each([
    ['scan', ['~*', '+scan', '+dump', '+pexpiretime', '+ping']],
    ['replica', ['+psync', '+replconf', '+ping']],
  ])('who may not ask what there is gets no part for the whole, by %s', async (method, rules) => {
    await redis.cli('SET', 'a', '1')
    await redis.cli('-n', '3', 'SET', 'b', '2')
    const url = await withRules(...rules)
    const { code, stderr } = await start(['backup', '--kind', 'redis', '--redis-method', method], { REDIS_URL: url })
      .finished
    expect(code).toBe(3)
    expect(stderr).toContain('+info')
    expect(await stored()).toEqual([])
  })
})

describe('a damaged backup of Redis', () => {
  test.each([
    [
      'a flipped byte',
      (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte))),
    ],
    ['its end missing', (bytes: Buffer) => bytes.subarray(0, -3)],
  ])(
    'with %s is refused by checksum, test-restore and restore, and nothing changes',
    async (_, damage) => {
      await redis.cli('DEBUG', 'POPULATE', '1000')
      const id = await backUp()
      const path = (await stored()).find((file) => file.endsWith('dump.rdb.zst')) ?? ''
      await writeFile(path, damage(await readFile(path)))
      await redis.cli('SET', 'key:1', 'live')
      const before = await redis.cli('DEBUG', 'DIGEST')
      const tried = [
        ['checksum'],
        ['test-restore', '--kind', 'redis'],
        ['restore', '--kind', 'redis', '--mode', 'flush-first', '--skip-safety-backup', ...confirmed()],
      ]
      for (const words of tried) {
        const { code, stderr } = await run(...words, '--backup', id)
        expect(code, stderr).toBe(4)
        expect(stderr).toContain('dump.rdb.zst')
      }
      expect(await redis.cli('DEBUG', 'DIGEST')).toBe(before)
      expect(await left()).toEqual([])
    },
    60_000,
  )
})

describe('a restore of Redis', () => {
  test('into a server without room is refused before anything changes', async () => {
    await redis.cli('DEBUG', 'POPULATE', '20000', 'key', '500')
    await backUp()
    await redis.cli('FLUSHALL')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '5mb')
    const { code, stderr } = await run('restore', '--kind', 'redis', ...confirmed())
    expect(code).toBe(3)
    expect(stderr).toContain('maxmemory')
    expect(await redis.cli('DBSIZE')).toBe('0')
  }, 30_000)

  test('whose server runs out of memory says how many keys are in, and how to go on', async () => {
    await redis.cli('DEBUG', 'POPULATE', '20000', 'key', '500')
    await backUp()
    await redis.cli('FLUSHALL')
    // Which keys are there already is not known beforehand, so that the room may be enough.
    await redis.cli('SET', 'live', '1')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '5mb')
    const { code, stderr } = await run('restore', '--kind', 'redis', ...confirmed())
    expect(code).toBe(3)
    expect(stderr).toMatch(/\d+ of 20000 keys/)
    expect(stderr).toContain('To complete the restore, run again')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '0')
    expect((await run('restore', '--kind', 'redis', '--mode', 'replace', ...confirmed())).code).toBe(0)
    expect(await redis.cli('DBSIZE')).toBe('20001')
  }, 30_000)

  test('whose server removes keys as others come in is no success', async () => {
    await redis.cli('DEBUG', 'POPULATE', '2000', 'key', '5000')
    await backUp()
    await redis.cli('FLUSHALL')
    await redis.cli('CONFIG', 'SET', 'maxmemory', '4mb')
    await redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random')
    const { code, stderr } = await run('restore', '--kind', 'redis', ...confirmed())
    expect(code).toBe(3)
    expect(stderr).toContain('code: redis/keys-evicted')
  }, 30_000)

  test('whose pattern matches nothing is no success', async () => {
    await redis.cli('SET', 'session:1', 'x')
    await backUp()
    for (const more of [['--dry-run'], confirmed()]) {
      const { code, stderr } = await run('restore', '--kind', 'redis', '--redis-pattern', 'sesion:*', ...more)
      expect(code).toBe(2)
      expect(stderr).toContain('no key of the backup matches sesion:*')
    }
  })

  test('whose kind was forgotten is told which', async () => {
    await redis.cli('SET', 'a', '1')
    const id = await backUp()
    for (const [words, failure] of [
      [[], 'input/invalid'],
      [[id], 'backup/wrong-kind'],
    ] as const) {
      const { code, stderr } = await run('restore', ...words, '--dry-run')
      expect(code).toBe(2)
      expect(stderr).toContain(`code: ${failure}`)
      expect(stderr).toContain('--kind redis')
    }
  })

  test('to a file takes no dry run, and writes nothing then', async () => {
    await backUp()
    const { code } = await run('restore', '--kind', 'redis', '--to-file', join(folder, 'new.rdb'), '--dry-run')
    expect([code, await readdir(folder)]).toEqual([2, expect.not.arrayContaining(['new.rdb'])])
  })

  test('brings back a key whose time is as far away as can be', async () => {
    await redis.cli('SET', 'far', 'x')
    await redis.cli('PEXPIREAT', 'far', '9223372036854775807')
    await backUp()
    await redis.cli('FLUSHALL')
    const { code, stderr } = await run('restore', '--kind', 'redis', ...confirmed())
    expect(code, stderr).toBe(0)
    expect(await redis.cli('GET', 'far')).toBe('x')
  })

  test('that is interrupted says how far it got, and where what was there before is', async () => {
    await redis.cli('DEBUG', 'POPULATE', '200000', 'key', '1000')
    await backUp()
    await redis.cli('FLUSHALL')
    await redis.cli('SET', 'precious', '1')
    const running = start(['restore', '--kind', 'redis', '--mode', 'flush-first', ...confirmed()])
    await running.said('Restoring keys')
    running.child.kill('SIGINT')
    const { code, stderr } = await running.finished
    expect(code).toBe(130)
    expect(stderr).toMatch(/\d+ of 200000 keys were restored/)
    expect(stderr).toContain('The earlier data is in backup')
  }, 30_000)

  test('leaves keys that exist as they are, unless told otherwise', async () => {
    await redis.cli('MSET', 'a', 'old', 'b', 'old')
    await backUp()
    await redis.cli('MSET', 'a', 'new')
    await redis.cli('DEL', 'b')
    expect((await run('restore', '--kind', 'redis', ...confirmed())).code).toBe(0)
    expect(await redis.cli('MGET', 'a', 'b')).toBe('new\nold')
    expect((await run('restore', '--kind', 'redis', '--mode', 'replace', ...confirmed())).code).toBe(0)
    expect(await redis.cli('MGET', 'a', 'b')).toBe('old\nold')
  }, 30_000)

  test('to a file beside an append-only file is refused with the reason: Redis would ignore it', async () => {
    await backUp()
    await mkdir(join(folder, 'redis/appendonlydir'), { recursive: true })
    await writeFile(
      join(folder, 'redis/appendonlydir/appendonly.aof.manifest'),
      'file appendonly.aof.1.base.rdb seq 1 type b\n',
    )
    const { code, stderr } = await run('restore', '--kind', 'redis', '--to-file', join(folder, 'redis/dump.rdb'))
    expect(code).toBe(3)
    expect(stderr).toMatch(/append-only|appendonly/)
    expect(await readdir(join(folder, 'redis'))).toEqual(['appendonlydir'])
  })
})

test('no secret of Redis is in arguments, logs or what is stored', async () => {
  await fillSlowly(1000)
  const running = start(['backup', '--kind', 'redis', '--redis-method', 'replica'])
  await running.said('Reading Redis')
  const seen: string[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!/redis-server|redis-cli/.test(line)) seen.push(line)
  }
  const { code, stdout, stderr } = await running.finished
  expect(code).toBe(0)
  const texts = await Promise.all(
    (await stored()).filter((path) => !path.endsWith('.zst')).map((path) => readFile(path, 'utf8')),
  )
  for (const text of [...seen, stdout, stderr, ...texts]) expect(text).not.toMatch(/a:secret|a%3Asecret/)
}, 30_000)
