// Verification before use
// An attacker changes stored bytes, and a program processes them before the change is detected.
import { existsSync } from 'node:fs'
import { chmod, cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chunkBytes } from '../../src/domain/backups/chunks.ts'
import { resguardo } from '../support/command-line.ts'
import { type Forgery, forgeIn } from '../support/forged-backup.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let url: string
let work: string
let store: string
let trap: string
let stored: Buffer
let forged: Forgery
const script = 'database.sql.zst'

/** A statement that leaves a trace as soon as the server sees it, whatever becomes of its transaction. */
const traced = () => `COPY (SELECT 1) TO PROGRAM 'touch ${trap}';\n`

beforeAll(async () => {
  server = await startPostgres()
  work = await temporaryFolder('verified-test')
  await chmod(work, 0o777)
  store = join(work, 'store')
  trap = join(work, 'trap')
  url = await server.createDatabase('shop')
  // More than a chunk once it is compressed: four bits of each character are random.
  await server.query(
    'shop',
    `CREATE TABLE product (id int PRIMARY KEY, name text);
     INSERT INTO product SELECT g, (SELECT string_agg(md5(random()::text || g || x), '') FROM generate_series(1, 10) x) FROM generate_series(1, 130000) g`,
  )
  const made = await resguardo(['backup', '--format', 'plain', '--backup-dir', join(work, 'honest')], {
    DATABASE_URL: url,
  })
  expect(made.code).toBe(0)
  stored = await readFile(join((await forgeIn(join(work, 'honest'))).folder, script))
  expect(stored.length).toBeGreaterThan(chunkBytes)
})

afterAll(async () => {
  await server?.stop()
  await rm(work, { recursive: true, force: true })
})

beforeEach(async () => {
  await cp(join(work, 'honest'), store, { recursive: true })
  forged = await forgeIn(store)
})

afterEach(async () => {
  for (const path of [store, trap, join(work, 'other')]) await rm(path, { recursive: true, force: true })
  await server.dropDatabase('forged')
})

async function run(...parameters: string[]): Promise<{ code: number | null; failure: string | undefined }> {
  const { code, stdout } = await resguardo([...parameters, '--json'], { DATABASE_URL: url })
  return { code, failure: (JSON.parse(stdout) as { error?: { code: string } }).error?.code }
}

const restore = () => run('restore', '--backup-dir', store, '--strategy', 'new', '--target-database', 'forged')
const damaged = { code: 4, failure: 'store/object-damaged' }

test('control: the injected statement of these tests leaves a file when a server executes it', async () => {
  await server.query('postgres', traced())
  expect(existsSync(trap)).toBe(true)
})

describe('changed payload with an unchanged manifest', () => {
  test('a statement inserted at the start of a plain backup is not sent to the server', async () => {
    const honest = await forged.content(script)
    await forged.overwrite(script, zstdCompressSync(Buffer.concat([Buffer.from(traced()), honest])))
    expect(await restore()).toEqual(damaged)
    expect(existsSync(trap)).toBe(false)
  })

  test('a statement inserted in a later chunk is not sent to the server after the chunks before it', async () => {
    const content = await forged.content(script)
    const half = content.lastIndexOf('\n', content.length - 100_000) + 1
    const stored = zstdCompressSync(content)
    await forged.replace(script, content, {}, stored)
    expect(await restore()).toEqual({ code: 0, failure: undefined })
    await server.dropDatabase('forged')
    const statement = Buffer.from(`\\.\n${traced()}COPY product FROM stdin;\n`)
    const end = content.subarray(half, content.length - statement.length)
    const evil = zstdCompressSync(Buffer.concat([content.subarray(0, half), statement, end]))
    expect(evil.subarray(0, chunkBytes).equals(stored.subarray(0, chunkBytes))).toBe(true)
    await forged.overwrite(script, evil)
    expect(await restore()).toEqual(damaged)
    expect(existsSync(trap)).toBe(false)
  })

  const changes: [string, (bytes: Buffer) => Buffer][] = [
    ['cut off', (bytes) => bytes.subarray(0, chunkBytes)],
    ['with bytes appended', (bytes) => Buffer.concat([bytes, zstdCompressSync(Buffer.from(traced()))])],
    ['with two chunks swapped', (bytes) => Buffer.concat([bytes.subarray(chunkBytes), bytes.subarray(0, chunkBytes)])],
    [
      'with one bit flipped in the second chunk',
      (bytes) => {
        const flipped = Buffer.from(bytes)
        flipped[chunkBytes + 1000] = (flipped[chunkBytes + 1000] as number) ^ 1
        return flipped
      },
    ],
  ]

  test.each(changes)('a changed payload is not restored and does not pass a drill: %s', async (_, change) => {
    await forged.overwrite(script, change(stored))
    expect(await restore()).toEqual(damaged)
    expect(await server.query('postgres', "SELECT FROM pg_database WHERE datname = 'forged'")).toEqual([])
    expect((await run('test-restore', '--backup-dir', store)).code).toBe(4)
    expect(existsSync(trap)).toBe(false)
  })

  test.each(changes)('a changed payload is not copied to another store: %s', async (_, change) => {
    await forged.overwrite(script, change(stored))
    const other = join(work, 'other')
    expect((await run('upload', '--from', `file:${store}`, '--to', `file:${other}`)).code).toBe(4)
    const list = await resguardo(['list', '--backup-dir', other, '--json'])
    expect(JSON.parse(list.stdout)).toMatchObject({ backups: [] })
  })
})
