// Production and a copy have a database of the same name and share a store: the latest backup of a tenant must not be
// restored from one into the other.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { printedCommand, resguardo, runAsPrinted } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let production: TestPostgres
let staging: TestPostgres
let folder: string
let stagingUrl: string
let url: string
/** IDs of the backups of staging. */
const ids = { tenant: '', platform: '' }

const run = (at: string, ...parameters: string[]) =>
  resguardo(parameters, { DATABASE_URL: at, BACKUP_DIR: join(folder, 'backups') })

beforeAll(async () => {
  folder = await temporaryFolder('tenant-origin')
  ;[production, staging] = await Promise.all([startPostgres(), startPostgres({ ownIdentifier: true })])
  stagingUrl = await fill(staging, 'staging')
  url = await fill(production, 'production')
  const made = await run(stagingUrl, 'backup', 'all', '--json')
  expect(made.code, made.stderr).toBe(0)
  const { backup, companions } = JSON.parse(made.stdout) as { backup: string; companions: { backup: string }[] }
  ids.platform = backup
  ids.tenant = companions[0]?.backup ?? ''
})
afterAll(async () => {
  await production?.stop()
  await staging?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await fill(production, 'production')
})

/** Creates the database with one tenant, whose note is the name of the server. */
async function fill(server: TestPostgres, note: string, database = 'shop'): Promise<string> {
  await server.dropDatabase(database)
  const created = await server.createDatabase(database)
  await server.query(
    database,
    `CREATE TABLE "Tenant" (id int PRIMARY KEY);
     CREATE TABLE "Note" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", of text);
     INSERT INTO "Tenant" VALUES (7); INSERT INTO "Note" VALUES (1, 7, '${note}')`,
  )
  return created
}

const restore = ['restore', 'tenant', '--tenant', '7', '--mode', 'replace'] as const
const noteOf = (server: TestPostgres, database = 'shop') => server.query(database, 'SELECT of FROM "Note"')
const later = '2099-01-01'

describe.each([
  ['the latest backup of tenants', [], () => ids.tenant, '--backup'],
  ['the backup of tenants at a time', ['--at', later], () => ids.tenant, '--backup'],
  ['the latest backup of the platform', ['--from', 'latest'], () => ids.platform, '--from'],
  ['the backup of the platform at a time', ['--from', 'latest', '--at', later], () => ids.platform, '--from'],
] as const)('%s is of another server:', (_, source, id, flag) => {
  test('the restore is refused, and names the option that accepts it', async () => {
    const { code, stdout, stderr } = await run(url, ...restore, ...source, '--confirm', 'shop', '--json')
    expect(code, stderr).toBe(3)
    expect(stdout).toContain('"restore/blocked"')
    expect(stderr).toContain(`${flag} ${id()}`)
    expect(await noteOf(production)).toEqual([{ of: 'production' }])
  })

  test('the plan says so, and does not try the restore', async () => {
    const plan = await run(url, ...restore, ...source, '--dry-run')
    expect(plan.code).toBe(3)
    expect(plan.stdout).toContain('[blocked] The backup is of another server')
    expect(await noteOf(production)).toEqual([{ of: 'production' }])
  })

  test('chosen by its ID it is restored, with a warning', async () => {
    const { code, stderr } = await run(url, ...restore, flag, id(), '--confirm', 'shop')
    expect(code, stderr).toBe(0)
    expect(stderr).toContain('The backup is of another server')
    expect(await noteOf(production)).toEqual([{ of: 'staging' }])
  })
})

test('of the same server it is restored without a question', async () => {
  await staging.query('shop', `UPDATE "Note" SET of = 'changed'`)
  const plan = await run(stagingUrl, ...restore, '--dry-run')
  expect(plan.code, plan.stderr).toBe(0)
  expect(plan.stdout).toMatch(/\[ok\] +The backup is of this server/)
  const printed = printedCommand(plan.stdout, 'restore tenant')
  const { code, stderr } = await runAsPrinted(printed, {
    DATABASE_URL: stagingUrl,
    BACKUP_DIR: join(folder, 'backups'),
  })
  expect(code, stderr).toBe(0)
  expect(stderr).not.toContain('another server')
  expect(await noteOf(staging)).toEqual([{ of: 'staging' }])
})

test('of another database of the same server it is restored with a warning', async () => {
  const other = await fill(staging, 'other', 'shop_copy')
  const { code, stderr } = await run(other, ...restore, '--confirm', 'shop_copy')
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('The backup is of database shop, not of shop_copy')
  expect(await noteOf(staging, 'shop_copy')).toEqual([{ of: 'staging' }])
})
