// Runs every command of both runbooks in a shell as written, except for placeholders and the bucket.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resguardo, runAsPrinted } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

/** In the order of the page: lines of shell blocks, and what stands between backticks. */
async function commandsOf(page: string): Promise<string[]> {
  const text = await readFile(join(import.meta.dirname, '../../docs', page), 'utf8')
  const found = text.matchAll(/^```sh\n(.*?)^```$|`(resguardo [a-z-]+[^`]*)`/gms)
  return [...found]
    .flatMap(([, block, inline = '']) => (block ?? inline).split('\n'))
    .filter((line) => /^[^#]/.test(line))
}

const commands = (await commandsOf('runbook.md')).filter((line) => line !== 'resguardo restore')

let server: TestPostgres
let redis: TestRedis
let health: Server
let folder: string
let environment: Record<string, string>
let platform: string
let keys: string

const sample = `
  CREATE TABLE "Tenant" (id text PRIMARY KEY);
  CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", name text);
  CREATE TABLE "Stock" (product int PRIMARY KEY REFERENCES "Product", pieces int);
  INSERT INTO "Tenant" VALUES ('acme'), ('globex'); INSERT INTO "Product" VALUES (1, 'acme', 'a'), (2, 'globex', 'b');
  INSERT INTO "Stock" VALUES (1, 5), (2, 6)`

beforeAll(async () => {
  server = await startPostgres()
  redis = await startRedis()
  folder = await temporaryFolder('runbook')
  health = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin/pm2'), '#!/bin/sh\n')
  await chmod(join(folder, 'bin/pm2'), 0o755)
  const url = await server.createDatabase('shop')
  await server.query('shop', sample)
  await redis.cli('SET', 'bull:mail:id', '1')
  environment = {
    ...{
      DATABASE_URL: url,
      REDIS_URL: redis.url,
      RESCUED_URL: server.url('rescued'),
      LOOK_URL: server.url('shop_look'),
      RESGUARDO_STORE: `file:${folder}/bucket`,
    },
    ...{ PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGPASSWORD: server.password },
    PATH: `${join(folder, 'bin')}:${server.tools.folder}:${process.env.PATH}`,
  }
  const made = await resguardo(['backup', 'all', '--record', '--json'], environment)
  expect(made.code, made.stderr).toBe(0)
  const document = JSON.parse(made.stdout) as { backup: string; companions: { backup: string }[] }
  platform = document.backup
  keys = document.companions.find(({ backup }) => backup.includes('-redis-'))?.backup ?? ''
}, 120_000)

afterAll(async () => {
  health?.close()
  await redis?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What the page presumes has happened before a command. */
const before: readonly [RegExp, string][] = [
  [/COPY \(SELECT/, `DELETE FROM "Stock" WHERE product = 1; DELETE FROM "Product" WHERE "tenantId" = 'acme'`],
  [/^pg_dump --table/, 'DROP TABLE "Product" CASCADE'],
]

test('the Spanish page has the same commands', async () => {
  expect((await commandsOf('runbook.es.md')).filter((line) => line !== 'resguardo restore')).toEqual(commands)
})

test.each(commands)('%s', async (command) => {
  const line = command
    .replace(/\bID\b/, command.includes('restore redis ID') ? keys : platform)
    .replace('HOST:PORT', new URL(redis.url).host)
    .replace('s3://my-bucket/resguardo', `file:${folder}/bucket`)
    .replace('https://example.com/health', `http://127.0.0.1:${(health.address() as AddressInfo).port}/`)
  for (const [pattern, sql] of before) if (pattern.test(command)) await server.query('shop', sql)
  const { code, stdout, stderr } = await runAsPrinted(line, environment, folder)
  expect(
    [
      code,
      command.startsWith('resguardo')
        ? ''
        : stderr.replaceAll(/.*already exists\n|.*current user cannot be dropped\n/g, ''),
    ],
    stderr,
  ).toEqual([0, ''])
  if (command.includes('| grep ')) expect(stdout).toContain('REFERENCES')
})
