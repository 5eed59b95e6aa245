// A signal while a server accepts connections but does not respond: the command ends promptly in every phase.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Running, resguardo, startResguardo } from '../support/command-line.ts'
import { type CutProxy, cutProxy } from '../support/cut-proxy.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import type { S3Server } from '../support/s3-server.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'

let server: TestPostgres
let s3: S3Server
let bucket: string
let database: CutProxy
let store: CutProxy
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  s3 = await sharedS3Server()
  await server.createDatabase('shop')
  // Random text, so that a dump has enough bytes to be hit in the middle of them.
  await server.query(
    'shop',
    `CREATE TABLE big (id int PRIMARY KEY, b text);
     INSERT INTO big SELECT g, (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 40) i) FROM generate_series(1, 40000) g`,
  )
})

afterAll(async () => {
  await server?.stop()
  await s3?.stop()
})

beforeEach(async () => {
  folder = await temporaryFolder('interrupted-test')
  bucket = await s3.makeBucket()
  database = await cutProxy(`http://127.0.0.1:${server.port}`)
  store = await cutProxy(s3.endpoint)
})

afterEach(async () => {
  await database.close()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const stillness = { after: 0, mode: 'freeze' } as const

const environment = (): Record<string, string> => ({
  DATABASE_URL: server.url('shop').replace(`:${server.port}/`, `:${database.port}/`),
  AWS_ACCESS_KEY_ID: s3.accessKey,
  AWS_SECRET_ACCESS_KEY: s3.secretKey,
  AWS_REGION: s3.region,
  AWS_ENDPOINT_URL_S3: store.endpoint,
})

const start = (...words: string[]): Running => startResguardo(words, { ...environment(), TMPDIR: folder })
const local = () => ['--backup-dir', join(folder, 'backups')]
const remote = () => ['--store', `s3://${bucket}`]

/** Seconds from the signal to the end of the process. */
async function secondsToEnd(
  { child, finished }: Running,
  signal: NodeJS.Signals,
): Promise<{ seconds: number; stderr: string }> {
  const began = performance.now()
  child.kill(signal)
  const { code, stderr } = await finished
  expect(code).toBe(130)
  return { seconds: (performance.now() - began) / 1000, stderr }
}

/** Two seconds are promised; a busy machine gets twice that. Without an end to waiting it would be five seconds or more. */
const enough = 4

describe('signal while PostgreSQL does not respond', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('a backup ends promptly while it connects (%s)', async (signal) => {
    database.set(stillness)
    const running = start('backup', ...local())
    await expect.poll(() => database.seen.connections, { timeout: 10_000 }).toBeGreaterThan(0)
    expect((await secondsToEnd(running, signal)).seconds).toBeLessThan(enough)
  })

  test.each([20_000, 40_000])('a backup ends promptly during its queries, after %i bytes', async (after) => {
    database.set({ after, mode: 'freeze' })
    const running = start('backup', ...local())
    await expect.poll(() => database.seen.faults, { timeout: 10_000 }).toBeGreaterThan(0)
    expect((await secondsToEnd(running, 'SIGINT')).seconds).toBeLessThan(enough)
  })

  test.each(['custom', 'directory', 'plain'])('a backup in %s format ends promptly during the dump', async (format) => {
    database.set({ after: 5_000_000, mode: 'freeze' })
    const running = start('backup', '--format', format, ...local())
    await expect.poll(() => database.seen.faults, { timeout: 20_000 }).toBeGreaterThan(0)
    expect((await secondsToEnd(running, 'SIGINT')).seconds).toBeLessThan(enough)
  })

  describe('restore', () => {
    const restoring = (...words: string[]) => {
      const DATABASE_URL = environment().DATABASE_URL?.replace('/shop', '/small') ?? ''
      return startResguardo(['restore', '--confirm', 'small', ...words, ...local()], { ...environment(), DATABASE_URL })
    }
    beforeEach(async () => {
      await server.createDatabase('small')
      await server.query('small', 'CREATE TABLE sale AS SELECT n AS id FROM generate_series(1, 200000) n')
      expect(
        (await resguardo(['backup', ...local()], { ...environment(), DATABASE_URL: server.url('small') })).code,
      ).toBe(0)
    })
    afterEach(async () => {
      for (const { name } of await databases()) await server.dropDatabase(name)
    })
    const databases = () =>
      server.query<{ name: string }>(
        'postgres',
        "SELECT datname AS name FROM pg_database WHERE datname LIKE 'small%' ORDER BY 1",
      )

    test.each(['Creating', 'Loading', 'Comparing', 'Gathering', 'Exchanging'])(
      'a swap restore ends promptly and names databases that it could not drop (%s)',
      async (phase) => {
        const running = restoring()
        await running.said(phase)
        database.set(stillness)
        await expect.poll(() => database.seen.faults, { timeout: 10_000 }).toBeGreaterThan(0)
        const { seconds, stderr } = await secondsToEnd(running, 'SIGINT')
        expect(seconds).toBeLessThan(enough)
        for (const { name } of (await databases()).slice(1))
          expect(stderr).toContain(`DROP DATABASE "${name}" WITH (FORCE)`)
      },
    )

    test('an in-place restore ends promptly', async () => {
      const running = restoring('--strategy', 'in-place', '--skip-safety-backup')
      await running.said('Replacing')
      database.set(stillness)
      await expect.poll(() => database.seen.faults, { timeout: 10_000 }).toBeGreaterThan(0)
      expect((await secondsToEnd(running, 'SIGINT')).seconds).toBeLessThan(enough)
    })
  })
})

describe('signal while S3 does not respond', () => {
  test.each(['list', 'backup', 'prune'])('%s ends promptly during its first request', async (command) => {
    store.set(stillness)
    const running = start(command, ...remote())
    await expect.poll(() => store.seen.faults, { timeout: 10_000 }).toBeGreaterThan(0)
    expect((await secondsToEnd(running, 'SIGTERM')).seconds).toBeLessThan(enough)
  })

  test('a backup ends promptly during an upload', async () => {
    store.set({ after: 12_000_000, mode: 'freeze' })
    const running = start('backup', ...remote(), '--compression-level', '1')
    await expect.poll(() => store.seen.faults, { timeout: 20_000 }).toBeGreaterThan(0)
    expect((await secondsToEnd(running, 'SIGINT')).seconds).toBeLessThan(enough)
  })

  test.each(['checksum', 'test-restore'])('%s ends promptly during a download', async (command) => {
    expect((await resguardo(['backup', ...remote()], environment())).code).toBe(0)
    store.set({ after: 3_000_000, mode: 'freeze' })
    const running = start(command, ...remote())
    await expect.poll(() => store.seen.faults, { timeout: 20_000 }).toBeGreaterThan(0)
    expect((await secondsToEnd(running, 'SIGINT')).seconds).toBeLessThan(enough)
  })
})
