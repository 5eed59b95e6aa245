// A backup in a directory and in a bucket: a drill and a restore read the bucket's copy if the directory's is damaged.
import { readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import type { S3Server } from '../support/s3-server.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'

let server: TestPostgres
let s3: S3Server
let folder: string
let directory: string
let environment: Record<string, string>

beforeAll(async () => {
  server = await startPostgres()
  s3 = await sharedS3Server()
  folder = await temporaryFolder('damaged-copy')
  directory = join(folder, 'backups')
  const url = await server.createDatabase('shop')
  await server.query('shop', 'CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 1000)')
  environment = {
    DATABASE_URL: url,
    RESGUARDO_STORE: `${directory}\ns3://${await s3.makeBucket()}`,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.secretKey,
    AWS_REGION: s3.region,
    AWS_ENDPOINT_URL: s3.endpoint,
  }
})

afterAll(async () => {
  await server?.stop()
  await s3?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  expect((await resguardo(['backup', 'platform'], environment)).code).toBe(0)
})

/** The folder of the newest backup in the directory. */
async function newest(): Promise<string> {
  const [last = ''] = (await readdir(join(directory, 'shop'))).sort().reverse()
  return join(directory, 'shop', last)
}

async function payload(): Promise<string> {
  const folder = await newest()
  const name = (await readdir(folder)).find((file) => file.startsWith('database.dump'))
  return join(folder, name ?? '')
}

const damages: Record<string, () => Promise<void>> = {
  'a payload that is too short': async () => truncate(await payload(), 100),
  'a missing payload': async () => rm(await payload()),
  'a damaged manifest': async () => writeFile(join(await newest(), 'manifest.json'), '{}'),
}

test.each(Object.entries(damages))('%s: the copy in the bucket is restored', async (_, damage) => {
  await damage()
  const drill = await resguardo(['test-restore', 'latest', '--json'], environment)
  expect(drill.code, drill.stderr).toBe(0)
  await server.query('shop', 'DELETE FROM item')
  const restore = await resguardo(
    ['restore', 'latest', '--strategy', 'in-place', '--skip-safety-backup', '--confirm', 'shop'],
    environment,
  )
  expect(restore.code, restore.stderr).toBe(0)
  expect(restore.stderr).toContain(directory)
  expect(await server.query('shop', 'SELECT count(*)::int AS n FROM item')).toEqual([{ n: 1000 }])
})
