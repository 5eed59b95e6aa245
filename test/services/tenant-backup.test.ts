// Backups of tenants: their contents, ambiguous and odd rows, and failures in the middle of a tenant.
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { tenantFile } from '../../src/domain/tenants/tenant-file.ts'
import type { TenantTables } from '../../src/domain/tenants/tenant-zip.ts'
import { expectNoSessions, terminate } from '../support/database-sessions.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { backUpTenants, type TenantBackup, unzipped } from '../support/tenant-backup.ts'
import { plainRules } from '../support/tenant-zip.ts'

const run = promisify(execFile)
let server: TestPostgres
let folder: string
let shop: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('tenant-backup')
  shop = await server.createDatabase('shop')
  await makeSamplePlatform(shop, { megabytes: 3, tenants: 12 })
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const backUp = (url: string, more?: TenantBackup) => backUpTenants(url, folder, more)

const place = ({ name, id }: PostgresManifest, store = 'store'): string => join(folder, store, name, id)

const firstTenant = async (): Promise<string> =>
  (await server.query<{ id: string }>('shop', 'SELECT id::text FROM "Tenant" ORDER BY id LIMIT 1'))[0]?.id ?? ''

describe('a backup of all tenants', () => {
  let manifest: PostgresManifest

  beforeAll(async () => {
    ;[manifest] = (await backUp(shop)) as [PostgresManifest]
  })

  test('has a ZIP for each, and the schema; sha256sum agrees', async () => {
    const { stdout } = await run('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: place(manifest) })
    expect(stdout.trim().split('\n')).toHaveLength(13)
    expect(manifest.payloads.map(({ role }) => role)).toEqual([
      'archive',
      ...Array.from({ length: 12 }, () => 'tenant'),
    ])
    expect(manifest).toMatchObject({ kind: 'tenant', tenants: { asked: 'all', tenants: 12 } })
  })

  test('the rows of tenants and of nobody are all there is', () => {
    const { tables = [] } = manifest.tenants ?? {}
    expect(tables.find(({ table }) => table === 'InvoiceLine')).toMatchObject({ held: 'paths', unowned: 0 })
    expect(tables.find(({ table }) => table === 'AuditLog')?.rows).toBeGreaterThan(0)
    for (const { held, rows, unowned = 0, total } of tables) {
      if (held !== 'unreached') expect(rows + unowned).toBe(total)
    }
    expect(manifest.notes.join('\n')).toMatch(/public\.Session.*has no path to a tenant/)
  })

  test('the bytes in the ZIP are those of COPY', async () => {
    const tenant = await firstTenant()
    const { at, tables } = await unzipped(join(place(manifest), tenantFile(tenant)))
    for (const [table, where] of [
      ['Product', `"tenantId" = '${tenant}'`],
      ['InvoiceLine', `"invoiceId" IN (SELECT id FROM "Invoice" WHERE "tenantId" = '${tenant}')`],
    ] as const) {
      const zipped = tables.tables.find((each) => each.table === table)
      const columns = zipped?.columns.map(({ name }) => `"${name}"`).join(', ')
      const copy = `COPY (SELECT ${columns} FROM "${table}" WHERE ${where}) TO STDOUT (FORMAT csv, HEADER true)`
      const { stdout } = await run('psql', ['-XAtc', `SET TimeZone = 'UTC'`, '-c', copy, shop], { maxBuffer: 1 << 28 })
      const expected = stdout.replace(/^SET\n/, '')
      const found = await readFile(join(at, zipped?.file ?? ''), 'utf8')
      expect(found.split('\n').sort()).toEqual(expected.split('\n').sort())
      expect(zipped?.rows).toBeGreaterThan(0)
    }
    await rm(at, { recursive: true })
  })

  test('a tenant alone gives the same rows', async () => {
    const tenant = await firstTenant()
    const [alone] = await backUp(shop, { tenants: [tenant] })
    const one = await unzipped(join(place(alone as PostgresManifest), tenantFile(tenant)))
    const all = await unzipped(join(place(manifest), tenantFile(tenant)))
    const prints = ({ tables }: TenantTables) => tables.map(({ table, rows, bytes }) => ({ table, rows, bytes }))
    expect(prints(one.tables)).toEqual(prints(all.tables))
    await Promise.all([one, all].map(({ at }) => rm(at, { recursive: true })))
  })

  test('beside the platform it is of the same instant and the same recovery point', async () => {
    const [platform, tenants] = await backUp(shop, { only: false })
    expect(platform).toMatchObject({ kind: 'platform', dump: { sourceCounts: 'agreed' } })
    expect(tenants?.snapshot).toEqual(platform?.snapshot)
    expect(tenants?.recoveryPoint).toBe(platform?.recoveryPoint)
    const rowsOf = (table: string): number | undefined =>
      platform?.fingerprint.tables.find((each) => each.table === table)?.rows
    for (const { table, rows, held } of tenants?.tenants?.tables ?? []) {
      if (held !== 'unreached' && table !== 'AuditLog') expect(rowsOf(table)).toBe(rows)
    }
  })

  test('an unknown tenant is a usage failure that says which there are', async () => {
    await expect(backUp(shop, { tenants: ['nobody'] })).rejects.toMatchObject({
      code: 'tenant/not-found',
      hint: expect.stringMatching(/It has 12 tenants, such as/),
    })
  })
})

describe('odd rows', () => {
  test('NULL and the empty text, quotes, newlines, and ids that no file may be called', async () => {
    const odd = await server.createDatabase('odd')
    const ids = ['../up', 'A', 'a', 'with "quotes", and\nnewline', '🐘', '']
    await server.query(
      'odd',
      `
      CREATE TABLE "Tenant" (id text PRIMARY KEY);
      CREATE TABLE "Odd" ("tenantId" text REFERENCES "Tenant", a text, b text[], c jsonb, d bytea, e timestamptz);
      CREATE TABLE "Only" ("tenantId" text REFERENCES "Tenant")`,
    )
    for (const id of ids) {
      await server.query('odd', 'INSERT INTO "Tenant" VALUES ($1)', [id])
      await server.query('odd', 'INSERT INTO "Only" VALUES ($1)', [id])
      for (const a of [null, '', '"', 'a\nb,"', '\\.', '=1+1', 'é'])
        await server.query(
          'odd',
          `INSERT INTO "Odd" VALUES ($1, $2, ARRAY[NULL, '', 'NULL', '"'], '{"a": [1, null]}', '\\x00ff', '2026-11-24 02:00:00+01')`,
          [id, a],
        )
    }
    await server.query('odd', `INSERT INTO "Odd" VALUES (NULL, 'of nobody')`)
    const [manifest] = (await backUp(odd)) as [PostgresManifest]
    expect(manifest.tenants?.tables.find(({ table }) => table === 'Odd')).toMatchObject({
      rows: ids.length * 7,
      unowned: 1,
      total: ids.length * 7 + 1,
    })
    const files = manifest.payloads.filter(({ role }) => role === 'tenant')
    expect(new Set(files.map(({ file }) => file.toLowerCase())).size).toBe(ids.length)
    expect(files.flatMap(({ tenants }) => tenants ?? []).sort()).toEqual([...ids].sort())
    await mkdir(join(folder, 'x'), { recursive: true })
    const back = await server.createDatabase('back')
    await server.query(
      'back',
      'CREATE TABLE "Odd" ("tenantId" text, a text, b text[], c jsonb, d bytea, e timestamptz)',
    )
    for (const { file } of files) {
      const { at, tables } = await unzipped(join(place(manifest), file))
      const csv = tables.tables.find(({ table }) => table === 'Odd')?.file ?? ''
      await run('psql', [
        '-Xq',
        '-v',
        'ON_ERROR_STOP=1',
        '-c',
        `\\copy "Odd" FROM '${join(at, csv)}' WITH (FORMAT csv, HEADER true)`,
        back,
      ])
      await rm(at, { recursive: true })
    }
    const content = `SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS m, count(*)::int AS n FROM "Odd" t WHERE "tenantId" IS NOT NULL`
    expect(await server.query('back', content)).toEqual(await server.query('odd', content))
  })

  test('rows of nobody are counted also where there are few tenants', async () => {
    const few = await server.createDatabase('few')
    await server.query(
      'few',
      `CREATE TABLE "Tenant" (id int PRIMARY KEY); CREATE TABLE "A" (id serial PRIMARY KEY, "tenantId" int);
       INSERT INTO "Tenant" VALUES (1), (2); INSERT INTO "A" ("tenantId") VALUES (1), (2), (NULL), (9)`,
    )
    const [manifest] = (await backUp(few)) as [PostgresManifest]
    expect(manifest.tenants?.tables.find(({ table }) => table === 'A')).toMatchObject({ rows: 2, unowned: 2, total: 4 })
  })

  test('paths that disagree are refused, naming the table and a rule', async () => {
    const url = await server.createDatabase('disagree')
    await server.query(
      'disagree',
      `
      CREATE TABLE "Tenant" (id int PRIMARY KEY);
      CREATE TABLE "A" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant");
      CREATE TABLE "B" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant");
      CREATE TABLE "C" (a int NOT NULL REFERENCES "A", b int REFERENCES "B");
      INSERT INTO "Tenant" SELECT generate_series(1, 9);
      INSERT INTO "A" VALUES (1, 1); INSERT INTO "B" VALUES (1, 1), (2, 2);
      INSERT INTO "C" VALUES (1, 1), (1, NULL), (1, 2)`,
    )
    for (const tenants of ['all', ['1']] as const) {
      await expect(backUp(url, { tenants })).rejects.toMatchObject({
        code: 'tenant/ambiguous-owner',
        message: expect.stringMatching(/public\.C: 1 rows/),
        hint: expect.stringMatching(/--tenant-rule 'public\.C: through "C_a_fkey"'/),
      })
    }
    const says = { kind: 'through', foreignKey: 'C_a_fkey' } as const
    const [manifest] = (await backUp(url, {
      rules: { ...plainRules, rules: [{ schema: 'public', table: 'C', says }] },
    })) as [PostgresManifest]
    expect(manifest.tenants?.tables.find(({ table }) => table === 'C')?.rows).toBe(3)
  })
})

describe('in the middle of a large tenant', () => {
  let url: string

  beforeAll(async () => {
    url = await server.createDatabase('large')
    await server.query(
      'large',
      `CREATE TABLE "Tenant" (id int PRIMARY KEY); INSERT INTO "Tenant" VALUES (1), (2), (3);
       CREATE TABLE "Blob" (id serial PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", content text);
       INSERT INTO "Blob" ("tenantId", content)
         SELECT 1, (SELECT string_agg(md5((n * 1000 + i)::text), '') FROM generate_series(1, 100) i) FROM generate_series(1, 30000) n;
       INSERT INTO "Blob" ("tenantId", content) VALUES (2, 'little'), (3, 'little')`,
    )
  })

  test.each([[['1']], [['1', '2']], [['1', '2', '3']], ['all' as const]])(
    'a store that fails ends a backup of %j, and is what is told',
    async (tenants) => {
      await expect(backUp(url, { tenants, store: 'full', room: 20 << 20 })).rejects.toMatchObject({
        code: 'disk/full',
      })
      expect(await readdir(join(folder, 'full'))).toEqual([])
      await expectNoSessions(server, 'large')
    },
    30_000,
  )

  test.each([[['1']], [['1', '2']], ['all' as const]])(
    'a server that goes away ends a backup of %j as unreachable',
    async (tenants) => {
      const backingUp = backUp(url, { tenants, store: 'gone' })
      const ended = expect(backingUp).rejects.toMatchObject({ code: 'postgres/connection-lost' })
      await terminate(server, 'large', `query LIKE 'COPY%Blob%'`)
      await ended
      expect(await readdir(join(folder, 'gone'))).toEqual([])
    },
    30_000,
  )
})
