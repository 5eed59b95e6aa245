// One schema per tenant: backed up, proven, deleted and restored, while the schemas of other tenants do not change.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let url: string

const tenants = ['ana', 'luis', 'zoe']

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('tenant-schemas')
}, 60_000)

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  await rm(join(folder, 'backups'), { recursive: true, force: true })
  await server.query('postgres', 'DROP DATABASE IF EXISTS hotel WITH (FORCE)')
  url = await server.createDatabase('hotel')
  await server.query(
    'hotel',
    `CREATE TABLE "Tenant" (id text PRIMARY KEY, name text); CREATE TABLE "Country" (code text PRIMARY KEY);
     INSERT INTO "Country" VALUES ('es'), ('pt')`,
  )
  for (const [at, id] of tenants.entries()) {
    await server.query(
      'hotel',
      `INSERT INTO "Tenant" VALUES ('${id}', 'Hotel ${id}'); CREATE SCHEMA "tenant_${id}"; SET search_path = "tenant_${id}", public;
       CREATE TABLE "Room" (id int PRIMARY KEY, name text NOT NULL, country text REFERENCES "Country");
       CREATE TABLE "Stay" (id int PRIMARY KEY, "roomId" int NOT NULL REFERENCES "Room", note text);
       INSERT INTO "Room" SELECT n, '${id} ' || n, 'es' FROM generate_series(1, ${3 + at}) n;
       INSERT INTO "Stay" SELECT n, 1 + n % 3, nullif('', 'x') FROM generate_series(1, 10) n; RESET search_path`,
    )
  }
})

const run = (...parameters: string[]) =>
  resguardo(parameters, { DATABASE_URL: url, BACKUP_DIR: join(folder, 'backups') })

async function succeed(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...parameters)
  expect(code, stderr).toBe(0)
  return stdout
}

const pattern = ['--tenant-schema', 'tenant_{id}'] as const

function look(id: string): Promise<unknown[]> {
  const digest = (table: string): string =>
    `SELECT '${table}', count(*)::int AS n, md5(string_agg(x::text, '|' ORDER BY x::text)) AS m FROM "tenant_${id}"."${table}" x`
  return server.query('hotel', `${digest('Room')} UNION ALL ${digest('Stay')}`)
}

test('all of them are backed up, and a drill puts each back', async () => {
  expect(await succeed('backup', '--kind', 'tenant', '--tenant', 'all', ...pattern)).toMatch(/Tenants +3$/m)
  const proof = await succeed('test-restore', '--kind', 'tenant')
  expect(proof).toMatch(/^Proven: .* 3 tenants with 4\d rows/s)
})

test('one that was destroyed comes back exactly, and no other is touched', async () => {
  await succeed('backup', '--kind', 'tenant', '--tenant', 'all', ...pattern)
  const [before, others] = [await look('luis'), [await look('ana'), await look('zoe')]]
  await server.query(
    'hotel',
    `DELETE FROM tenant_luis."Stay" WHERE id > 4; UPDATE tenant_luis."Room" SET name = 'overwritten' WHERE id = 1;
     INSERT INTO tenant_luis."Room" VALUES (99, 'intruder')`,
  )
  const how = ['restore', '--kind', 'tenant', '--tenant', 'luis', ...pattern, '--mode', 'replace'] as const
  expect(await succeed(...how, '--dry-run')).toContain('nothing was changed')
  expect(await look('luis')).not.toEqual(before)
  await succeed(...how, '--confirm', 'hotel')
  expect(await look('luis')).toEqual(before)
  expect([await look('ana'), await look('zoe')]).toEqual(others)
})

test('one comes out of a backup of the whole platform', async () => {
  await succeed('backup')
  const before = await look('zoe')
  await server.query('hotel', 'TRUNCATE tenant_zoe."Room" CASCADE')
  const how = [
    '--kind',
    'tenant',
    '--tenant',
    'zoe',
    '--from',
    'latest',
    ...pattern,
    '--mode',
    'insert',
    '--confirm',
    'hotel',
  ]
  await succeed('restore', ...how)
  expect(await look('zoe')).toEqual(before)
})
