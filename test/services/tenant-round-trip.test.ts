// A tenant is backed up, deleted from the live database and restored exactly, while other tenants keep writing.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import { printedCommand, resguardo, runAsPrinted } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let url: string
/** The seventh. */
let tenant: string
let platformBackup: string
let tenantBackup: string

const run = async (...parameters: string[]) =>
  resguardo(parameters, { DATABASE_URL: url, BACKUP_DIR: join(folder, 'backups') })

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('round-trip')
  url = await server.createDatabase('shop')
  await makeSamplePlatform(url, { megabytes: 4, tenants: 10 })
  const [seventh] = await server.query<{ id: string }>(
    'shop',
    'SELECT id::text FROM "Tenant" ORDER BY slug OFFSET 6 LIMIT 1',
  )
  tenant = seventh?.id ?? ''
  const { code, stdout, stderr } = await run('backup', '--kind', 'all', '--json')
  expect(code, stderr).toBe(0)
  const made = JSON.parse(stdout) as { backup: string; companions: { backup: string }[] }
  platformBackup = made.backup
  tenantBackup = made.companions[0]?.backup ?? ''
}, 120_000)

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const tables = ['Tenant', 'User', 'Product', 'Customer', 'Invoice', 'AuditLog'] as const

/** What the tenant has, and the invoices' lines, as one digest a table. */
async function lookAtTenant(): Promise<unknown[]> {
  const where = (table: string): string => (table === 'Tenant' ? 'id' : '"tenantId"')
  const digests = tables.map(
    (table) =>
      `SELECT '${table}' AS t, count(*)::int AS n, md5(string_agg(x::text, '|' ORDER BY x::text)) AS m FROM "${table}" x WHERE ${where(table)} = '${tenant}'`,
  )
  const lines = `SELECT 'InvoiceLine', count(*)::int, md5(string_agg(x::text, '|' ORDER BY x::text)) FROM "InvoiceLine" x JOIN "Invoice" i ON i.id = x."invoiceId" WHERE i."tenantId" = '${tenant}'`
  return server.query('shop', [...digests, lines].join(' UNION ALL '))
}

async function destroy(): Promise<void> {
  await server.query(
    'shop',
    `DELETE FROM "InvoiceLine" WHERE "invoiceId" IN (SELECT id FROM "Invoice" WHERE "tenantId" = '${tenant}');
     DELETE FROM "AuditLog" WHERE "tenantId" = '${tenant}' AND id % 2 = 0;
     UPDATE "Product" SET name = 'overwritten', price = 0 WHERE "tenantId" = '${tenant}';
     DELETE FROM "Invoice" WHERE "tenantId" = '${tenant}';
     INSERT INTO "User" (id, "tenantId", email, name, "passwordHash")
       VALUES (gen_random_uuid(), '${tenant}', 'intruder@example.org', 'Intruder', 'x') ON CONFLICT DO NOTHING`,
  )
}

/** Other tenants go on: they insert, change and delete until told to stop. */
function othersWrite(): { stop(): Promise<number> } {
  let going = true
  const work = (async () => {
    let rounds = 0
    for (; going; rounds += 1) {
      await server.query(
        'shop',
        `INSERT INTO "AuditLog" ("tenantId", at, action, detail) SELECT id, now()::timestamp, 'busy', '{}' FROM "Tenant" WHERE id <> '${tenant}';
         UPDATE "Customer" SET name = name || '.' WHERE id IN (SELECT id FROM "Customer" WHERE "tenantId" <> '${tenant}' LIMIT 5);
         DELETE FROM "AuditLog" WHERE id IN (SELECT id FROM "AuditLog" WHERE action = 'busy' ORDER BY id LIMIT 3)`,
      )
    }
    return rounds
  })()
  return {
    stop: () => {
      going = false
      return work
    },
  }
}

let before: unknown[]
beforeEach(async () => {
  before ??= await lookAtTenant()
  await destroy()
  expect(await lookAtTenant()).not.toEqual(before)
})

test.each([
  ['its own ZIP', () => ['--backup', tenantBackup]],
  ['the backup of the platform', () => ['--from', platformBackup]],
] as const)(
  'out of %s, exactly, while other tenants keep writing',
  async (_, source) => {
    const others = othersWrite()
    const asked = ['restore', '--kind', 'tenant', '--tenant', tenant, '--mode', 'replace', ...source()]
    const plan = await run(...asked, '--dry-run')
    expect(plan.code, plan.stderr).toBe(0)
    expect(plan.stdout).toMatch(/public\.User +to be deleted +\S/)
    expect(plan.stdout).toContain('nothing was changed')
    expect(await lookAtTenant()).not.toEqual(before)
    const unconfirmed = await run(...asked)
    expect(unconfirmed).toMatchObject({ code: 3, stderr: expect.stringContaining('--confirm shop') })
    const done = await run(...asked, '--confirm', 'shop')
    expect(await others.stop()).toBeGreaterThan(3)
    expect(done.code, done.stderr).toBe(0)
    expect(await lookAtTenant()).toEqual(before)
    // What was there before can be had back.
    const back = await runAsPrinted(printedCommand(done.stdout, 'restore tenant'), { DATABASE_URL: url })
    expect(back.code, back.stderr).toBe(0)
    const intruder = `SELECT count(*)::int AS n FROM "User" WHERE email = 'intruder@example.org'`
    expect(await server.query('shop', intruder)).toEqual([{ n: 1 }])
    expect((await run(...asked, '--confirm', 'shop', '--skip-safety-backup')).code).toBe(0)
    expect(await lookAtTenant()).toEqual(before)
  },
  120_000,
)

test('the safety backup knows what the backup was told of tables', async () => {
  const other = await server.createDatabase('rules')
  const here = async (...parameters: string[]) =>
    resguardo(parameters, { DATABASE_URL: other, BACKUP_DIR: join(folder, 'rules') })
  await server.query(
    'rules',
    `CREATE TABLE "Tenant" (id text PRIMARY KEY, parent text REFERENCES "Tenant", name text); CREATE TABLE "Event" (id int PRIMARY KEY, "orgId" text);
     CREATE TABLE _migrations (id int PRIMARY KEY);
     INSERT INTO "Tenant" VALUES ('globex', NULL, 'G'), ('acme', 'globex', 'A'); INSERT INTO "Event" VALUES (1, 'acme'), (2, 'globex')`,
  )
  const rule = ['--tenant-rule', 'public."Event": column "orgId"', '--tenant-rule', 'public._migrations: ignored']
  expect((await here('backup', '--kind', 'all', ...rule)).code).toBe(0)
  const drilled = await here('test-restore', 'tenant')
  expect(drilled, 'a tenant comes before its parent').toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Tenant_parent_fkey'),
  })
  await server.query('rules', `INSERT INTO "Event" VALUES (3, 'acme')`)
  const asked = ['restore', '--kind', 'tenant', '--tenant', 'acme', '--mode', 'replace', '--confirm', 'rules']
  const replaced = await here(...asked)
  expect(replaced.code, replaced.stderr).toBe(0)
  const undo = await here('restore', '--undo', '--dry-run')
  expect(undo).toMatchObject({ code: 3, stderr: expect.stringContaining('code: restore/nothing-to-undo') })
  expect(undo.stderr).toMatch(
    /of tenant acme .*restore tenant \S+-tenant-safety-\w+ --tenant acme --mode replace --confirm rules/s,
  )
  const goBack = await runAsPrinted(printedCommand(replaced.stdout, 'restore tenant'), { DATABASE_URL: other })
  expect(goBack.code, goBack.stderr).toBe(0)
  expect(await server.query('rules', 'SELECT id FROM "Event" ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
  // Of a parent, whose client stays.
  await server.query(
    'rules',
    `UPDATE "Tenant" SET name = 'changed' WHERE id = 'globex'; DELETE FROM "Event" WHERE id = 2`,
  )
  const parent = ['restore', '--kind', 'tenant', '--tenant', 'globex', '--mode', 'replace', '--confirm', 'rules']
  for (const more of [['--dry-run'], []]) {
    const { code, stderr } = await here(...parent, ...more)
    expect(code, stderr).toBe(0)
  }
  expect(await server.query('rules', 'SELECT id, parent, name FROM "Tenant" ORDER BY id')).toEqual([
    { id: 'acme', parent: 'globex', name: 'A' },
    { id: 'globex', parent: null, name: 'G' },
  ])
  // Out of the platform, with the rules that the backup was made with; and without, which is said.
  const again = await here(...asked, '--from', 'latest', ...rule)
  expect(again.code, again.stderr).toBe(0)
  expect(await server.query('rules', 'SELECT id FROM "Event" ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
  const without = await here(...asked, '--from', 'latest')
  expect(without.stderr).toMatch(/without a path to a tenant: public\.Event, public\._migrations\b/)
  const typo = await here('restore', '--kind', 'tenant', '--tenant', 'acmee', '--from', 'latest', '--dry-run', ...rule)
  expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining('code: tenant/not-in-backup') })
  const copy = [
    ...asked.filter((word) => word !== '--mode' && word !== 'replace'),
    '--new-tenant-id',
    'acme2',
    '--remap-keys',
  ]
  const event = ['ALTER TABLE "Event" ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 100)']
  await server.query('rules', event.join(';'))
  const copied = await here(...copy)
  expect(copied.code, copied.stderr).toBe(0)
  expect(await here(...copy)).toMatchObject({ code: 3, stderr: expect.stringContaining('code: tenant/exists') })
}, 120_000)

test('a backup of tenants is refused as a whole database, and the printed command restores one tenant', async () => {
  for (const words of [[], ['--tenant', tenant]]) {
    const { code, stderr } = await run('restore', tenantBackup, ...words)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('code: backup/wrong-kind') })
    const shown = await runAsPrinted(printedCommand(stderr, 'restore tenant'), { DATABASE_URL: url })
    expect(shown.code, shown.stderr).toBe(0)
  }
}, 60_000)

test('a drill proves every ZIP, and refuses one that was changed', async () => {
  await run(
    'restore',
    '--kind',
    'tenant',
    '--tenant',
    tenant,
    '--mode',
    'replace',
    '--backup',
    tenantBackup,
    '--confirm',
    'shop',
  )
  const good = await run('test-restore', '--backup', tenantBackup)
  expect(good.code, good.stderr).toBe(0)
  expect(good.stdout).toMatch(/^Proven: .*10 tenants with \d+ rows, equal to the backup/s)
  const at = join(folder, 'backups', 'shop', tenantBackup, 'tenants')
  const [first = ''] = await readdir(at)
  const bytes = await readFile(join(at, first))
  bytes[1000] = (bytes[1000] ?? 0) ^ 1
  await writeFile(join(at, first), bytes)
  expect(await run('test-restore', '--backup', tenantBackup)).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(/^Drill failed: /),
  })
  const damaged = await run('checksum', '--backup', tenantBackup)
  expect(damaged.code).toBe(4)
}, 120_000)
