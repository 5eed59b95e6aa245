// pg_dump archives read from a backup
// A forged archive makes pg_restore read files outside of the backup, or decompress data without a limit.
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { type Forgery, forgeIn } from '../support/forged-backup.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let url: string
let work: string
let store: string
let secret: string

beforeAll(async () => {
  server = await startPostgres()
  work = await temporaryFolder('archives-test')
  store = join(work, 'store')
  secret = join(work, 'secret.txt')
  await writeFile(secret, '777\tfor root only\n\\.\n', { mode: 0o600 })
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE TABLE product (id int PRIMARY KEY, name text); INSERT INTO product SELECT g, 'p' || g FROM generate_series(1, 50) g;
     SELECT lo_from_bytea(70001, 'a large object')`,
  )
  for (const format of ['directory', 'custom']) {
    const { code } = await resguardo(['backup', '--format', format, '--backup-dir', join(work, format)], {
      DATABASE_URL: url,
    })
    expect(code).toBe(0)
  }
})

afterAll(async () => {
  await server?.stop()
  await rm(work, { recursive: true, force: true })
})

afterEach(async () => {
  await rm(store, { recursive: true, force: true })
  await server.dropDatabase('forged')
})

async function copyOf(format: 'directory' | 'custom'): Promise<Forgery> {
  await cp(join(work, format), store, { recursive: true })
  return forgeIn(store)
}

/** What each way of restoring says of the backup; none of them may leave the secret in a database. */
async function refused(): Promise<{
  drill: number | null
  restore: [number | null, string | undefined]
  inPlace: number | null
}> {
  const run = async (...parameters: string[]) => {
    const { code, stdout } = await resguardo([...parameters, '--json', '--backup-dir', store], { DATABASE_URL: url })
    return { code, failure: (JSON.parse(stdout) as { error?: { code: string } }).error?.code }
  }
  const drill = await run('test-restore')
  const restore = await run('restore', '--strategy', 'new', '--target-database', 'forged')
  const inPlace = await run('restore', '--strategy', 'in-place', '--confirm', 'shop', '--skip-safety-backup')
  expect(await server.query('postgres', "SELECT FROM pg_database WHERE datname = 'forged'")).toEqual([])
  expect(await server.query('shop', 'SELECT count(*)::int AS n FROM product')).toEqual([{ n: 50 }])
  return { drill: drill.code, restore: [restore.code, restore.failure], inPlace: inPlace.code }
}

const allRefused = { drill: 4, restore: [4, expect.any(String)], inPlace: 4 }

/** A string of an archive: sign, length in four bytes, bytes. */
function archived(text: string): Buffer {
  const length = Buffer.alloc(5)
  length.writeUInt32LE(text.length, 1)
  return Buffer.concat([length, Buffer.from(text, 'latin1')])
}

function exchange(archive: Buffer, from: Buffer, to: Buffer): Buffer {
  const at = archive.indexOf(from)
  expect(at).toBeGreaterThan(0)
  return Buffer.concat([archive.subarray(0, at), to, archive.subarray(at + from.length)])
}

describe('directory format', () => {
  async function dataFile(forged: Forgery): Promise<string> {
    const toc = (await forged.content('database/toc.dat.zst')).toString('latin1')
    return /\0{4}(\d+\.dat)/.exec(toc)?.[1] ?? /(\d+\.dat)/.exec(toc)?.[1] ?? ''
  }

  test.each([
    ['a relative path that climbs out', () => `../../../../../../../..${secret}`],
    ['an absolute path', () => secret],
    ['a file of the folder that is no data', () => 'toc.dat'],
    ['a file that the backup does not hold', () => '999999.dat'],
    ['a name with a NUL in it', () => '1.dat\0/../../secret'],
  ])(
    'a toc.dat that names a data file outside of the backup is refused before pg_restore reads it: %s',
    async (_, name) => {
      const forged = await copyOf('directory')
      const file = await dataFile(forged)
      const toc = await forged.content('database/toc.dat.zst')
      await forged.replace('database/toc.dat.zst', exchange(toc, archived(file), archived(name())))
      expect(await refused()).toEqual(allRefused)
    },
  )

  test.each([
    ['a path that climbs out', () => `../../../../../../../..${secret}`],
    ['an absolute path', () => secret],
    ['the data of a table', () => 'toc.dat'],
  ])(
    'a blobs.toc that names another file as a large object is refused before pg_restore reads it: %s',
    async (_, name) => {
      const forged = await copyOf('directory')
      const { payloads } = await forged.manifest()
      const list = payloads.find(({ file }) => /blobs.*\.toc/.test(file))?.file ?? ''
      await forged.replace(list, Buffer.from(`70001 ${name()}\n`))
      expect(await refused()).toEqual(allRefused)
    },
  )

  test('a gzip data file is refused, because pg_restore would decompress it without a limit', async () => {
    const forged = await copyOf('directory')
    const file = await dataFile(forged)
    const { payloads } = await forged.manifest()
    const named = payloads.find((each) => each.file === `database/${file}.zst`)
    await forged.rename(named?.file ?? '', `database/${file}.gz.zst`)
    expect(await refused()).toEqual(allRefused)
  })

  test('a backup in which two payloads have the same file name is refused', async () => {
    const forged = await copyOf('directory')
    await forged.add('database/toc.dat', await forged.content('database/toc.dat.zst'))
    expect((await refused()).restore).toEqual([4, 'manifest/damaged'])
  })
})

test('a custom archive with compressed data blocks is refused before pg_restore reads it', async () => {
  const forged = await copyOf('custom')
  const archive = await forged.content('database.dump.zst')
  // Up to 1.14 an integer behind magic, version, two sizes and format; since then a byte.
  if ((archive[6] ?? 0) < 15) archive.writeUInt32LE(9, 12)
  else archive[11] = 1
  await forged.replace('database.dump.zst', archive)
  expect(await refused()).toEqual({ ...allRefused, restore: [4, 'archive/damaged'] })
})

test('a custom archive with compressed data blocks and the header of an older version is refused', async () => {
  const forged = await copyOf('custom')
  const archive = await forged.content('database.dump.zst')
  archive[6] = 12
  archive.writeUInt32LE(9, 12)
  await forged.replace('database.dump.zst', archive)
  expect(await refused()).toEqual({ ...allRefused, restore: [4, 'archive/damaged'] })
})
