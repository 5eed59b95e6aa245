// Runs printed commands: of a job summary, of a backup that failed in one store, and of a gate that requires an
// off-site copy.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Finished, printedCommand, runAsPrinted } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { runAction } from '../support/run-action.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'

const sample = `
  CREATE TABLE "Tenant" (id text PRIMARY KEY);
  CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant");
  INSERT INTO "Tenant" VALUES ('7'); INSERT INTO "Product" VALUES (1, '7')`

let server: TestPostgres
let redis: TestRedis
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  server = await startPostgres()
  redis = await startRedis()
  folder = await temporaryFolder('summaries')
  const url = await server.createDatabase('shop')
  await server.query('shop', sample)
  await redis.cli('SET', 'a', '1')
  environment = {
    ...{ DATABASE_URL: url, REDIS_URL: redis.url },
    ...{ PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGPASSWORD: server.password },
    PATH: `${server.tools.folder}:${process.env.PATH}`,
  }
}, 120_000)

afterAll(async () => {
  await redis?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (line: string, more: Record<string, string> = {}): Promise<Finished> =>
  runAsPrinted(line, { ...environment, ...more }, folder)

async function done(line: string, more?: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await run(line, more)
  expect(code, `${line}\n${stderr}`).toBe(0)
  return stdout
}

async function refused(line: string, more?: Record<string, string>): Promise<string> {
  const { code, stderr } = await run(line, more)
  expect(code, `${line}\n${stderr}`).not.toBe(0)
  return stderr
}

/** Returns the shell blocks of a backup's summary: drill, restore, and restore without Resguardo. */
async function blocksOf(inputs: Record<string, string>): Promise<string[]> {
  const given = {
    'database-url': environment.DATABASE_URL ?? '',
    'redis-url': redis.url,
    'backup-dir': join(folder, 'backups'),
  }
  const job = join(folder, 'job')
  const { code, summary, log } = await runAction({ name: 'dump', inputs: { ...given, ...inputs }, environment, job })
  expect(code, log).toBe(0)
  return [...summary.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
}

test.each([
  ['of a database', {}, ['test-restore', 'restore', 'restore']],
  ['of tenants', { kind: 'tenant', tenant: 'all' }, ['test-restore', 'restore tenant', 'restore tenant']],
  ['of Redis', { kind: 'redis' }, ['test-restore', 'restore redis', 'restore redis']],
])('a summary %s: the drill, the plan and the restore', async (_, inputs, words) => {
  const blocks = await blocksOf(inputs)
  const lines = blocks
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('resguardo '))
  expect(lines.map((line, at) => line.startsWith(`resguardo ${words[at]} `))).toEqual([true, true, true])
  for (const line of lines) {
    const { host } = new URL(redis.url)
    await done(line.replace('--confirm HOST:PORT', `--confirm ${host}`).replace('--confirm DATABASE', '--confirm shop'))
  }
})

test('a summary of a database: the restore without Resguardo', async () => {
  const byHand = (await blocksOf({})).at(-1)
  await done(`set -e\n${byHand}`)
  expect(await server.query('restored', 'SELECT id FROM "Product"')).toEqual([{ id: 1 }])
})

test('a backup that failed in one of two stores: the upload to the failed store', async () => {
  await mkdir(join(folder, 'far'))
  await writeFile(join(folder, 'far/shop'), 'a file where a folder must be')
  const hint = await refused('resguardo backup --store file:./near --store file:./far')
  await rm(join(folder, 'far/shop'))
  await done(printedCommand(hint, 'upload'))
  expect(await done('resguardo checksum --store file:./near --store file:./far')).toContain('file:./far')
})

test('a gate that requires an off-site copy: the upload to that store', async () => {
  const s3 = await sharedS3Server()
  const keys = { AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey }
  const bucket = `s3://${await s3.makeBucket()}/gate`
  await done(printedCommand(await done('resguardo backup --store file:./gate'), 'test-restore'))
  const place = `--s3-endpoint ${s3.endpoint} --s3-region ${s3.region}`
  const gate = `resguardo migration-gate --store file:./gate --store ${bucket} ${place}`
  await done(printedCommand(await refused(gate, keys), 'upload'), keys)
  await done(gate, keys)
}, 240_000)
