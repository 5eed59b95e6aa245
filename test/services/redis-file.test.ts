// An RDB for a server that is stopped: the steps that are told bring the keys back, also where Redis would ignore the RDB.
import { copyFile, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, startRedisCluster, type TestRedis } from '../support/redis.ts'

let folder: string
let data: string

beforeEach(async () => {
  folder = await temporaryFolder('redis-file')
  data = join(folder, 'data')
  await mkdir(data)
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const run = (url: string, ...parameters: string[]) =>
  resguardo(parameters, { ...(url && { REDIS_URL: url }), BACKUP_DIR: join(folder, 'backups') })

async function backUp(url: string): Promise<void> {
  const { code, stderr } = await run(url, 'backup', '--kind', 'redis')
  expect(code, stderr).toBe(0)
}

async function until(redis: TestRedis, sign: string): Promise<void> {
  while (!(await redis.cli('INFO', 'persistence')).includes(sign)) await sleep(20)
}

test('with an append-only file the RDB is ignored, unless the steps are followed', async () => {
  const on = ['--appendonly', 'yes']
  let redis = await startRedis({ folder: data, args: on })
  await redis.cli('SET', 'a', 'backed up')
  await backUp(redis.url)
  await redis.cli('SET', 'a', 'later')
  await redis.stop()
  const file = join(folder, 'rescued.rdb')
  const { code, stdout, stderr } = await run('', 'restore', '--kind', 'redis', '--to-file', file)
  expect(code, stderr).toBe(0)
  for (const word of ['appendonlydir', '--appendonly no', 'CONFIG SET appendonly yes']) expect(stdout).toContain(word)

  await copyFile(file, join(data, 'dump.rdb'))
  redis = await startRedis({ folder: data, args: on })
  expect(await redis.cli('GET', 'a')).toBe('later')
  await redis.stop()

  await rename(join(data, 'appendonlydir'), join(folder, 'aside'))
  redis = await startRedis({ folder: data, args: ['--appendonly', 'no'] })
  expect(await redis.cli('GET', 'a')).toBe('backed up')
  await redis.cli('CONFIG', 'SET', 'appendonly', 'yes')
  await until(redis, 'aof_rewrite_in_progress:0')
  await until(redis, 'aof_last_bgrewrite_status:ok')
  await redis.cli('SET', 'b', 'new')
  await redis.stop()
  redis = await startRedis({ folder: data, args: on })
  expect(await redis.cli('MGET', 'a', 'b')).toBe('backed up\nnew')
  await redis.stop()
}, 30_000)

test('a server that runs in that folder would overwrite it: refused', async () => {
  await using redis = await startRedis({ folder: data })
  await backUp(redis.url)
  const { code, stderr } = await run(redis.url, 'restore', '--kind', 'redis', '--to-file', join(data, 'dump.rdb'))
  expect(code).toBe(3)
  expect(stderr).toContain('when it stops or saves it overwrites')
  expect(await readdir(data)).not.toContain('dump.rdb')
  const elsewhere = await run(redis.url, 'restore', '--kind', 'redis', '--to-file', join(folder, 'dump.rdb'))
  expect(elsewhere.code, elsewhere.stderr).toBe(0)
})

test('a file, a link or a folder that is there is never overwritten, and no folder is made', async () => {
  await using redis = await startRedis()
  await backUp(redis.url)
  await writeFile(join(folder, 'mine'), 'mine')
  await symlink(join(folder, 'nowhere'), join(folder, 'link'))
  for (const [path, words] of [
    [join(folder, 'mine'), 'exists already'],
    [join(folder, 'link'), 'exists already'],
    [data, 'exists already'],
    [join(folder, 'no/such/folder.rdb'), 'there is no folder'],
  ] as const) {
    const { code, stderr } = await run('', 'restore', '--kind', 'redis', '--to-file', path)
    expect(code, path).toBe(2)
    expect(stderr).toContain(words)
  }
  expect(await readFile(join(folder, 'mine'), 'utf8')).toBe('mine')
})

test('of a cluster each master has a file, in a new folder', async () => {
  await using cluster = await startRedisCluster(3)
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await cluster.cli('SET', key, key)
  await backUp(cluster.url)
  const target = join(folder, 'rescued')
  const { code, stdout, stderr } = await run('', 'restore', '--kind', 'redis', '--to-file', target)
  expect(code, stderr).toBe(0)
  expect(await readdir(target)).toEqual(['shard-0.rdb', 'shard-1.rdb', 'shard-2.rdb'])
  expect(stdout).toMatch(/shard-1\.rdb to the master of the slots \d+-\d+/)
}, 60_000)
