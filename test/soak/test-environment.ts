// The initial state of every round: servers, a changed platform, and its backups in two stores.
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from '@aws-sdk/client-s3'
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { startRedis } from '../support/redis.ts'
import type { S3Server } from '../support/s3-server.ts'
import { makeKey } from '../support/signing.ts'
import { startAgingProxy } from './aging-proxy.ts'
import { makeBackups } from './sample-backups.ts'
import { changePlatform, changeRedis, fillRedis } from './sample-data.ts'
import { type TestEnvironment, type Workspace, workspaceIn } from './workspace.ts'

/** Starts the servers and makes the backups; the caller stops `s3`. */
export async function prepareTestEnvironment(s3: S3Server): Promise<TestEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-soak-'))
  await chmod(folder, 0o755)
  const server = await startPostgres({ settings: { max_prepared_transactions: '5', max_connections: '60' } })
  const redis = await startRedis()
  const proxy = await startAgingProxy(s3.endpoint)
  const environment = {
    ...{ folder, server, redis, s3, proxy, bucket: await s3.makeBucket() },
    ...{ key: makeKey(folder, 'signer'), tenant: await makePlatform(server), checkout: await makeCheckout(folder) },
    async stop() {
      proxy.close()
      await redis.stop()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await prepareData(environment)
    return environment
  } catch (error) {
    await environment.stop()
    throw error
  }
}

/** Creates the platform and Redis, makes the backups, then changes the data. */
async function prepareData(environment: TestEnvironment): Promise<void> {
  const { folder, server, redis } = environment
  for (const each of ['dist', 'package.json'])
    await cp(join(import.meta.dirname, '../..', each), join(folder, 'program', each), { recursive: true })
  await fillRedis(redis)
  await makeBackups(environment, workspaceIn(environment, folder))
  await server.query('shop', changePlatform(environment.tenant))
  await server.query('postgres', 'ALTER DATABASE shop RENAME TO soak_shop')
  await changeRedis(redis)
  await redis.cli('save').catch((error: unknown) => {
    throw new Error(`${String(error)} ${redis.log().slice(-2000)}`)
  })
  await copyFile(join(redis.folder, 'dump.rdb'), join(folder, 'changed.rdb'))
}

/** Prepares the databases, keys and stores of a round, and removes leftovers of earlier rounds. */
export async function prepareWorkspace(environment: TestEnvironment): Promise<Workspace> {
  const { server, redis } = environment
  const folder = join(environment.folder, 'round')
  await rm(folder, { recursive: true, force: true })
  for (const each of ['', 'tmp', 'home', 'work']) await mkdir(join(folder, each), { mode: 0o755 })
  await chmod(join(folder, 'tmp'), 0o1777)
  await cp(join(environment.folder, 'backups'), join(folder, 'backups'), { recursive: true, preserveTimestamps: true })
  await clearServer(server)
  await server.createDatabase('shop', 'TEMPLATE soak_shop')
  await copyFile(join(environment.folder, 'changed.rdb'), join(redis.folder, 'dump.rdb'))
  await redis.cli('debug', 'reload', 'nosave')
  return workspaceIn(environment, folder)
}

/**
 * Copies the prepared backups to the prefix of the round. Takes half a second, so only for commands that use the
 * bucket.
 */
export async function prepareBucket({ environment: { s3, bucket: Bucket }, prefix: Prefix }: Workspace): Promise<void> {
  const { client } = s3
  const keysBelow = async (prefix: string) => {
    const keys: string[] = []
    for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket, Prefix: prefix }))
      keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
    return keys
  }
  const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix }))
  for (const { Key, UploadId } of Uploads)
    await client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
  await Promise.all((await keysBelow(Prefix)).map((Key) => client.send(new sdk.DeleteObjectCommand({ Bucket, Key }))))
  const copy = (key: string) =>
    client.send(
      new sdk.CopyObjectCommand({
        Bucket,
        Key: key.replace(/^base\//, Prefix),
        CopySource: encodeURI(`${Bucket}/${key}`),
      }),
    )
  await Promise.all((await keysBelow('base/')).map(copy))
}

/** Drops databases that are not part of the initial state. */
async function clearServer(server: TestPostgres): Promise<void> {
  await server.query(
    'postgres',
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
  )
  const rows = await server.query<{ name: string }>(
    'postgres',
    "SELECT datname::text AS name FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', 'soak_shop', 'large')",
  )
  for (const { name } of rows) await server.dropDatabase(name)
  const roles = await server.query<{ name: string }>(
    'postgres',
    "SELECT rolname::text AS name FROM pg_roles WHERE starts_with(rolname, 'resguardo_')",
  )
  for (const { name } of roles) await server.query('postgres', `DROP OWNED BY "${name}"; DROP ROLE "${name}"`)
}

/** Creates the databases `shop` and `large` (several upload parts). Returns the ID of a tenant. */
async function makePlatform(server: TestPostgres): Promise<string> {
  const url = await server.createDatabase('shop')
  await makeSamplePlatform(url, { megabytes: 2, tenants: 5 })
  await server.createDatabase('large')
  await server.query(
    'large',
    `CREATE TABLE blob AS SELECT n AS id, (SELECT string_agg(decode(md5(n || '-' || i), 'hex'), '') FROM generate_series(1, 4000) i) AS bytes
     FROM generate_series(1, 180) n`,
  )
  const [row] = await server.query<{ id: string }>(
    'shop',
    'SELECT id::text FROM "Tenant" ORDER BY slug OFFSET 2 LIMIT 1',
  )
  return row?.id ?? ''
}

async function makeCheckout(folder: string): Promise<string> {
  const checkout = join(folder, 'checkout')
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=soak', '-c', 'user.email=soak@example.com', ...words], {
      cwd: checkout,
      stdio: 'ignore',
    })
  await mkdir(join(checkout, 'prisma/migrations/1_note'), { recursive: true })
  git('init', '-q')
  await writeFile(join(checkout, 'README.md'), 'A platform with a migration.\n')
  git('add', '.')
  git('commit', '-qm', 'platform')
  await writeFile(join(checkout, 'prisma/migrations/1_note/migration.sql'), 'ALTER TABLE "Customer" ADD note text;\n')
  git('add', '.')
  git('commit', '-qm', 'migration')
  return checkout
}
