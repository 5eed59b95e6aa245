// Decompression of payloads
// A small stored file decompresses to more bytes than its manifest states and fills the disk or the memory.
import { existsSync } from 'node:fs'
import { cp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { type Forgery, forgeIn } from '../support/forged-backup.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

const bomb = Buffer.alloc(400 << 20)
/** Far below the bomb, far above a backup of these tests. */
const much = 64 << 20

let server: TestPostgres
let redis: TestRedis
let work: string
let store: string
let environment: Record<string, string>

beforeAll(async () => {
  server = await startPostgres()
  redis = await startRedis()
  await redis.script(['SET a 1'])
  work = await temporaryFolder('bombs-test')
  store = join(work, 'store')
  environment = { DATABASE_URL: await server.createDatabase('shop'), REDIS_URL: redis.url }
  await server.query(
    'shop',
    "CREATE TABLE product (id int PRIMARY KEY, name text); INSERT INTO product VALUES (1, 'a')",
  )
  for (const what of ['custom', 'plain', 'directory']) {
    const made = await resguardo(['backup', '--format', what, '--backup-dir', join(work, what)], environment)
    expect(made.code).toBe(0)
  }
  const made = await resguardo(
    ['backup', '--kind', 'redis', '--name', 'shop', '--backup-dir', join(work, 'redis')],
    environment,
  )
  expect(made.stderr).toBe(made.code === 0 ? made.stderr : '')
})

afterAll(async () => {
  await server?.stop()
  await redis?.stop()
  await rm(work, { recursive: true, force: true })
})

afterEach(async () => {
  await rm(store, { recursive: true, force: true })
  await rm(join(work, 'temporary'), { recursive: true, force: true })
})

async function copyOf(what: string): Promise<Forgery> {
  await cp(join(work, what), store, { recursive: true })
  return forgeIn(store)
}

async function bytesBelow(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Exit code, failure, and the most bytes that lay in a folder meanwhile. */
async function run(folder: string, ...parameters: string[]) {
  let most = 0
  const look = setInterval(() => void bytesBelow(folder).then((bytes) => (most = Math.max(most, bytes))), 20)
  const { code, stdout } = await resguardo([...parameters, '--json', '--backup-dir', store], environment)
  clearInterval(look)
  return { code, failure: (JSON.parse(stdout) as { error?: { code: string } }).error?.code, most }
}

const main: Record<string, string> = {
  custom: 'database.dump.zst',
  plain: 'database.sql.zst',
  directory: 'database/toc.dat.zst',
}

describe.each(Object.keys(main))('%s', (format) => {
  const file = main[format] as string

  test('a dump larger than its manifest states is refused and does not fill the disk', async () => {
    const forged = await copyOf(format)
    const content = await forged.content(file)
    await forged.replace(file, Buffer.concat([content, bomb]), { contentBytes: content.length })
    const temporary = await temporaryFolder('bombs-temporary')
    const restored = await run(
      temporary,
      ...['restore', '--strategy', 'new', '--target-database', 'forged', '--temporary', temporary],
    )
    expect(restored).toMatchObject({ code: 4, failure: 'backup/content-mismatch' })
    expect(restored.most).toBeLessThan(much)
    expect((await run(temporary, 'test-restore', '--temporary', '/tmp')).code).toBe(4)
    await rm(temporary, { recursive: true, force: true })
  })

  test('a dump smaller than its manifest states is refused', async () => {
    const forged = await copyOf(format)
    const content = await forged.content(file)
    await forged.replace(file, content, { contentBytes: content.length + 1 })
    const restored = await run(work, 'restore', '--strategy', 'new', '--target-database', 'forged')
    expect(restored).toMatchObject({ code: 4, failure: 'backup/content-mismatch' })
    expect(await server.query('postgres', "SELECT FROM pg_database WHERE datname = 'forged'")).toEqual([])
  })
})

test.each([
  ['by another program', []],
  ['by another program behind an empty zstd frame', [zstdCompressSync('')]],
])('a dump compressed with gzip instead of zstd is refused: %s', async (_, before) => {
  const forged = await copyOf('custom')
  const content = await forged.content('database.dump.zst')
  await forged.replace('database.dump.zst', content, {}, Buffer.concat([...before, gzipSync(content)]))
  const restored = await run(work, 'restore', '--strategy', 'new', '--target-database', 'forged')
  expect(restored).toMatchObject({ code: 4, failure: 'backup/content-mismatch' })
  expect(await server.query('postgres', "SELECT FROM pg_database WHERE datname = 'forged'")).toEqual([])
})

test('an RDB file larger than its manifest states is refused and does not fill the disk', async () => {
  const forged = await copyOf('redis')
  const content = await forged.content('dump.rdb.zst')
  await forged.replace('dump.rdb.zst', Buffer.concat([content, bomb]), { contentBytes: content.length })
  const folder = await temporaryFolder('bombs-rdb')
  const { code, failure, most } = await run(folder, 'restore', '--kind', 'redis', '--to-file', join(folder, 'dump.rdb'))
  expect([code, failure]).toEqual([4, 'backup/content-mismatch'])
  expect(existsSync(join(folder, 'dump.rdb'))).toBe(false)
  expect(most).toBeLessThan(much)
  expect((await run(folder, 'test-restore', '--kind', 'redis')).code).toBe(4)
  await rm(folder, { recursive: true, force: true })
})
