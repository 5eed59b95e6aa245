// A BullMQ queue with jobs in every state is backed up, flushed and restored; a real worker then does every job once.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let redis: TestRedis
let folder: string

beforeAll(async () => {
  folder = await temporaryFolder('redis-round-trip')
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  redis = await startRedis()
  await rm(join(folder, 'backups'), { recursive: true, force: true })
})

afterEach(async () => {
  await redis.stop()
})

const run = (...parameters: string[]) =>
  resguardo(parameters, { REDIS_URL: redis.url, BACKUP_DIR: join(folder, 'backups') })

async function succeed(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...parameters)
  expect(code, stderr).toBe(0)
  return stdout
}

const address = () => `127.0.0.1:${redis.port}`
const connection = () => ({ host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null })

/** Jobs that wait, are delayed, are worked at by a worker that then dies, have failed, and are done. */
async function makeQueue(): Promise<void> {
  const queue = new Queue('mail', { connection: connection() })
  const refuse = async ({ name }: { name: string }) =>
    name === 'bad' ? Promise.reject(new Error('no such address')) : name
  // The next look for stalled jobs is as far away as the last one was told, also after a restore.
  const refuses = new Worker('mail', refuse, { connection: connection(), stalledInterval: 500 })
  await queue.add('bad', { to: 'nobody' })
  await queue.add('done', { to: 'ana' })
  while ((await queue.getFailedCount()) + (await queue.getCompletedCount()) < 2) await sleep(20)
  await refuses.close()
  // Takes one job by hand, and never ends it: as a worker that is killed.
  const dies = new Worker('mail', undefined, { connection: connection(), lockDuration: 1000 })
  await queue.add('active', { to: 'eva' })
  expect((await dies.getNextJob('a-token'))?.name).toBe('active')
  await dies.close(true)
  for (let n = 0; n < 20; n += 1) await queue.add(`wait-${n}`, { n })
  await queue.add('urgent', {}, { priority: 1 })
  await queue.add('later', { to: 'luis' }, { delay: 4000 })
  await queue.close()
}

interface Work {
  readonly done: string[]
  close(): Promise<void>
}

function startWork(): Work {
  const done: string[] = []
  const worker = new Worker(
    'mail',
    async ({ name }) => {
      done.push(name)
    },
    { connection: connection(), stalledInterval: 500, lockDuration: 1000 },
  )
  return { done, close: () => worker.close() }
}

const expected = [...Array.from({ length: 20 }, (_, n) => `wait-${n}`), 'active', 'later', 'urgent'].sort()

describe('a queue of BullMQ', () => {
  test('comes back after a flush, paused, and every job is done once', async () => {
    await makeQueue()
    await redis.cli('SET', 'cache:a', 'x', 'EX', '1000')
    const made = await succeed('backup', '--kind', 'redis')
    expect(made).toMatch(/^QUEUE +WAIT +PRIORITIZED +DELAYED +ACTIVE +COMPLETED +FAILED .*\nbull:mail +20( +1){5}$/m)
    expect(await succeed('test-restore', '--kind', 'redis')).toMatch(/^Proven: /)
    await redis.cli('FLUSHALL')
    const work = startWork()
    const said = await succeed('restore', '--kind', 'redis', '--confirm', address())
    expect(said).toContain('restored paused')
    await sleep(1500)
    expect(work.done).toEqual([])
    const queue = new Queue('mail', { connection: connection() })
    expect(await queue.getJobCounts('failed', 'completed', 'delayed')).toMatchObject({ failed: 1, completed: 1 })
    await queue.resume()
    while (work.done.length < expected.length) await sleep(50)
    await sleep(1500)
    expect([...work.done].sort()).toEqual(expected)
    expect((await queue.getFailed()).map(({ name }) => name)).toEqual(['bad'])
    expect(await queue.getJobCounts('wait', 'active', 'delayed', 'prioritized')).toEqual({
      ...{ wait: 0, active: 0, delayed: 0, prioritized: 0 },
    })
    await work.close()
    await queue.close()
    expect(Number(await redis.cli('TTL', 'cache:a'))).toBeGreaterThan(900)
  }, 60_000)

  test('that has gone on in the meantime is replaced as a whole, and its newer jobs are in the safety backup', async () => {
    await makeQueue()
    await succeed('backup', '--kind', 'redis')
    const queue = new Queue('mail', { connection: connection() })
    const newer = await queue.add('newer', {})
    const plan = await succeed('restore', '--kind', 'redis', '--mode', 'replace', '--dry-run')
    expect(plan).toContain('to be replaced')
    expect(await queue.getJob(newer.id ?? '')).toBeDefined()
    const out = JSON.parse(
      await succeed('restore', '--kind', 'redis', '--mode', 'replace', '--confirm', address(), '--json'),
    )
    expect(await queue.getJob(newer.id ?? '')).toBeUndefined()
    const back = ['--backup', out.safetyBackup, '--mode', 'flush-first', '--confirm', address(), '--skip-safety-backup']
    await succeed('restore', '--kind', 'redis', ...back)
    expect((await queue.getJob(newer.id ?? ''))?.name).toBe('newer')
    await queue.close()
  }, 60_000)
})

test('without the address typed nothing happens', async () => {
  await redis.cli('SET', 'a', '1')
  await succeed('backup', '--kind', 'redis')
  await redis.cli('SET', 'a', '2')
  const { code, stderr } = await run('restore', '--kind', 'redis', '--mode', 'flush-first')
  expect(code).toBe(3)
  expect(stderr).toContain(`--confirm ${address()}`)
  expect(await redis.cli('GET', 'a')).toBe('2')
})

test('a backup lies in the store as a file that redis-server itself loads', async () => {
  await redis.cli('SET', 'a', '1')
  await succeed('backup', '--kind', 'redis')
  const target = join(folder, 'by-hand.rdb')
  await rm(target, { force: true })
  const said = await succeed('restore', '--kind', 'redis', '--to-file', target)
  expect(said).toContain('appendonly')
  expect((await readFile(target)).subarray(0, 9).toString()).toBe('REDIS0010')
})

describe('PostgreSQL and Redis in one run', () => {
  let server: TestPostgres

  beforeAll(async () => {
    server = await startPostgres()
  }, 60_000)

  afterAll(async () => {
    await server?.stop()
  })

  test('share a recovery point, are drilled by the night, and come back as one', async () => {
    const url = await server.createDatabase('shop')
    await makeSamplePlatform(url, { megabytes: 1, tenants: 3 })
    await redis.cli('SET', 'cart', 'before')
    const environment = { DATABASE_URL: url, REDIS_URL: redis.url, BACKUP_DIR: join(folder, 'backups') }
    const night = await resguardo(['nightly', '--kind', 'all', '--drill', '--json'], environment)
    expect(night.code, night.stderr).toBe(0)
    const { backup, drill, drillCompanions } = JSON.parse(night.stdout)
    expect(backup.companions.map((each: { manifest: { kind: string } }) => each.manifest.kind)).toEqual([
      'tenant',
      'redis',
    ])
    expect([drill, ...drillCompanions].map(({ verdict }) => verdict)).toEqual(['proven', 'proven', 'proven'])
    const ofRedis = backup.companions[1].manifest
    expect(ofRedis.recoveryPoint).toBe(backup.backup)
    expect(ofRedis.dump.skewSeconds).toBeGreaterThanOrEqual(0)
    await server.query('shop', 'DELETE FROM "AuditLog"')
    await redis.cli('SET', 'cart', 'after')
    await redis.cli('SET', 'other', 'after')
    const before = ['--before', 'echo stopped >&2', '--after', 'echo started >&2']
    const unconfirmed = await resguardo(
      ['restore', '--kind', 'all', '--confirm', 'shop', ...before, '--json'],
      environment,
    )
    expect(unconfirmed.code).toBe(3)
    expect(unconfirmed.stderr).toContain(`--confirm shop,127.0.0.1:${redis.port}`)
    expect(unconfirmed.stderr).not.toContain('stopped')
    const names = `shop,127.0.0.1:${redis.port}`
    const back = await resguardo(['restore', '--kind', 'all', '--confirm', names, ...before, '--json'], environment)
    expect(back.code, back.stderr).toBe(0)
    const [{ n }] = (await server.query<{ n: number }>('shop', 'SELECT count(*)::int AS n FROM "AuditLog"')) as [
      { n: number },
    ]
    expect(n).toBeGreaterThan(0)
    expect([await redis.cli('GET', 'cart'), await redis.cli('EXISTS', 'other')]).toEqual(['before', '0'])
    expect(JSON.parse(back.stdout)).toMatchObject({
      backup: backup.backup,
      redis: { backup: ofRedis.id, mode: 'flush-first' },
    })
  }, 120_000)
})
