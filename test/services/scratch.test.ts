// The contract of every scratch into which a drill loads a backup.
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { backupPrefix } from '../../src/domain/backups/backup.ts'
import type { Manifest } from '../../src/domain/manifest/manifest.ts'
import { backupKinds } from '../../src/kinds/kinds.ts'
import { makeWorld } from '../../src/main/world.ts'
import { findBackup } from '../../src/operations/catalogue/find-backup.ts'
import { readManifest } from '../../src/operations/catalogue/read-manifest.ts'
import { kindOf } from '../../src/operations/kind-of.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { type ScratchUnderTest, scratchContract } from '../contracts/scratch-contract.ts'
import { resguardo } from '../support/command-line.ts'
import { openFolder } from '../support/drill.ts'
import { fakeWorld } from '../support/fakes.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

let server: TestPostgres
let redis: TestRedis
let folder: string

const tables = `
  CREATE TABLE "Tenant" (id int PRIMARY KEY, name text NOT NULL);
  CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant" (id), name text);
  CREATE INDEX ON "Product" ("tenantId");
  INSERT INTO "Tenant" SELECT i, 'tenant ' || i FROM generate_series(1, 3) i;
  INSERT INTO "Product" SELECT i, 1 + i % 3, repeat('x', 100) FROM generate_series(1, 3000) i`

beforeAll(async () => {
  server = await startPostgres()
  redis = await startRedis()
  folder = await openFolder('scratch-contract')
  await server.query('postgres', tables)
  const client = new Redis(redis.url)
  await client.mset(Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`key:${at}`, `value ${at}`])))
  client.disconnect()
})

afterAll(async () => {
  await server?.stop()
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Backs up with these words, and opens scratch for it as a drill does. */
async function scratchFor(words: readonly string[], scratchUrl?: string): Promise<ScratchUnderTest> {
  const path = join(folder, words.join('-').replaceAll(/[^a-z-]/g, ''))
  const environment = { DATABASE_URL: server.url('postgres'), REDIS_URL: redis.url }
  const { code, stderr } = await resguardo(['backup', ...words, '--store', path, '--name', 'shop'], environment)
  if (code !== 0) throw new Error(stderr)
  const store = openDirectoryStore(path)
  const [{ entry }] = await findBackup([store], { backup: 'latest' })
  const manifest = await readManifest(store, entry)
  const temporary = await openFolder('scratch-contract-temporary')
  const kind = kindOf(backupKinds, manifest.kind)
  const { reporter, hideSecrets } = fakeWorld()
  return {
    manifest,
    store,
    damaged: openDirectoryStore(await damagedCopy(path, manifest)),
    temporary,
    open: (signal) =>
      kind.drill.openScratch(
        manifest,
        {
          server: scratchUrl === undefined ? undefined : { url: scratchUrl, database: 'shop_drill' },
          ...{
            jobs: 2,
            allowMissingExtensions: false,
            installTools: false,
            temporary,
            isolation: 'auto',
            tenants: undefined,
            signal,
          },
        },
        makeWorld({ reporter, hideSecrets, signal }),
      ),
    change: words[0] === 'redis' ? changeRedis : changeDatabase,
  }
}

async function damagedCopy(path: string, manifest: Manifest): Promise<string> {
  const copy = `${path}-damaged`
  await cp(path, copy, { recursive: true })
  for (const { file } of manifest.payloads) {
    const place = join(copy, backupPrefix(manifest.name, manifest.id) + file)
    const bytes = await readFile(place)
    const middle = bytes.length >> 1
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    await writeFile(place, bytes)
  }
  return copy
}

async function changeDatabase(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(`UPDATE public."Product" SET name = 'other' WHERE id = 7`)
  } finally {
    await client.end()
  }
}

async function changeRedis(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.set('key:7', 'other')
  } finally {
    client.disconnect()
  }
}

scratchContract('a cluster of its own', () => scratchFor(['platform', '--format', 'plain']))
scratchContract('a database on a given server', () => scratchFor(['platform'], server.url('postgres')))
scratchContract('scratch of tenants', () => scratchFor(['tenant', '--tenant', 'all']), {
  comparesOnce: 'rows are compared while they are restored',
})
scratchContract('scratch of Redis', () => scratchFor(['redis']), {
  comparesOnce: 'the server is a replica, which nobody can write to, until the comparison has ended',
})
