// Every command that reads backups accepts undamaged ones of every kind, format and mark.
import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseMark } from '../../src/domain/backups/marks.ts'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { makeKey } from '../support/signing.ts'

let server: TestPostgres
let redis: TestRedis
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  server = await startPostgres()
  redis = await startRedis()
  folder = await temporaryFolder('whole-backups')
  await chmod(folder, 0o755)
  const url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE TABLE "Tenant" (id int PRIMARY KEY, name text); CREATE TABLE item (id int PRIMARY KEY, "tenantId" int REFERENCES "Tenant");
     INSERT INTO "Tenant" VALUES (1, 'a'), (2, 'b'); INSERT INTO item SELECT n, 1 + n % 2 FROM generate_series(1, 500) n`,
  )
  await redis.cli('SET', 'k', 'v')
  const key = makeKey(folder, 'ours')
  environment = { DATABASE_URL: url, REDIS_URL: redis.url, RESGUARDO_SIGN_KEY: key.path }
})

afterAll(async () => {
  await redis?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = async (directory: string, ...parameters: string[]): Promise<string> => {
  const { code, stdout, stderr } = await resguardo([...parameters, '--json'], {
    ...environment,
    BACKUP_DIR: join(folder, directory),
  })
  expect(code, `${parameters.join(' ')}: ${stderr}`).toBe(0)
  return stdout
}
interface Listed {
  readonly id: string
  readonly kind: string
}
const ids = async (directory: string): Promise<string[]> =>
  (JSON.parse(await run(directory, 'list')) as { backups: Listed[] }).backups.map(({ id }) => id)

/** Marks in the folders of backups. */
async function marksIn(directory: string): Promise<string[]> {
  const files = await readdir(join(folder, directory), { recursive: true })
  return [...new Set(files.flatMap((file) => parseMark(file.split('/').slice(2).join('/'))?.mark ?? []))].sort()
}

test('every command accepts undamaged backups of each kind, format and mark', async () => {
  const scratch = ['--jobs', '2']
  await run('all', 'backup', '--kind', 'all', '--include-shared', '--keep-days', '5')
  await run('all', 'backup', '--format', 'plain', '--globals')
  await run('all', 'backup', '--kind', 'tenant', '--tenant', '1')
  await server.query('shop', 'DELETE FROM item WHERE id > 10')
  await run('all', 'backup', '--format', 'directory')
  const made = await ids('all')
  expect(made).toHaveLength(6)
  for (const kind of ['platform', 'tenant', 'redis']) await run('all', 'test-restore', '--kind', kind, ...scratch)
  await run('all', 'pin', made[0] ?? '', '--reason', 'before 2.0', '--for', '30d')
  await run('all', 'pin', made[1] ?? '', '--reason', 'audit.sig')
  for (const id of made) await run('all', 'upload', id, '--to', `file:${join(folder, 'copy')}`)
  for (const directory of ['all', 'copy']) {
    expect(await marksIn(directory)).toEqual(['all-tenants', 'drill', 'keep-until', 'pin', 'suspect'])
    await run(directory, 'prune', '--dry-run')
    await run(directory, 'prune')
  }
  for (const id of made) await run('copy', 'checksum', id)
}, 600_000)
