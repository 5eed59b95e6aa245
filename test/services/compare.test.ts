// A restored database that differs from the original: every kind of difference is found and named.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { compareDatabase } from '../../src/engines/postgres/compare/compare.ts'
import { loadBackup } from '../../src/engines/postgres/load/load.ts'
import type { Loaded } from '../../src/engines/postgres/load/request.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { payloadSources } from '../../src/streams/payload.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, temporaryFolder } from '../support/real-world.ts'
import { splitProxy } from '../support/split-proxy.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

let server: TestPostgres
let folder: string
let manifest: PostgresManifest
let loaded: Loaded
const { signal } = new AbortController()

/** Loads the backup of a database into another one of the server. */
async function loadInto(database: string, url: string): Promise<{ manifest: PostgresManifest; loaded: Loaded }> {
  const store = openDirectoryStore(join(folder, database))
  const { manifest } = await backUpUrl(url, [store])
  await server.createDatabase(database)
  const payloads = payloadSources(store, manifest, signal)
  const address = server.address(database)
  const loaded = await loadBackup({
    address,
    tools: server.tools,
    manifest,
    payloads,
    jobs: 2,
    temporary: folder,
    signal,
  })
  return { manifest, loaded }
}

async function differences(database: string, more: { manifest?: PostgresManifest } = {}): Promise<string[]> {
  const found = await compareDatabase({
    ...{ address: server.address(database), tools: server.tools, manifest: more.manifest ?? manifest, signal },
    ...loaded,
  })
  return found.map(({ sentence }) => sentence)
}

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('compare-test')
  ;({ manifest, loaded } = await loadInto('loaded', await makeWideDatabase(server, 'wide')))
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a restored database', () => {
  test('that is as it was has no difference', async () => {
    expect(await differences('loaded')).toEqual([])
  })

  test('has no difference either where the end of each table comes in two pieces', async () => {
    const proxy = await splitProxy(server.port)
    try {
      const address = { ...server.address('loaded'), port: proxy.port }
      expect(await compareDatabase({ address, tools: server.tools, manifest, signal, ...loaded })).toEqual([])
      expect(proxy.splits).toBeGreaterThan(10)
    } finally {
      proxy.close()
    }
  })

  const spoiled: [string, string, string | RegExp][] = [
    ['a missing row', 'DELETE FROM "Product" WHERE id = 7', 'public."Product": 20 rows in the backup, 19 restored'],
    [
      'a changed value',
      `UPDATE "Product" SET b = '\\x00' WHERE id = 7`,
      'public."Product": same number of rows, but their content differs',
    ],
    [
      'an empty text that becomes NULL',
      `UPDATE "Tenant" SET m = 'happy' WHERE m IS NULL`,
      'public."Tenant": same number of rows, but their content differs',
    ],
    [
      'a missing column',
      'ALTER TABLE child DROP COLUMN c',
      /^public\.child: could not be read for the comparison: column "c" /,
    ],
    ['a missing table', 'DROP TABLE unlogged', 'public.unlogged: 1 row in the backup, but the table is missing'],
    ['rows in a parent that belong to its child', 'UPDATE parent SET b = NULL', /^public\.parent: same number/],
    [
      'a lost row among mixed partitions',
      'DELETE FROM by_mood WHERE n = 3',
      'public.by_mood: 4 rows in the backup, 3 restored',
    ],
    [
      'a changed row among mixed partitions',
      'UPDATE by_mood SET n = 9 WHERE n = 3',
      /^public\.by_mood: same number of rows/,
    ],
    [
      'a sequence set back',
      'SELECT setval(\'"Last ""one"""\', 6)',
      'public."Last ""one""": last value 9223372036854775807 in the backup, last value 6 restored',
    ],
    ['a missing large object', 'SELECT lo_unlink(70003)', 'large objects: 4 in the backup, 3 restored'],
    ['a changed large object', "SELECT lo_put(70003, 0, '\\x01')", /^large objects: .* their content differs$/],
    [
      'a missing index',
      'DROP INDEX "Product_tenantId_idx"',
      'INDEX: 1 in the backup, 0 restored (missing: public.Product_tenantId_idx)',
    ],
    ['a missing policy', 'DROP POLICY everyone ON "Product"', /^POLICY: 1 in the backup, 0 restored/],
    ['a missing grant', 'REVOKE ALL ON "Product" FROM PUBLIC', /^ACL: .*Product/],
    [
      'a trigger too many',
      'CREATE TRIGGER more BEFORE DELETE ON "Product" FOR EACH ROW EXECUTE FUNCTION touch()',
      /not in the backup: public\.Product more/,
    ],
  ]
  test.each(spoiled)('names %s', async (_, spoil, sentence) => {
    await server.createDatabase('spoiled', 'TEMPLATE loaded')
    try {
      await server.query('spoiled', spoil)
      const found = await differences('spoiled')
      expect(found).toContainEqual(typeof sentence === 'string' ? sentence : expect.stringMatching(sentence))
    } finally {
      await server.dropDatabase('spoiled')
    }
  })

  test('is compared by counts alone where the backup knows no more', async () => {
    const { inventory: _, largeObjects: __, ...print } = manifest.fingerprint
    const tables = print.tables.map(({ schema, table, rows }) => ({ schema, table, rows }))
    const counted: PostgresManifest = { ...manifest, fingerprint: { ...print, covers: 'counts', tables } }
    expect(await differences('loaded', { manifest: counted })).toEqual([])
    const [first, ...others] = tables
    const wrong = {
      ...counted.fingerprint,
      tables: [{ ...first, rows: 99 }, ...others],
    } as PostgresManifest['fingerprint']
    expect(await differences('loaded', { manifest: { ...counted, fingerprint: wrong } })).toHaveLength(1)
  })

  test('is read in the order of its pages, with several connections, large objects of any size included', async () => {
    const url = await server.createDatabase('large')
    await server.query(
      'large',
      `CREATE TABLE t AS SELECT g AS id, repeat('x', (g * 7919) % 900) AS v FROM generate_series(1, 60000) g;
       CREATE TABLE u AS SELECT * FROM t WHERE id < 10000; DELETE FROM t WHERE id % 3 = 0; VACUUM t;
       INSERT INTO t SELECT g, repeat('y', g % 300) FROM generate_series(1, 9000) g;
       SELECT lo_from_bytea(0, decode(repeat('00ff10', 3000000), 'hex')), lo_from_bytea(0, '');
       SELECT lo_from_bytea(0, convert_to(g::text, 'UTF8')) FROM generate_series(1, 2100) g`.replace('VACUUM t;', ''),
    )
    const other = await loadInto('large_loaded', url)
    const found = await compareDatabase({
      ...{
        address: server.address('large_loaded'),
        tools: server.tools,
        manifest: other.manifest,
        signal,
        connections: 3,
      },
      ...other.loaded,
    })
    expect(found).toEqual([])
    expect(other.manifest.fingerprint.largeObjects).toMatchObject({ count: 2102 })
  })

  test('has its small tables read and counted many in a query, each compared by itself', async () => {
    const url = await server.createDatabase('many')
    await server.query(
      'many',
      `DO $$ BEGIN FOR i IN 1..230 LOOP EXECUTE format('CREATE TABLE t%s AS SELECT g, ''v'' || g AS v FROM generate_series(1, %s) g', i, i % 4); END LOOP; END $$`,
    )
    const queries = vi.spyOn(pg.Client.prototype, 'query')
    try {
      const many = await loadInto('many_loaded', url)
      await server.query('many_loaded', "UPDATE t7 SET v = 'w' WHERE g = 1; DELETE FROM t9; DROP TABLE t11")
      const { tools } = server
      const request = { address: server.address('many_loaded'), tools, signal, manifest: many.manifest }
      const found = await compareDatabase({ ...request, ...many.loaded })
      expect(found.filter(({ what }) => what === 'table').map(({ name }) => name)).toEqual([
        ...['public.t11', 'public.t7', 'public.t9'],
      ])
      expect(many.manifest.dump.sourceCounts).toBe('agreed')
      expect(queries.mock.calls.length).toBeLessThan(230)
    } finally {
      queries.mockRestore()
    }
  })

  test('that goes away meanwhile is a failure, not a difference', async () => {
    await server.createDatabase('gone', 'TEMPLATE loaded')
    const comparing = differences('gone')
    await Promise.allSettled([comparing, server.dropDatabase('gone')])
    const again = differences('gone')
    await expect(again).rejects.toMatchObject({ name: 'Failure', code: 'postgres/no-such-database' })
  })
})
