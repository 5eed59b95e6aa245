// Parsers of stored files
// A manifest, ZIP archive, record of runs or RDB file contains false lengths, counts or names.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseBackupId } from '../../src/domain/backups/backup.ts'
import { largestManifest, parseManifest } from '../../src/domain/manifest/manifest-json.ts'
import { openRecord } from '../../src/engines/postgres/record/open-record.ts'
import { openTenantZip } from '../../src/engines/postgres/tenants/zip-reading/open-tenant-zip.ts'
import { ZipContents } from '../../src/engines/postgres/tenants/zip-reading/zip-contents.ts'
import { RdbPrint } from '../../src/engines/redis/rdb/fingerprint.ts'
import { RdbReader } from '../../src/engines/redis/rdb/reader.ts'
import { readManifest } from '../../src/operations/catalogue/read-manifest.ts'
import { type ForgedEntry, forgedZip } from '../support/forged-zip.ts'
import { memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { sampleManifest } from '../support/sample-backups.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resguardo-documents-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const memory = () => process.memoryUsage().rss
const much = 200 << 20

describe('manifest', () => {
  const { name, id } = sampleManifest()
  const entry = { name, id: parseBackupId(id) as NonNullable<ReturnType<typeof parseBackupId>> }

  test('a manifest of unlimited length is refused, and reading stops at the maximum manifest size', async () => {
    let given = 0
    const endless = function* () {
      for (const chunk = Buffer.alloc(1 << 20, '{"a":'); ; given += chunk.length) yield chunk
    }
    const store = { ...memoryStore(), readUnverified: async () => Readable.from(endless(), { objectMode: false }) }
    await expect(readManifest(store, entry)).rejects.toMatchObject({ code: 'manifest/damaged' })
    expect(given).toBeLessThan(largestManifest + (8 << 20))
  })

  test.each([
    ['lists', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
    ['objects', `${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}`],
  ])('a manifest with a million levels of nesting is refused without a stack overflow: %s', (_, deep) => {
    expect(() => parseManifest(`{"format":"resguardo/1","deep":${deep}}`)).toThrow(
      expect.objectContaining({ code: 'manifest/damaged' }),
    )
  })

  test.each([
    '../../etc/passwd',
    '/etc/passwd',
    'a/../b',
    'a//b',
    './a',
    'a\\b',
    'manifest.json',
    'drills/x',
    'pins/x',
    'a\0b',
    '',
  ])("a payload name that leaves the backup's folder or is reserved for another file is refused: %j", (file) => {
    const manifest = sampleManifest()
    const payloads = manifest.payloads.map((payload) => ({ ...payload, file }))
    expect(() => parseManifest(JSON.stringify({ ...manifest, payloads }))).toThrow(
      expect.objectContaining({ code: 'manifest/damaged', message: expect.stringContaining('payloads[0].file') }),
    )
  })

  test('a manifest with a prototype key does not change the prototype of JavaScript objects', () => {
    const text = JSON.stringify(sampleManifest()).replace('{', '{"__proto__":{"suspect":"polluted"},')
    expect(() => parseManifest(text)).toThrow()
    expect(({} as { suspect?: string }).suspect).toBeUndefined()
  })
})

async function zipFile(entries: readonly ForgedEntry[]): Promise<string> {
  const path = join(folder, `${Math.random()}.zip`)
  await writeFile(path, forgedZip(entries))
  return path
}

describe('ZIP archive of a tenant', () => {
  const zeros = Buffer.alloc(50 << 20)
  const damagedZip = expect.objectContaining({ code: 'tenant/zip-damaged' })

  test.each([
    '../outside.csv',
    'data/../../outside.csv',
    '/etc/cron.d/x',
    'data\\..\\x.csv',
    'C:/x.csv',
    'data/\0.csv',
  ])('an entry whose name leaves the target folder is refused: %j', async (name) => {
    await expect(openTenantZip(await zipFile([{ name, content: zeros }]), { contentBytes: 1 << 30 })).rejects.toEqual(
      damagedZip,
    )
  })

  test('a ZIP whose entries exceed the size in its manifest is refused before decompression', async () => {
    const path = await zipFile([{ name: 'tables.json', content: zeros }])
    await expect(openTenantZip(path, { contentBytes: 1000 })).rejects.toEqual(damagedZip)
  })

  test('an entry larger than its directory record states is refused at the stated size', async () => {
    const contents = await ZipContents.open(await zipFile([{ name: 'data/a.csv', content: zeros, size: 1000 }]))
    let given = 0
    const reading = (async () => {
      for await (const piece of contents.read('data/a.csv')) given += piece.length
    })()
    await expect(reading).rejects.toEqual(damagedZip)
    expect(given).toBeLessThanOrEqual(1000)
    await contents.close()
  })

  test('a ZIP bomb of overlapping entries is refused', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => ({
      name: `data/${at}.csv`,
      content: zeros,
      overlaps: at > 0,
    }))
    await expect(
      ZipContents.open(await zipFile(names.map((each) => ({ ...each, content: Buffer.alloc(1 << 16) })))),
    ).rejects.toEqual(damagedZip)
  })

  test('a ZIP with two entries of the same name is refused', async () => {
    const twice = ['data/a.csv', 'data/a.csv'].map((name) => ({ name, content: Buffer.from('a') }))
    await expect(ZipContents.open(await zipFile(twice))).rejects.toEqual(damagedZip)
  })

  test('a table list with a million levels of nesting is refused', async () => {
    const content = Buffer.from('['.repeat(1_000_000) + ']'.repeat(1_000_000))
    await expect(
      openTenantZip(await zipFile([{ name: 'tables.json', content }]), { contentBytes: 1 << 30 }),
    ).rejects.toEqual(damagedZip)
  })
})

describe('table of recorded runs', () => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())

  test('a checksum of 200 MB in the table does not fill the memory of the command that compares it', async () => {
    const url = await server.createDatabase('app')
    const page = await readFile(join(import.meta.dirname, '../../docs/backup-run.md'), 'utf8')
    await server.query('app', /CREATE TABLE IF NOT EXISTS[^;]*;/.exec(page)?.[0] ?? '')
    await server.query(
      'app',
      `INSERT INTO "BackupRun" VALUES ('x', 'platform', 'manual', 'success', now(), now(), repeat('f', 200000000))`,
    )
    const record = await openRecord(url, { table: 'BackupRun', create: 'never' })
    const before = memory()
    const found = await record.find('x')
    expect(found?.checksum?.length).toBeLessThan(10_000)
    expect(memory() - before).toBeLessThan(100 << 20)
  })
})

describe('RDB file', () => {
  const header = Buffer.from('REDIS0011')
  const length = (value: bigint) => {
    const bytes = Buffer.alloc(9)
    bytes[0] = 0x81
    bytes.writeBigUInt64BE(value, 1)
    return bytes
  }
  const key = Buffer.from([1, 0x6b])
  const huge = 2n ** 62n
  const lies: [string, Buffer[]][] = [
    ['a key of 2^62 bytes', [Buffer.from([0]), length(huge)]],
    ['a string of 2^62 bytes', [Buffer.from([0]), key, length(huge), Buffer.alloc(100)]],
    ['a list of 2^62 elements', [Buffer.from([1]), key, length(huge), Buffer.alloc(100)]],
    ['a hash of 2^62 fields', [Buffer.from([4]), key, length(huge), Buffer.alloc(100)]],
    [
      'a compressed string that claims 2^40 bytes',
      [Buffer.from([0]), key, Buffer.from([0xc3, 5]), length(2n ** 40n), Buffer.alloc(100)],
    ],
    [
      'a compressed key that claims 400 MB out of five bytes',
      [Buffer.from([0, 0xc3, 5]), length(400n << 20n), Buffer.alloc(100)],
    ],
    [
      'a listpack that claims another length than it has',
      [Buffer.from([16]), key, Buffer.from([10]), Buffer.alloc(10, 0xff)],
    ],
    ['a ziplist that claims 4 GB', [Buffer.from([10]), key, Buffer.from([12]), Buffer.alloc(12, 0xff)]],
    ['an intset whose count overflows', [Buffer.from([11]), key, Buffer.from([8, 8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])]],
    ['a stream with 2^62 nodes', [Buffer.from([21]), key, length(huge), Buffer.alloc(100)]],
    ['an auxiliary field of 2^62 bytes', [Buffer.from([0xfa]), length(huge), Buffer.alloc(100)]],
    ['a library of functions of 2^62 bytes', [Buffer.from([0xf5]), length(huge), Buffer.alloc(100)]],
  ]

  test.each(lies)(
    'a declared length beyond the end of the data is refused before memory is allocated: %s',
    (_, parts) => {
      const before = memory()
      const reader = new RdbReader(new RdbPrint())
      expect(() => {
        reader.write(Buffer.concat([header, ...parts]))
        reader.end()
      }).toThrow(expect.objectContaining({ code: 'redis/rdb-damaged' }))
      expect(memory() - before).toBeLessThan(much)
    },
  )
})
