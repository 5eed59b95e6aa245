// An RDB for a stopped server: the printed steps restore the keys, also if the append-only file is enabled.
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { asFailure, Failure } from '../../src/domain/failures/failure.ts'
import { renameToNew } from '../../src/engines/redis/file/appear.ts'
import { writeRedisFile } from '../../src/engines/redis/file/file.ts'
import type { RedisFileRequest } from '../../src/ports/redis.ts'
import { freePort } from '../support/free-port.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis, until } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { backUp, damaged, type RdbBackup } from '../support/redis-rdb-backup.ts'

let folder: string
let source: TestRedis
let backup: RdbBackup
let place: string
let count = 0

beforeAll(async () => {
  folder = await temporaryFolder('redis-file')
  source = await startRedis()
  await source.script(['SET a 1', 'RPUSH list 1 2 3', 'SET short x EX 10000'])
  backup = await backUp(source)
})

afterAll(async () => {
  await source.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  place = join(folder, `place-${count++}`)
  await mkdir(place)
})

const write = (path: string, more: Partial<RedisFileRequest> = {}) =>
  writeRedisFile({ ...backup, path, signal: new AbortController().signal, ...more })

const failureOf = (work: Promise<unknown>) => work.then(() => new Failure('internal/bug', 'it did not fail'), asFailure)

describe('the file', () => {
  test('is the RDB as it was backed up, and the steps say what to do with it', async () => {
    const path = join(place, 'dump.rdb')
    const { files, next } = await write(path)
    expect(files).toStrictEqual([path])
    expect(await readFile(path)).toStrictEqual(await readFile(join(source.folder, 'dump.rdb')))
    expect(await readdir(place)).toStrictEqual(['dump.rdb'])
    const text = next.join('\n')
    expect(text).toContain('must be Redis 7.0 or newer')
    expect(text).toContain('3 keys were backed up, some of which may have expired')
    expect(text.indexOf('--appendonly no')).toBeLessThan(text.indexOf('CONFIG SET appendonly yes'))
  })

  test('is not there if the backup is damaged, and never takes the place of another', async () => {
    const path = join(place, 'dump.rdb')
    const cut = await damaged(backup, (bytes) => bytes.subarray(0, bytes.length - 3), join(source.folder, 'dump.rdb'))
    expect(await failureOf(write(path, cut))).toMatchObject({ code: 'redis/rdb-damaged' })
    expect(await readdir(place)).toStrictEqual([])
    await writeFile(path, 'mine')
    expect(await failureOf(write(path))).toMatchObject({ code: 'file/exists' })
    expect(await readFile(path, 'utf8')).toBe('mine')
    expect(await failureOf(write(join(place, 'no', 'dump.rdb')))).toMatchObject({ code: 'file/not-found' })
  })

  test('does not replace a file that another process creates meanwhile', async () => {
    const path = join(place, 'dump.rdb')
    const payloads = backup.payloads.map((each) => ({
      ...each,
      open: async (...options: Parameters<typeof each.open>) => {
        await writeFile(path, 'mine')
        return each.open(...options)
      },
    }))
    expect(await failureOf(write(path, { payloads }))).toMatchObject({ code: 'file/exists' })
    expect(await readFile(path, 'utf8')).toBe('mine')
    expect(await readdir(place)).toStrictEqual(['dump.rdb'])
  })

  test('does not replace a file on a file system without hard links either', async () => {
    const [path, temporary] = [join(place, 'dump.rdb'), join(place, 'temporary')]
    await writeFile(temporary, 'new')
    await writeFile(path, 'mine')
    expect(await failureOf(renameToNew(temporary, path))).toMatchObject({ code: 'file/exists' })
    expect(await readFile(path, 'utf8')).toBe('mine')
    await rm(path)
    expect(await failureOf(renameToNew(join(place, 'missing'), path))).toMatchObject({ code: 'internal/bug' })
    await renameToNew(temporary, path)
    expect(await readFile(path, 'utf8')).toBe('new')
    expect(await readdir(place)).toStrictEqual(['dump.rdb'])
  })

  test('is the only thing that a run leaves, and what a killed one left is removed', async () => {
    const left = join(place, 'resguardo-redis-killed')
    await mkdir(left)
    await writeFile(join(left, 'dump.rdb'), 'part')
    await writeFile(join(left, 'pid'), `${2 ** 22 + 1}\n`)
    const old = new Date(Date.now() - 2 * 86_400_000)
    await utimes(left, old, old)
    await write(join(place, 'dump.rdb'))
    expect(await readdir(place)).toStrictEqual(['dump.rdb'])
  })

  test('is refused beside an append-only file, which Redis would read instead', async () => {
    await mkdir(join(place, 'appendonlydir'))
    await writeFile(join(place, 'appendonlydir', 'appendonly.aof.manifest'), '')
    expect(await failureOf(write(join(place, 'dump.rdb')))).toMatchObject({
      code: 'redis/append-only-file',
      hint: expect.stringContaining('mv '),
    })
    await rm(join(place, 'appendonlydir'), { recursive: true })
    await mkdir(join(place, 'appendonlydir')) // an empty one is none
    await writeFile(join(place, 'appendonly.aof'), '')
    expect(await failureOf(write(join(place, 'dump.rdb')))).toMatchObject({ code: 'redis/append-only-file' })
    await rm(join(place, 'appendonly.aof'))
    await write(join(place, 'dump.rdb'))
  })

  test('is refused while the server runs, unless its folder is another', async () => {
    await using server = await startRedis({ folder: place, password: 'secret' })
    const path = join(place, 'new.rdb')
    expect(await failureOf(write(path, { address: { url: server.url } }))).toMatchObject({
      code: 'redis/server-running',
      hint: expect.stringContaining('Stop the server first'),
    })
    const wrong = `redis://:wrong@127.0.0.1:${server.port}`
    expect(await failureOf(write(path, { address: { url: wrong } }))).toMatchObject({ code: 'redis/server-running' })
    await write(join(folder, 'elsewhere.rdb'), { address: { url: server.url } })
    await write(path, { address: { url: `redis://127.0.0.1:${await freePort()}` } })
  })

  test('of a cluster is a folder with a file for each master', async () => {
    await using cluster = await startRedisCluster(3)
    for (let n = 0; n < 20; n += 1) await cluster.cli('SET', `key:${n}`, 'x')
    const whole = await backUp(...cluster.masters)
    const { files, next } = await write(join(place, 'cluster'), whole)
    expect(await readdir(join(place, 'cluster'))).toStrictEqual(['shard-0.rdb', 'shard-1.rdb', 'shard-2.rdb'])
    expect(files).toHaveLength(3)
    expect(next.join('\n')).toContain(`${files[1]} to the master of the slots`)
  })
})

/** Starts a server with this redis.conf, as an init script does. */
async function start(conf: string, ...more: readonly string[]): Promise<void> {
  await promisify(execFile)('redis-server', [conf, ...more, '--daemonize', 'yes'])
}

test('where the append-only file is on, the RDB alone is ignored, and the steps bring the keys back for good', async () => {
  const port = await freePort()
  const conf = join(place, 'redis.conf')
  await writeFile(
    conf,
    `port ${port}\nbind 127.0.0.1\ndir ${place}\nappendonly yes\nlogfile ${place}/log\npidfile ${place}/pid\n`,
  )
  const cli = async (...args: string[]) =>
    (await promisify(execFile)('redis-cli', ['-p', String(port), ...args])).stdout.trim()
  const up = () => until(async () => (await cli('PING').catch(() => '')) === 'PONG')
  const down = async (how: string) => {
    await cli('SHUTDOWN', how).catch(() => {})
    await until(async () => (await cli('PING').catch(() => 'gone')) !== 'PONG')
  }
  const new_ = join(place, 'of-backup')
  await mkdir(new_)
  try {
    await start(conf)
    await up()
    await cli('SET', 'later', '1')
    await down('SAVE')
    const { files } = await write(join(new_, 'dump.rdb'))
    const put = async () => {
      await copyFile(files[0] ?? '', join(place, 'dump.rdb'))
      await chmod(join(place, 'dump.rdb'), 0o640)
    }
    // What people do, and what comes of it (redis#1566): the RDB is in its place, and nobody reads it.
    await put()
    await start(conf)
    await up()
    expect(await cli('KEYS', '*')).toBe('later')
    await down('NOSAVE')
    // The steps: aside with the old, the new in its place, started without append-only file.
    await rename(join(place, 'appendonlydir'), join(place, 'appendonlydir.old'))
    await put()
    await start(conf, '--appendonly', 'no')
    await up()
    expect(await cli('DBSIZE')).toBe('3')
    await cli('CONFIG', 'SET', 'appendonly', 'yes')
    await until(async () =>
      /aof_rewrite_in_progress:0[\s\S]*aof_last_bgrewrite_status:ok/.test(await cli('INFO', 'persistence')),
    )
    await cli('CONFIG', 'REWRITE')
    await down('NOSAVE')
    await start(conf)
    await up()
    expect((await cli('KEYS', '*')).split('\n').sort()).toStrictEqual(['a', 'list', 'short'])
    expect(await cli('CONFIG', 'GET', 'appendonly')).toContain('yes')
  } finally {
    await down('NOSAVE')
  }
})
