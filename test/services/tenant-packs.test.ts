// Many small tenants share ZIPs: backed up, listed, verified, drilled, copied, and each restored alone.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sumsText } from '../../src/domain/backups/sums.ts'
import { manifestText, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import { ZipContents } from '../../src/engines/postgres/tenants/zip-reading/zip-contents.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'
import { makeSmallTenants, oddIds, rowsByTenant } from '../support/small-tenants.ts'
import { zipOf } from '../support/tenant-zip.ts'

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('tenant-packs')
}, 60_000)

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const place = (database: string, count: number) => makeSmallTenants(server, folder, database, count)
const allTenants = ['backup', '--kind', 'tenant', '--tenant', 'all']

test('more than 1,000 tenants: small ones share ZIPs, and one of them is restored alone', async () => {
  const { database, sql, run, succeed, newest } = await place('many', 1000)
  await succeed(...allTenants)
  const { manifest } = await newest()
  const zips = manifest.payloads.filter(({ role }) => role === 'tenant')
  expect(zips.map(({ file, tenants }) => [file, tenants?.length]).sort()).toEqual([
    ['tenants/large.zip', 1],
    ['tenants/packs/0001-1000.zip', 1000],
    ['tenants/packs/0002-6.zip', 6],
  ])
  const ids = (await sql('SELECT id FROM "Tenant" ORDER BY id')) as { id: string }[]
  expect(zips.flatMap(({ tenants }) => tenants ?? []).sort()).toEqual(ids.map(({ id }) => id).sort())
  expect(await succeed('list')).toContain('all 1007 tenants')
  expect(JSON.parse(await succeed('list', '--json')).backups[0].tenants).toMatchObject({ all: true, count: 1007 })
  await succeed('checksum')
  const before = await sql(rowsByTenant)
  const wanted = oddIds[0] ?? ''
  const literal = `'${wanted.replaceAll("'", "''")}'`
  await sql(`DELETE FROM "Line" WHERE "orderId" IN (SELECT id FROM "Order" WHERE "tenantId" = ${literal});
    DELETE FROM "Order" WHERE "tenantId" = ${literal} AND id % 2 = 0; UPDATE "Order" SET note = 'new' WHERE "tenantId" = ${literal}`)
  const replace = ['restore', '--kind', 'tenant', '--mode', 'replace', '--confirm', database]
  await succeed(...replace, '--tenant', wanted)
  expect(await sql(rowsByTenant)).toEqual(before)
  // A tenant that is in the older backup only.
  await sql(`DELETE FROM "Tenant" WHERE id = '7'`)
  await succeed(...allTenants)
  const restored = await run('restore', '--kind', 'tenant', '--tenant', '7')
  expect(restored).toMatchObject({ code: 3 })
  const confirmed = await run('restore', '--kind', 'tenant', '--tenant', '7', '--confirm', database)
  expect(confirmed.code, confirmed.stderr).toBe(0)
  expect(confirmed.stderr).toContain('does not contain the tenant')
  expect(await sql(rowsByTenant)).toEqual(before)
  expect(await run('restore', '--kind', 'tenant', '--tenant', '1008', '--dry-run')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('code: tenant/not-in-backup'),
  })
  const sampled = JSON.parse(await succeed('test-restore', 'tenant', '--json', '--tenant-sample', '3'))
  expect(sampled).toMatchObject({ verdict: 'proven', tried: { tenants: 3, of: 1006 } })
}, 240_000)

test('the commands in the README of a pack take out each tenant, whatever its ID', async () => {
  const { succeed, newest } = await place('by_hand', 3)
  await succeed(...allTenants, '--tenants-per-zip', '100')
  const { at, manifest } = await newest()
  const [pack] = manifest.payloads.filter(({ tenants = [] }) => tenants.length > 1)
  const unpacked = join(folder, 'unpacked')
  await mkdir(unpacked)
  const shell = (script: string) => execFileSync('sh', ['-ec', script], { cwd: unpacked })
  shell(`unzip -q '${at}/${pack?.file}'`)
  const page = await readFile(join(import.meta.dirname, '../../docs/tenants.md'), 'utf8')
  const [find = ''] = /^for zip in .*$/m.exec(page) ?? []
  const found = execFileSync('sh', ['-ec', find.replace("'^7,'", "'^2,'")], { cwd: at, encoding: 'utf8' })
  expect(found.trim()).toBe(pack?.file)
  const readme = await readFile(join(unpacked, 'README.txt'), 'utf8')
  const [, take = ''] = /^ {2}(sed .* sh -eu)$/m.exec(readme) ?? []
  const index = (await readFile(join(unpacked, 'tenants.csv'), 'utf8')).trimEnd().split('\n').slice(1)
  const taken = new Set<string>()
  for (const line of index) {
    const [id = '', file = '', , , , sha256] = line.split(',')
    taken.add(decodeURIComponent(id))
    shell(take.replace('tenant=ID', `tenant=${id}`))
    const csv = await readFile(join(unpacked, 'tenant', file))
    const endOfHeader = file.includes('Line') ? 'c"\n' : '\n'
    const header = csv.subarray(0, csv.indexOf(endOfHeader) + endOfHeader.length)
    expect((await readFile(join(unpacked, file))).subarray(0, header.length).equals(header)).toBe(true)
    expect(createHash('sha256').update(csv.subarray(header.length)).digest('hex')).toBe(sha256)
  }
  expect([...taken].sort()).toEqual([...(pack?.tenants ?? [])].sort())
  expect(() => shell(take.replace('tenant=ID', 'tenant=99'))).toThrow()
})

test('a drill restores every tenant of every ZIP, or those that are named', async () => {
  const { succeed, newest, run } = await place('drilled', 8)
  await succeed(...allTenants, '--tenants-per-zip', '4', '--include-shared')
  const { at, manifest } = await newest()
  expect(manifest.payloads.flatMap(({ tenants }) => (tenants ? [tenants.length] : [])).sort()).toEqual([1, 2, 4, 4, 4])
  const drill = async (...more: string[]) => JSON.parse(await succeed('test-restore', 'tenant', '--json', ...more))
  expect(await drill()).toMatchObject({ verdict: 'proven', tried: { tenants: 15, of: 15, rows: 15 + 2 * 342 } })
  const named = await drill('--tenant', '../..', '--tenant', 'large')
  expect(named).toMatchObject({ verdict: 'proven', tried: { tenants: 2, of: 15 } })
  const pack = join(at, 'tenants/packs/0001-4.zip')
  const bytes = await readFile(pack)
  bytes[200] = (bytes[200] ?? 0) ^ 1
  await writeFile(pack, bytes)
  expect(await run('test-restore', 'tenant')).toMatchObject({ code: 4 })
  expect(await run('checksum')).toMatchObject({ code: 4 })
  expect(await run('restore', '--kind', 'tenant', '--tenant', '1', '--dry-run')).toMatchObject({ code: 4 })
}, 240_000)

test('a pack whose index assigns the rows of one tenant to another is refused', async () => {
  const { database, succeed, newest, run, sql } = await place('forged', 4)
  await succeed(...allTenants, '--tenants-per-zip', '100')
  const { at, manifest } = await newest()
  const file = 'tenants/packs/0001-10.zip'
  const zip = await ZipContents.open(join(at, file))
  const entries: [string, Buffer][] = []
  for (const name of zip.sizes.keys()) {
    const pieces: Buffer[] = []
    for await (const piece of zip.read(name)) pieces.push(piece)
    const content = Buffer.concat(pieces)
    const swapped = content.toString().replaceAll(/^[12](?=,)/gm, (id) => (id === '1' ? '2' : '1'))
    entries.push([name, name === 'tenants.csv' ? Buffer.from(swapped) : content])
  }
  await zip.close()
  const forged = await readFile(await zipOf(entries))
  await writeFile(join(at, file), forged)
  const sha256 = createHash('sha256').update(forged).digest('hex')
  const payloads = manifest.payloads.map((each) =>
    each.file === file ? { ...each, sha256, bytes: forged.length } : each,
  )
  const { digest: _, ...unsealed } = manifest
  await writeFile(join(at, 'manifest.json'), manifestText(sealManifest({ ...unsealed, payloads })))
  await writeFile(join(at, 'SHA256SUMS'), sumsText(payloads))
  const before = await sql(rowsByTenant)
  const restore = ['restore', '--kind', 'tenant', '--mode', 'replace', '--confirm', database, '--tenant', '1']
  const refused = { code: 4, stderr: expect.stringContaining('code: tenant/foreign-rows') }
  expect(await run(...restore, '--skip-safety-backup')).toMatchObject(refused)
  expect(await sql(rowsByTenant)).toEqual(before)
  expect(await run('test-restore', 'tenant')).toMatchObject({ code: 4 })
}, 240_000)

test('for spreadsheets, formulas are escaped and restored', async () => {
  const { database, sql, succeed } = await place('sheets', 3)
  await sql(`UPDATE "Order" SET note = '=1+1' WHERE id % 2 = 0; UPDATE "Order" SET note = '''=1' WHERE id % 3 = 0`)
  const before = await sql(rowsByTenant)
  await succeed(...allTenants, '--tenants-per-zip', '100', '--excel')
  await sql(`UPDATE "Order" SET note = 'changed'`)
  for (const tenant of ['1', '2', '3', 'large', ...oddIds])
    await succeed('restore', '--kind', 'tenant', '--tenant', tenant, '--mode', 'replace', '--confirm', database)
  expect(await sql(rowsByTenant)).toEqual(before)
}, 240_000)

test('a backup in S3 is copied, drilled and restored from', async () => {
  const s3 = await sharedS3Server()
  const store = `s3://${await s3.makeBucket()}`
  const { database, sql, succeed } = await place('bucket', 5)
  const access = ['--s3-access-key-id', s3.accessKey, '--s3-secret-access-key', s3.secretKey]
  const inBucket = ['--store', store, '--s3-endpoint', s3.endpoint, '--s3-region', 'us-east-1', ...access]
  const before = await sql(rowsByTenant)
  await succeed(...allTenants, '--tenants-per-zip', '3', ...inBucket)
  await sql(`DELETE FROM "Line" WHERE "orderId" IN (SELECT id FROM "Order" WHERE "tenantId" = '2')`)
  const restore = ['restore', '--kind', 'tenant', '--tenant', '2', '--mode', 'replace', '--confirm', database]
  await succeed(...restore, '--skip-safety-backup', ...inBucket)
  expect(await sql(rowsByTenant)).toEqual(before)
  await succeed('checksum', ...inBucket)
  await succeed('upload', '--from', store, '--to', `file:${join(folder, 'copy')}`, ...inBucket.slice(2))
  expect(await succeed('test-restore', 'tenant', '--backup-dir', join(folder, 'copy'))).toContain('12 tenants')
}, 240_000)

test('every tenant in a schema of its own', async () => {
  const { sql, succeed } = await place('schemas', 2)
  for (const id of ['1', '2'])
    await sql(`CREATE SCHEMA tenant_${id}; CREATE TABLE tenant_${id}.room (id int PRIMARY KEY, name text);
      INSERT INTO tenant_${id}.room VALUES (${id}, E'a\\nb')`)
  const pattern = ['--tenant-schema', 'tenant_{id}']
  await succeed(...allTenants, '--tenants-per-zip', '10', ...pattern)
  expect(await succeed('test-restore', 'tenant')).toContain('2 tenants')
  await sql('DELETE FROM tenant_1.room')
  await succeed('restore', '--kind', 'tenant', '--tenant', '1', '--confirm', 'schemas', ...pattern)
  expect(await sql('SELECT name FROM tenant_1.room')).toEqual([{ name: 'a\nb' }])
}, 240_000)

test('a tenant with many lines in the index of a pack gets its own ZIP, although its rows are small', async () => {
  const { sql, succeed, newest } = await place('lines', 3)
  const id = '漢'.repeat(300)
  await sql(`INSERT INTO "Tenant" VALUES ('${id}', NULL)`)
  // A line has about 2.8 kB, and a row less than 1 kB.
  for (let table = 0; table < 100; table += 1)
    await sql(
      `CREATE TABLE "T${table}" ("tenantId" text REFERENCES "Tenant"); INSERT INTO "T${table}" VALUES ('${id}')`,
    )
  await succeed(...allTenants, '--tenants-per-zip', '20')
  const { manifest } = await newest()
  const own = manifest.payloads.filter(({ tenants }) => tenants?.length === 1).map(({ tenants }) => tenants?.[0])
  expect(own.sort()).toEqual(['large', id])
})
