// Loading a backup by all methods; nothing of an incomplete backup is committed.
import { createReadStream } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import type { TocEntry } from '../../src/engines/postgres/archive/toc-entry.ts'
import { compareDatabase } from '../../src/engines/postgres/compare/compare.ts'
import { toolEnvironment } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { entriesIn } from '../../src/engines/postgres/load/archive-on-disk.ts'
import { loadBackup } from '../../src/engines/postgres/load/load.ts'
import { replay } from '../../src/engines/postgres/load/replay.ts'
import type { LoadRequest } from '../../src/engines/postgres/load/request.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { payloadSources } from '../../src/streams/payload.ts'
import { readTool } from '../../src/streams/processes/read-tool.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything, temporaryFolder } from '../support/real-world.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

type Format = PostgresManifest['dump']['format']
const formats = ['custom', 'plain', 'directory'] as const
/** More than any disk has. */
const noRoom = { reserve: Number.MAX_SAFE_INTEGER }

let server: TestPostgres
let folder: string
const made = new Map<Format, PostgresManifest>()
const { signal } = new AbortController()
const store = () => openDirectoryStore(join(folder, 'store'))
const of = (format: Format) => made.get(format) as PostgresManifest

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('load-test')
  const url = await makeWideDatabase(server, 'wide')
  for (const format of formats) {
    const dump = { format, selection: everything, jobs: 2, sourceCounts: false, globals: false, lockTimeout: 5 }
    made.set(format, (await backUpUrl(url, [store()], { dump })).manifest)
  }
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  await server.dropDatabase('target')
  await server.createDatabase('target')
})

const load = (format: Format, more: Partial<LoadRequest> = {}) =>
  loadBackup({
    ...{ address: server.address('target'), tools: server.tools, manifest: of(format) },
    ...{ jobs: 2, temporary: folder, signal },
    ...{ payloads: payloadSources(store(), of(format), signal), ...more },
  })

const count = async (from: string) =>
  (await server.query<{ n: number }>('target', `SELECT count(*)::int AS n FROM ${from}`))[0]?.n
const relations = () => count("pg_class WHERE oid >= 16384 AND relkind <> 't'")

/** Names in the folder apart from the store. */
const leftovers = async () => (await readdir(folder)).filter((name) => name !== 'store')

type Compared = Partial<Parameters<typeof compareDatabase>[0]>
const differences = async (loaded: Awaited<ReturnType<typeof load>>, more: Compared = {}) =>
  (
    await compareDatabase({
      ...{ address: server.address('target'), tools: server.tools, manifest: of('custom'), signal },
      ...loaded,
      ...more,
    })
  ).map(({ sentence }) => sentence)

/** The index cannot be restored under the empty search_path of pg_restore. */
const needsSearchPath = `
  CREATE FUNCTION base(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
  CREATE FUNCTION derived(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN base(t); END';
  CREATE TABLE word (v text); INSERT INTO word VALUES ('A'); CREATE INDEX word_derived ON word (derived(v))`

test('workers restore what one transaction cannot restore', async () => {
  const url = await server.createDatabase('needy')
  await server.query('needy', needsSearchPath)
  const { manifest } = await backUpUrl(url, [store()])
  const loaded = await load('custom', {
    ...{ manifest, payloads: payloadSources(store(), manifest, signal) },
    ...{ isScratch: true, oneTransactionFirst: true },
  })
  expect(loaded.notes).toHaveLength(1)
  expect(await differences(loaded, { manifest })).toEqual([])
})

test('one transaction restores everything', async () => {
  await load('custom', { oneTransactionFirst: true })
  const transactions = await server.query('target', 'SELECT DISTINCT xmin FROM pg_class WHERE oid >= 16384')
  expect(transactions).toHaveLength(1)
})

describe('a backup', () => {
  const ways: [string, Format, Partial<LoadRequest>][] = [
    ['in custom format, by several workers', 'custom', {}],
    ['in custom format, where one worker would do', 'custom', { jobs: 1 }],
    ['in custom format, streamed where the disk has no room', 'custom', noRoom],
    ['in custom format, in one transaction', 'custom', { oneTransactionFirst: true }],
    ['in directory format', 'directory', {}],
    ['in plain format', 'plain', {}],
  ]
  test.each(ways)('%s, is loaded as it was', async (_, format, more) => {
    let read = 0
    const loaded = await load(format, {
      ...more,
      onProgress: (bytes) => {
        read = bytes
      },
    })
    expect(await differences(loaded, { manifest: of(format) })).toEqual([])
    const content = of(format).payloads.reduce((sum, { contentBytes }) => sum + contentBytes, 0)
    expect(read).toBe(content)
    expect(await leftovers()).toEqual([])
  })

  test('in directory format needs room, and says how much and where', async () => {
    await expect(load('directory', noRoom)).rejects.toMatchObject({
      code: 'disk/full',
      message: expect.stringMatching(/resguardo-load-test-\w+ needs \d+ bytes .* free/),
    })
  })

  test('can be loaded in part: tables with what they need, foreign keys to others left out', async () => {
    const loaded = await load('custom', { tables: [{ schema: 'public', table: 'Product' }] })
    expect(loaded.notes.join()).toContain('Product_tenantId_fkey')
    expect(await differences(loaded)).toEqual([])
    const tables = await server.query<{ relname: string }>(
      'target',
      "SELECT relname FROM pg_class WHERE oid >= 16384 AND relkind = 'r'",
    )
    expect(tables).toEqual([{ relname: 'Product' }])
  })

  test('in plain format cannot be loaded in part', async () => {
    await expect(load('plain', { schemas: ['public'] })).rejects.toMatchObject({ code: 'restore/plain-format' })
  })

  test('is loaded without owners and grants where that is asked for', async () => {
    const loaded = await load('custom', { noOwner: true })
    const [row] = await server.query<{ acl: null }>(
      'target',
      `SELECT relacl AS acl FROM pg_class WHERE relname = 'Product'`,
    )
    expect(row?.acl).toBeNull()
    expect(await differences(loaded, { noOwner: true })).toEqual([])
  })
})

describe('damaged bytes', () => {
  const ways: [string, Format, Partial<LoadRequest>, string][] = [
    ['in custom format', 'custom', {}, 'database.dump.zst'],
    ['streamed', 'custom', noRoom, 'database.dump.zst'],
    ['in plain format', 'plain', {}, 'database.sql.zst'],
    ['in directory format', 'directory', {}, 'database/toc.dat.zst'],
  ]
  test.each(ways)('%s are refused, and nothing is committed', async (_, format, more, file) => {
    const manifest = of(format)
    const path = join(folder, 'store', manifest.name, manifest.id, file)
    const bytes = await readFile(path)
    const damaged = Buffer.from(bytes)
    // The last byte of a zstd frame is its checksum's: all content arrives before the damage shows.
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1
    await writeFile(path, damaged)
    try {
      await expect(load(format, more)).rejects.toMatchObject({ code: 'store/object-damaged' })
      expect(await relations()).toBe(0)
      await writeFile(path, bytes.subarray(0, bytes.length - 9))
      await expect(load(format, more)).rejects.toMatchObject({ code: 'store/object-damaged' })
      expect(await relations()).toBe(0)
      expect(await leftovers()).toEqual([])
    } finally {
      await writeFile(path, bytes)
    }
  })

  test('a stream that breaks off does not commit half a script', async () => {
    const [source] = payloadSources(store(), of('plain'), signal)
    if (!source) throw new Error('no payload')
    const script = async function* () {
      yield Buffer.from('CREATE TABLE half (a int);\nCOPY half FROM stdin;\n1\n')
      throw new Error('the connection broke')
    }
    const broken = { ...source, open: async () => Readable.from(script()) }
    await expect(load('plain', { payloads: [broken] })).rejects.toThrow('the connection broke')
    expect(await relations()).toBe(0)
  })
})

test('rows that are restored again are not lost while their table is locked', async () => {
  const archive = join(folder, 'again.dump')
  await readTool({
    command: join(server.tools.folder, 'pg_dump'),
    arguments: ['--format=custom', '--compress=0', `--file=${archive}`],
    environment: toolEnvironment(server.address('wide')),
  })
  await load('custom')
  await server.query('target', 'DELETE FROM public."Product"')
  const entry = (await entriesIn(createReadStream(archive)))?.find(
    ({ description, tag }) => description === 'TABLE DATA' && tag === 'Product',
  )
  const request = { address: server.address('target'), tools: server.tools, signal } as LoadRequest
  await withClient(request.address, async (client) => {
    await client.query('BEGIN; LOCK TABLE public."Product" IN ACCESS SHARE MODE')
    const schemas = ['public']
    const task = { entry: entry as TocEntry, schemas, folder, archive, encoding: 'UTF8' }
    const replayed = replay(request, { address: request.address }, task)
    await server.untilLockAwaited()
    await client.query('COMMIT')
    await replayed
  })
  await rm(archive)
  expect(await count('public."Product"')).toBe(
    of('custom').fingerprint.tables.find(({ table }) => table === 'Product')?.rows,
  )
})

describe('a server that lacks something', () => {
  test('a role is named', async () => {
    const url = await server.createDatabase('with_role')
    await server.query(
      'with_role',
      'CREATE ROLE "Gone soon"; CREATE TABLE t (a int); ALTER TABLE t OWNER TO "Gone soon"',
    )
    const { manifest } = await backUpUrl(url, [store()])
    await server.dropDatabase('with_role')
    await server.query('postgres', 'DROP ROLE "Gone soon"')
    await expect(
      load('custom', { manifest, payloads: payloadSources(store(), manifest, signal) }),
    ).rejects.toMatchObject({
      code: 'restore/missing-role',
      message: expect.stringContaining('role "Gone soon"'),
    })
  })
})
