// The initial state of every round: servers, a changed platform, and its backups in two stores.
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from '@aws-sdk/client-s3'
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import type { S3Server } from '../support/s3-server.ts'
import { forgeManifest, makeKey, onlyBackup, type TestKey } from '../support/signing.ts'
import { type AgingFront, startAgingFront } from './aging-front.ts'
import { resguardoIn } from './run-command.ts'
import { changePlatform, changeRedis, fillRedis } from './sample-data.ts'

export interface Ground {
  readonly folder: string
  readonly server: TestPostgres
  readonly redis: TestRedis
  readonly s3: S3Server
  readonly bucket: string
  readonly front: AgingFront
  readonly key: TestKey
  /** A tenant of the platform that lost rows since the backups. */
  readonly tenant: string
  /** A git repository whose last commit adds a migration. */
  readonly checkout: string
  stop(): Promise<void>
}

/** Paths and addresses of a round. */
export interface Place {
  readonly ground: Ground
  readonly folder: string
  /** A copy of the built command line, because dist/ may be rebuilt during a long soak. */
  readonly program: string
  /** The directory store. */
  readonly store: string
  /** The prefix of the bucket, with a slash at its end. */
  readonly prefix: string
  readonly temporary: string
  readonly environment: Readonly<Record<string, string>>
}

/** Starts the servers and makes the backups; the caller stops `s3`. */
export async function prepareGround(s3: S3Server): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-soak-'))
  await chmod(folder, 0o755)
  const server = await startPostgres({ settings: { max_prepared_transactions: '5', max_connections: '60' } })
  const redis = await startRedis()
  const front = await startAgingFront(s3.endpoint)
  const ground = {
    ...{ folder, server, redis, s3, front, bucket: await s3.makeBucket() },
    ...{ key: makeKey(folder, 'signer'), tenant: await makePlatform(server), checkout: await makeCheckout(folder) },
    async stop() {
      front.close()
      await redis.stop()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await fill(ground)
    return ground
  } catch (error) {
    await ground.stop()
    throw error
  }
}

/** Creates the platform and Redis, makes the backups, then changes the data. */
async function fill(ground: Ground): Promise<void> {
  const { folder, server, redis } = ground
  for (const each of ['dist', 'package.json'])
    await cp(join(import.meta.dirname, '../..', each), join(folder, 'program', each), { recursive: true })
  await fillRedis(redis)
  await makeBackups(ground)
  await server.query('shop', changePlatform(ground.tenant))
  await server.query('postgres', 'ALTER DATABASE shop RENAME TO soak_shop')
  await changeRedis(redis)
  await redis.cli('save').catch((error: unknown) => {
    throw new Error(`${String(error)} ${redis.log().slice(-2000)}`)
  })
  await copyFile(join(redis.folder, 'dump.rdb'), join(folder, 'changed.rdb'))
}

/** Prepares the databases, keys and stores of a round, and removes leftovers of earlier rounds. */
export async function preparePlace(ground: Ground): Promise<Place> {
  const { server, redis } = ground
  const folder = join(ground.folder, 'round')
  await rm(folder, { recursive: true, force: true })
  for (const each of ['', 'tmp', 'home', 'work']) await mkdir(join(folder, each), { mode: 0o755 })
  await chmod(join(folder, 'tmp'), 0o1777)
  await cp(join(ground.folder, 'backups'), join(folder, 'backups'), { recursive: true, preserveTimestamps: true })
  await clearServer(server)
  await server.createDatabase('shop', 'TEMPLATE soak_shop')
  await copyFile(join(ground.folder, 'changed.rdb'), join(redis.folder, 'dump.rdb'))
  await redis.cli('debug', 'reload', 'nosave')
  return place(ground, folder)
}

function place(ground: Ground, folder: string): Place {
  return {
    ...{
      ground,
      folder,
      program: join(ground.folder, 'program/dist/cli.js'),
      prefix: 'round/',
      store: join(folder, 'backups'),
      temporary: join(folder, 'tmp'),
    },
    environment: {
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      DATABASE_URL: ground.server.url('shop'),
      REDIS_URL: ground.redis.url,
      BACKUP_DIR: join(folder, 'backups'),
      AWS_S3_ENDPOINT: ground.s3.endpoint,
      AWS_S3_REGION: ground.s3.region,
      AWS_ACCESS_KEY_ID: ground.s3.accessKey,
      AWS_SECRET_ACCESS_KEY: ground.s3.secretKey,
    },
  }
}

/**
 * Copies the prepared backups to the prefix of the round. Takes half a second, so only for commands that use the
 * bucket.
 */
export async function prepareBucket({ ground: { s3, bucket: Bucket }, prefix: Prefix }: Place): Promise<void> {
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

/**
 * Backups by name: shop (all kinds, proven), plain, folder (directory format), scan, large, false (no drill proves it),
 * old.
 */
async function makeBackups(ground: Ground): Promise<void> {
  const { server, bucket, folder } = ground
  const home = place(ground, folder)
  for (const each of ['tmp', 'home', 'work']) await mkdir(join(folder, each))
  const run = async (...words: string[]) => {
    const { code, stderr } = await resguardoIn(home, words)
    if (code !== 0) throw new Error(`resguardo ${words.join(' ')} ended with ${code}: ${stderr}`)
  }
  await run('backup', 'all', '--name', 'shop')
  await run('backup', '--name', 'plain', '--format', 'plain')
  await run('backup', '--name', 'folder', '--format', 'directory')
  await run('backup', 'redis', '--name', 'scan', '--redis-method', 'scan')
  await run('backup', '--name', 'large', '--database-url', server.url('large'))
  await run('backup', '--name', 'false', '--table', 'public."Tenant"', '--shrink-limit', '0')
  forgeManifest(join(home.store, 'false', onlyBackup(home.store, 'false')), wrongRows)
  await run('test-restore', 'platform', '--name', 'shop')
  const shop = (await readdir(join(home.store, 'shop'))).find((id) => id.includes('-platform-')) ?? ''
  for (const name of oldBackups())
    await cp(join(home.store, 'shop', shop), join(home.store, 'old', name), { recursive: true })
  const all = (await readdir(home.store)).flatMap((name) => (['large', 'old'].includes(name) ? [] : [name]))
  for (const name of all) {
    for (const id of await readdir(join(home.store, name)))
      await run('upload', id, '--name', name, '--to', `s3://${bucket}/base`)
  }
  // An upload does not copy drill records, so the copy is drilled separately.
  await run('test-restore', 'platform', '--name', 'shop', '--store', `s3://${bucket}/base`)
  for (const each of ['tmp', 'home', 'work']) await rm(join(folder, each), { recursive: true })
}

/** IDs of three scheduled backups of past years, for prune, which reads only names. */
function oldBackups(): string[] {
  const year = new Date().getUTCFullYear()
  return [1, 2, 3].map((n) => `${year - n}0101T000000Z-platform-scheduled-00000${n}`)
}

function wrongRows(manifest: Record<string, unknown>): object {
  const { fingerprint } = manifest as { fingerprint: { tables: { rows: number }[] } }
  return {
    fingerprint: { ...fingerprint, tables: fingerprint.tables.map((table) => ({ ...table, rows: table.rows + 1 })) },
  }
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
