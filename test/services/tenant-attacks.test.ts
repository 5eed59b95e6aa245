// Attacks on tenants, and accidents: each is refused or harmless, and no data is lost silently.
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sumsText } from '../../src/domain/backups/sums.ts'
import type { Manifest } from '../../src/domain/manifest/manifest.ts'
import { manifestText, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import { type Finished, resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let made = 0

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('tenant-attacks')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Place {
  readonly database: string
  readonly backups: string
  run(...parameters: string[]): Promise<Finished>
  sql<T = Record<string, unknown>>(text: string): Promise<T[]>
  restore(...parameters: string[]): Promise<Finished>
}

/** A database with two tenants and these tables, and its backup. */
async function place(tables: string, ...flags: string[]): Promise<Place> {
  made += 1
  const database = `attack${made}`
  const url = await server.createDatabase(database)
  await server.query(database, tables)
  const backups = join(folder, database)
  const run = (...parameters: string[]) => resguardo(parameters, { DATABASE_URL: url, BACKUP_DIR: backups })
  const backedUp = await run('backup', '--kind', 'tenant', '--tenant', 'all', ...flags)
  expect(backedUp.code, backedUp.stderr).toBe(0)
  return {
    database,
    backups,
    run,
    sql: (text) => server.query(database, text),
    restore: (...parameters) => run('restore', '--kind', 'tenant', '--confirm', database, ...parameters),
  }
}

const two = `CREATE TABLE "Tenant" (id text PRIMARY KEY); INSERT INTO "Tenant" VALUES ('a'), ('b');`

test('tables of one column travel with their tenants', async () => {
  const many = `INSERT INTO "Tenant" SELECT 't' || n FROM generate_series(1, 8) n;`
  const { run, sql, restore } = await place(
    `${two} ${many} CREATE TABLE "Premium" ("tenantId" text PRIMARY KEY REFERENCES "Tenant"); INSERT INTO "Premium" SELECT id FROM "Tenant"`,
  )
  const drilled = await run('test-restore', '--kind', 'tenant')
  expect(drilled.stdout).toContain('10 tenants with 20 rows')
  expect((await restore('--tenant', 'a', '--mode', 'replace')).code).toBe(0)
  expect(await sql('SELECT count(*)::int AS n FROM "Premium"')).toEqual([{ n: 10 }])
})

test('a manifest that calls one tenant’s ZIP another’s is not believed', async () => {
  const { backups, database, sql, restore } = await place(
    `${two} CREATE TABLE "A" (id int PRIMARY KEY, "tenantId" text); INSERT INTO "A" VALUES (1, 'a'), (2, 'b')`,
  )
  const [id = ''] = await readdir(join(backups, database))
  const at = join(backups, database, id)
  const { digest: _, ...manifest } = JSON.parse(await readFile(join(at, 'manifest.json'), 'utf8')) as Manifest
  const swapped = manifest.payloads.map((payload) =>
    payload.tenants ? { ...payload, tenants: payload.tenants.includes('a') ? ['b'] : ['a'] } : payload,
  )
  await writeFile(join(at, 'manifest.json'), manifestText(sealManifest({ ...manifest, payloads: swapped })))
  await writeFile(join(at, 'SHA256SUMS'), sumsText(swapped))
  await sql(`UPDATE "A" SET id = id + 10`)
  const before = createHash('sha256')
    .update(JSON.stringify(await sql('TABLE "A"')))
    .digest('hex')
  expect(await restore('--tenant', 'a', '--mode', 'replace')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('has tenant "b"'),
  })
  expect(
    createHash('sha256')
      .update(JSON.stringify(await sql('TABLE "A"')))
      .digest('hex'),
  ).toBe(before)
})

test.each([
  ['numeric, of which 1 and 1.0 are one', 'numeric', 'text', 'A.tenantId'],
  ['another sort than the key', 'int', 'text', 'A.tenantId'],
  ['citext, of which a and A are one', 'citext', 'text', 'A.tenantId'],
  ['citext in the key', 'citext', 'citext', 'Tenant.id'],
  ['a collation for which a and A are one', 'text COLLATE anyhow', 'text', 'A.tenantId'],
  ['such a collation in the key', 'text COLLATE anyhow', 'text COLLATE anyhow', 'Tenant.id'],
])('ids of a type that cannot be told apart are refused: %s', async (_, type, key, named) => {
  const name = `type_${type}_${key}`.replaceAll(/\W/g, '_').toLowerCase()
  const url = await server.createDatabase(name)
  await server.query(
    name,
    `CREATE EXTENSION citext; CREATE COLLATION anyhow (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     CREATE TABLE "Tenant" (id ${key} PRIMARY KEY); INSERT INTO "Tenant" VALUES ('a'), ('b');
     CREATE TABLE "A" (id int PRIMARY KEY, "tenantId" ${type})`,
  )
  const asked = ['--kind', 'tenant', '--tenant', 'all', '--backup-dir', join(folder, name)]
  const refused = await resguardo(['backup', ...asked], { DATABASE_URL: url })
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining(`public.${named} is`) })
})

test('rows of a tenant whose own row is gone are not replaced without a backup of them', async () => {
  const { sql, restore } = await place(
    `${two} CREATE TABLE "A" (id int PRIMARY KEY, "tenantId" text); INSERT INTO "A" VALUES (1, 'a'), (2, 'b')`,
  )
  await sql(`INSERT INTO "A" VALUES (3, 'a'); DELETE FROM "Tenant" WHERE id = 'a'`)
  expect(await restore('--tenant', 'a', '--mode', 'replace')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('code: tenant/no-own-row'),
  })
  expect(await sql(`SELECT count(*)::int AS n FROM "A"`)).toEqual([{ n: 3 }])
  expect((await restore('--tenant', 'a', '--mode', 'replace', '--skip-safety-backup')).code).toBe(0)
})

test('a trigger that empties another table is noticed, and all is undone', async () => {
  const { sql, restore } = await place(`${two}
    CREATE TABLE "A" (id int PRIMARY KEY, "tenantId" text); INSERT INTO "A" VALUES (1, 'a'), (2, 'b');
    CREATE TABLE "Report" (id int PRIMARY KEY, "tenantId" text); INSERT INTO "Report" VALUES (1, 'b');
    CREATE FUNCTION wipe() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN TRUNCATE "Report"; RETURN NULL; END';
    CREATE TRIGGER wipe AFTER DELETE ON "A" FOR EACH STATEMENT EXECUTE FUNCTION wipe()`)
  await sql(`INSERT INTO "A" VALUES (3, 'a')`)
  const refused = await restore('--tenant', 'a', '--mode', 'replace')
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('public.Report: emptied') })
  expect(await sql('SELECT count(*)::int AS n FROM "Report"')).toEqual([{ n: 1 }])
  expect((await restore('--tenant', 'a', '--mode', 'replace', '--triggers', 'off')).code).toBe(0)
})

test('a column that became narrower does not cut what comes back', async () => {
  const { sql, restore } = await place(
    `${two} CREATE TABLE "A" (id int PRIMARY KEY, "tenantId" text, v numeric(10, 4)); INSERT INTO "A" VALUES (1, 'a', 1.2345)`,
  )
  await sql('ALTER TABLE "A" ALTER v TYPE numeric(10, 2)')
  for (const mode of ['merge', 'insert', 'replace']) {
    expect((await restore('--tenant', 'a', '--mode', mode)).code, mode).toBe(3)
  }
  expect(await sql('SELECT v::text FROM "A"')).toEqual([{ v: '1.23' }])
})

test('a role that row-level security keeps rows from is refused, and no ZIP is left', async () => {
  const { database, backups } = await place(`${two}
    CREATE TABLE "A" (id int PRIMARY KEY, "tenantId" text); INSERT INTO "A" VALUES (1, 'a'), (2, 'b');
    ALTER TABLE "A" ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON "A" USING ("tenantId" = 'a');
    CREATE ROLE hidden LOGIN PASSWORD 'hidden'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO hidden`)
  const url = server.url(database).replace(/\/\/[^@]*@/, '//hidden:hidden@')
  const asked = ['--kind', 'tenant', '--tenant', 'a', '--backup-dir', `${backups}-hidden`]
  const refused = await resguardo(['backup', ...asked], { DATABASE_URL: url })
  expect(refused.stderr).toContain('row-level security hides rows')
  expect(refused.code).not.toBe(1)
  expect(await readdir(`${backups}-hidden`)).toEqual([])
})

test('a tenant column that is computed comes back in every mode', async () => {
  const { sql, restore } = await place(`${two}
    CREATE TABLE "A" (id int PRIMARY KEY, path text NOT NULL, "tenantId" text GENERATED ALWAYS AS (split_part(path, '/', 1)) STORED);
    INSERT INTO "A" (id, path) VALUES (1, 'a/x'), (2, 'b/y')`)
  const before = await sql('SELECT * FROM "A" ORDER BY id')
  for (const mode of ['insert', 'merge', 'replace']) {
    await sql(mode === 'insert' ? 'DELETE FROM "A" WHERE id = 1' : `UPDATE "A" SET path = 'a/changed' WHERE id = 1`)
    const done = await restore('--tenant', 'a', '--mode', mode)
    expect(done.code, done.stderr).toBe(0)
    expect(await sql('SELECT * FROM "A" ORDER BY id')).toEqual(before)
  }
})
