// Tenants with parents, rows that refer to rows of other tenants, circular references and self references.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { makeTenantZip, restoreZip } from '../support/tenant-zip.ts'

let server: TestPostgres
let folder: string
let url: string

/** The client's ID sorts before the parent's, and its projects refer to the parent's projects. */
const model = `
  CREATE TABLE "Tenant" (id text PRIMARY KEY, parent text REFERENCES "Tenant", name text);
  INSERT INTO "Tenant" VALUES ('zeta', 'zeta', 'Z'), ('globex', 'zeta', 'G'), ('acme', 'globex', 'A'), ('other', NULL, 'O');
  CREATE TABLE "Project" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", above int REFERENCES "Project", title text);
  INSERT INTO "Project" VALUES (9, 'globex', NULL, 'g'), (1, 'acme', 9, 'a'), (2, 'acme', 1, 'b'), (3, 'other', 2, 'o');
  CREATE TABLE "Team" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", leader int NOT NULL);
  CREATE TABLE "Member" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", team int NOT NULL REFERENCES "Team");
  WITH w AS (INSERT INTO "Team" VALUES (1, 'acme', 2), (5, 'globex', 6) RETURNING 1) INSERT INTO "Member" VALUES (2, 'acme', 1), (3, 'acme', 1), (6, 'globex', 5);
  ALTER TABLE "Team" ADD FOREIGN KEY (leader) REFERENCES "Member";
  CREATE TABLE "Invoice" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", paid int);
  CREATE TABLE "Payment" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", invoice int NOT NULL REFERENCES "Invoice" DEFERRABLE);
  ALTER TABLE "Invoice" ADD FOREIGN KEY (paid) REFERENCES "Payment" DEFERRABLE INITIALLY DEFERRED;
  INSERT INTO "Invoice" VALUES (1, 'acme', NULL), (2, 'globex', NULL); INSERT INTO "Payment" VALUES (1, 'acme', 1), (2, 'globex', 2);
  UPDATE "Invoice" SET paid = id`
const tables = ['Tenant', 'Project', 'Team', 'Member', 'Invoice', 'Payment']

/** Deletes the rows of a tenant without checking foreign keys. */
const gone = (...ids: string[]): string =>
  `SET session_replication_role = replica; ${tables
    .map(
      (table) =>
        `DELETE FROM "${table}" WHERE ${table === 'Tenant' ? 'id' : '"tenantId"'} IN (${ids.map((id) => `'${id}'`)});`,
    )
    .join(' ')} SET session_replication_role = origin`

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('hierarchies')
  await server.createDatabase('model')
  await server.query('model', model)
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await server.dropDatabase('shop')
  url = await server.createDatabase('shop', 'TEMPLATE model')
})

const query = <T>(sql: string) => server.query<T>('shop', sql)
const rows = async (): Promise<unknown> => {
  const found = []
  for (const table of tables) found.push(await query(`SELECT r::text AS r FROM "${table}" AS r ORDER BY 1`))
  return found
}

test.each(['insert', 'merge', 'replace'] as const)('%s: a client is restored below its parent', async (mode) => {
  const path = await makeTenantZip(url, { tenant: 'acme' })
  const before = await rows()
  await query(gone('acme'))
  await restoreZip(url, { path, mode })
  expect(await rows()).toEqual(before)
})

test.each(['insert', 'merge', 'replace'] as const)(
  '%s: a client is refused without its parent, and is restored after it',
  async (mode) => {
    const before = await rows()
    const [acme, globex] = [
      await makeTenantZip(url, { tenant: 'acme' }),
      await makeTenantZip(url, { tenant: 'globex' }),
    ]
    await query(gone('acme', 'globex'))
    const without = await rows()
    await expect(restoreZip(url, { path: acme, mode })).rejects.toMatchObject({
      code: 'tenant/broken-reference',
      message: expect.stringContaining('globex'),
      hint: expect.stringMatching(/tenant/),
    })
    expect(await rows()).toEqual(without)
    await restoreZip(url, { path: globex, mode })
    await restoreZip(url, { path: acme, mode })
    expect(await rows()).toEqual(before)
  },
)

test.each(['merge', 'replace'] as const)('%s: a parent is restored and its clients do not change', async (mode) => {
  const path = await makeTenantZip(url, { tenant: 'globex' })
  const before = await rows()
  await query(
    `UPDATE "Tenant" SET name = 'x', parent = NULL WHERE id = 'globex'; UPDATE "Project" SET title = 'x' WHERE id = 9`,
  )
  const { notes } = await restoreZip(url, { path, mode })
  expect(notes).toEqual([])
  expect(await rows()).toEqual(before)
})

test.each(['merge', 'replace'] as const)('%s: a tenant that is its own parent', async (mode) => {
  const path = await makeTenantZip(url, { tenant: 'zeta' })
  const before = await rows()
  await query(`UPDATE "Tenant" SET name = 'x', parent = NULL WHERE id = 'zeta'`)
  await restoreZip(url, { path, mode })
  expect(await rows()).toEqual(before)
})

test('replace: rows that refer to rows of another tenant, in both directions, keep their references', async () => {
  const path = await makeTenantZip(url, { tenant: 'acme' })
  const before = await rows()
  await query(
    `UPDATE "Project" SET title = 'x', above = NULL WHERE id IN (1, 2); INSERT INTO "Project" VALUES (4, 'acme', 1, 'new')`,
  )
  await restoreZip(url, { path, mode: 'replace' })
  expect(await rows()).toEqual(before)
})

test('replace: a row that another tenant now refers to is not deleted', async () => {
  const path = await makeTenantZip(url, { tenant: 'acme' })
  await query(`INSERT INTO "Project" VALUES (4, 'acme', 1, 'new'); UPDATE "Project" SET above = 4 WHERE id = 3`)
  const before = await rows()
  await expect(restoreZip(url, { path, mode: 'replace' })).rejects.toMatchObject({ code: 'tenant/broken-reference' })
  expect(await rows()).toEqual(before)
  await restoreZip(url, { path, mode: 'merge' })
  expect(await rows()).toEqual(before)
})

test.each(['merge', 'replace'] as const)('%s: circular references, deferrable or not, are restored', async (mode) => {
  const path = await makeTenantZip(url, { tenant: 'acme' })
  const before = await rows()
  await query(
    `UPDATE "Team" SET leader = 3 WHERE id = 1; UPDATE "Invoice" SET paid = NULL WHERE id = 1; DELETE FROM "Payment" WHERE id = 1; DELETE FROM "Member" WHERE id = 2`,
  )
  await restoreZip(url, { path, mode })
  expect(await rows()).toEqual(before)
})

test('replace: a circular reference that is not in the backup is deleted', async () => {
  const path = await makeTenantZip(url, { tenant: 'acme' })
  const before = await rows()
  await query(
    `WITH w AS (INSERT INTO "Team" VALUES (7, 'acme', 8) RETURNING 1) INSERT INTO "Member" VALUES (8, 'acme', 7);
     UPDATE "Team" SET leader = 8 WHERE id = 1; INSERT INTO "Invoice" VALUES (7, 'acme'); INSERT INTO "Payment" VALUES (7, 'acme', 7); UPDATE "Invoice" SET paid = 7`,
  )
  await query(`UPDATE "Invoice" SET paid = 2 WHERE id = 2`)
  const { notes } = await restoreZip(url, { path, mode: 'replace' })
  expect(notes).toEqual([])
  expect(await rows()).toEqual(before)
})

test('a copy with another ID keeps its parent, with new keys in trees and circular references', async () => {
  const path = await makeTenantZip(url, { tenant: 'acme' })
  const before = await rows()
  await restoreZip(url, { path, as: 'acme2', remapKeys: true })
  expect(await query(`SELECT parent FROM "Tenant" WHERE id = 'acme2'`)).toEqual([{ parent: 'globex' }])
  expect(
    await query(`SELECT a.title, coalesce(b."tenantId", '-') AS of FROM "Project" a LEFT JOIN "Project" b ON b.id = a.above
                  WHERE a."tenantId" = 'acme2' ORDER BY 1`),
  ).toEqual([
    { title: 'a', of: 'globex' },
    { title: 'b', of: 'acme2' },
  ])
  const circles = `SELECT (SELECT count(*)::int FROM "Team" t JOIN "Member" m ON m.id = t.leader AND m.team = t.id AND m."tenantId" = t."tenantId" WHERE t."tenantId" = 'acme2') AS teams,
    (SELECT count(*)::int FROM "Invoice" i JOIN "Payment" p ON p.id = i.paid AND p.invoice = i.id AND p."tenantId" = i."tenantId" WHERE i."tenantId" = 'acme2') AS invoices`
  expect(await query(circles)).toEqual([{ teams: 1, invoices: 1 }])
  await query(gone('acme2'))
  expect(await rows()).toEqual(before)
})

test('a copy of a tenant that is its own parent is its own parent', async () => {
  const path = await makeTenantZip(url, { tenant: 'zeta' })
  await restoreZip(url, { path, as: 'zeta2' })
  expect(await query(`SELECT id, parent FROM "Tenant" WHERE id LIKE 'zeta%' ORDER BY 1`)).toEqual([
    { id: 'zeta', parent: 'zeta' },
    { id: 'zeta2', parent: 'zeta2' },
  ])
})

test('several tenants are drilled together and restored parent first, also from a backup of the platform', async () => {
  const cli = (...words: string[]) => resguardo(words, { DATABASE_URL: url, BACKUP_DIR: join(folder, 'backups') })
  const restore = (tenant: string, ...words: string[]) =>
    cli('restore', 'tenant', '--tenant', tenant, '--confirm', 'shop', '--skip-safety-backup', ...words)
  const made = [await cli('backup'), await cli('backup', 'tenant', '--tenant', 'acme', '--tenant', 'globex')]
  for (const { code, stderr } of made) expect(code, stderr).toBe(0)
  for (const [name, tenants, said] of [
    ['one', ['acme'], /Project_above_fkey/],
    ['some', ['acme', 'globex'], /Tenant_parent_fkey of public.Tenant\.$/m],
    ['all', ['all'], /Tenant_parent_fkey of public.Tenant\.$/m],
  ] as const) {
    await cli('backup', 'tenant', '--name', name, ...tenants.flatMap((tenant) => ['--tenant', tenant]))
    const drilled = await cli('test-restore', '--kind', 'tenant', '--name', name)
    expect(drilled, drilled.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(said) })
  }
  const before = await rows()
  for (const from of [[], ['--from', 'latest']]) {
    for (const mode of ['merge', 'replace']) {
      await query(gone('acme', 'globex'))
      expect(await restore('acme', '--mode', mode, ...from)).toMatchObject({ code: 3 })
      for (const tenant of ['globex', 'acme']) {
        const { code, stderr } = await restore(tenant, '--mode', mode, ...from)
        expect(code, stderr).toBe(0)
      }
      expect(await rows()).toEqual(before)
    }
  }
}, 180_000)
