// A schema that `restore --target-schema` created contains copies of tenants' rows: backups of tenants leave it out, so
// that they can be restored after it is dropped.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let url: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('tenant-copies')
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await rm(join(folder, 'backups'), { recursive: true, force: true })
  await server.dropDatabase('shop')
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE TABLE "Tenant" (id int PRIMARY KEY);
     CREATE TABLE "Note" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", note text);
     INSERT INTO "Tenant" VALUES (7), (8); INSERT INTO "Note" VALUES (1, 7, 'a'), (2, 7, 'b'), (3, 8, 'c')`,
  )
  await succeed('backup')
  await succeed('restore', '--table', 'public.Note', '--target-schema', 'rescued', '--confirm', 'shop')
})

async function succeed(...parameters: string[]): Promise<string> {
  const environment = { DATABASE_URL: url, BACKUP_DIR: join(folder, 'backups') }
  const { code, stdout, stderr } = await resguardo(parameters, environment)
  expect(code, stderr).toBe(0)
  return stdout
}

const notes = () => server.query('shop', 'SELECT id, note FROM "Note" WHERE "tenantId" = 7 ORDER BY id')
const restoreTenant = () => succeed('restore', 'tenant', '--tenant', '7', '--mode', 'replace', '--confirm', 'shop')

test('a tenant of such a backup is restored after the copy was dropped', async () => {
  await succeed('backup', 'tenant', '--tenant', 'all')
  await server.query('shop', `DROP SCHEMA rescued CASCADE; DELETE FROM "Note" WHERE id = 1`)
  await restoreTenant()
  expect(await notes()).toEqual([
    { id: 1, note: 'a' },
    { id: 2, note: 'b' },
  ])
})

test('a tenant is restored while the copy exists, which does not change', async () => {
  await succeed('backup', 'tenant', '--tenant', 'all')
  await server.query('shop', `DELETE FROM "Note" WHERE id = 1; UPDATE rescued."Note" SET note = 'kept'`)
  await restoreTenant()
  expect(await notes()).toHaveLength(2)
  expect(await server.query('shop', 'SELECT DISTINCT note FROM rescued."Note"')).toEqual([{ note: 'kept' }])
})

test('the backup names the copy, and is drilled', async () => {
  const made = await succeed('backup', 'tenant', '--tenant', 'all')
  expect(made).toMatch(/Schema rescued is a copy/)
  expect(await succeed('test-restore', 'tenant')).toMatch(/^Proven: /)
})

test('a backup of the platform contains the copy, and is drilled and restored', async () => {
  await succeed('backup')
  expect(await succeed('test-restore')).toMatch(/^Proven: /)
  await succeed('restore', '--strategy', 'new', '--target-database', 'shop_look')
  const copied = await server.query('shop_look', 'SELECT count(*)::int AS n FROM rescued."Note"')
  expect(copied).toEqual([{ n: 3 }])
  await server.dropDatabase('shop_look')
})

test('a copy that took the place of the original is backed up', async () => {
  await server.query('shop', 'DROP TABLE public."Note"; ALTER SCHEMA rescued RENAME TO notes')
  await succeed('backup', 'tenant', '--tenant', 'all')
  await server.query('shop', 'DELETE FROM notes."Note" WHERE id = 1')
  await restoreTenant()
  expect(await server.query('shop', 'SELECT id FROM notes."Note" WHERE "tenantId" = 7 ORDER BY id')).toHaveLength(2)
})

test('a rule for one of its tables takes precedence', async () => {
  await succeed('backup', 'tenant', '--tenant', 'all', '--tenant-rule', 'rescued.Note: column tenantId')
  await server.query('shop', 'DELETE FROM rescued."Note" WHERE id = 1')
  await restoreTenant()
  expect(await server.query('shop', 'SELECT id FROM rescued."Note" WHERE "tenantId" = 7 ORDER BY id')).toHaveLength(2)
})
