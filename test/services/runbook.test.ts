// Runs every command of both runbooks in a shell as written, except for placeholders and the bucket.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { runbookCommands } from '../support/runbook-page.ts'
import { openShellSession, type ShellSession } from '../support/shell-session.ts'

const commands = runbookCommands('runbook.md')

let server: TestPostgres
let added: TestPostgres
let redis: TestRedis
let health: Server
let folder: string
let session: ShellSession
let platform: string
let keys: string

const sample = `
  CREATE TABLE "Tenant" (id text PRIMARY KEY);
  CREATE TABLE "Product" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "tenantId" text NOT NULL REFERENCES "Tenant", name text, price numeric, parent int REFERENCES "Product",
    label text GENERATED ALWAYS AS (name || '!') STORED);
  CREATE TABLE "Stock" (product int PRIMARY KEY REFERENCES "Product" ON DELETE CASCADE, pieces int);
  CREATE VIEW "Cheap" AS SELECT id FROM "Product" WHERE price < 10;
  INSERT INTO "Tenant" VALUES ('acme'), ('globex');
  INSERT INTO "Product" ("tenantId", name, price) VALUES ('acme', 'a', 1.50), ('globex', 'b', NULL), ('acme', 'c', 3);
  INSERT INTO "Stock" VALUES (1, 5), (2, 6)`

/** What the application writes until it is stopped. */
const lateWrite = `INSERT INTO \\"Tenant\\" VALUES ('late') ON CONFLICT DO NOTHING`

beforeAll(async () => {
  server = await startPostgres()
  added = await startPostgres({ ownIdentifier: true })
  redis = await startRedis()
  folder = await temporaryFolder('runbook')
  health = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
  await mkdir(join(folder, 'bin'))
  const url = await server.createDatabase('shop')
  await writeFile(join(folder, 'bin/pm2'), `#!/bin/sh\n[ "$1" != stop ] || psql -qX '${url}' -c "${lateWrite}"\n`)
  await chmod(join(folder, 'bin/pm2'), 0o755)
  await server.query('shop', sample)
  await server.query('shop', "CREATE ROLE app LOGIN PASSWORD 'old'; CREATE ROLE report LOGIN")
  await redis.cli('SET', 'bull:mail:id', '1')
  const environment = {
    ...{ DATABASE_URL: url, RESCUED_URL: server.url('rescued'), LOOK_URL: server.url('shop_look') },
    ...{ ADMIN_URL: added.url('postgres'), APP_PASSWORD: 'new', REDIS_URL: redis.url },
    RESGUARDO_STORE: `file:${folder}/bucket`,
    PATH: `${join(folder, 'bin')}:${server.tools.folder}:${process.env.PATH}`,
  }
  session = await openShellSession(environment, folder)
  const made = await resguardo(['backup', 'all', '--record', '--json'], environment)
  expect(made.code, made.stderr).toBe(0)
  const document = JSON.parse(made.stdout) as { backup: string; companions: { backup: string }[] }
  platform = document.backup
  keys = document.companions.find(({ backup }) => backup.includes('-redis-'))?.backup ?? ''
}, 120_000)

afterAll(async () => {
  health?.close()
  await redis?.stop()
  await added?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** What the page presumes has happened before a command. */
const before: readonly [RegExp, string][] = [
  // Row 2 survives with other content, row 4 is newer than the backup, and the sequence is behind.
  [
    /^psql .*CREATE TABLE rescued_rows/,
    `DELETE FROM "Product" WHERE "tenantId" = 'acme'; UPDATE "Product" SET name = 'wrong', price = 9;
     INSERT INTO "Product" (id, "tenantId", name) OVERRIDING SYSTEM VALUE VALUES (4, 'globex', 'new');
     ALTER TABLE "Product" ALTER id RESTART`,
  ],
  [/^pg_dump --table/, 'DROP TABLE "Product" CASCADE'],
]

const names = () => server.query('shop', 'SELECT id, name, label, price::float FROM "Product" ORDER BY id')
const foreignKeys = () =>
  server.query(
    'shop',
    `SELECT conrelid::regclass::text AS "from", confrelid::regclass::text AS "to"
       FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2`,
  )
const b = { id: 2, name: 'b', label: 'b!', price: null }
const wrong = { id: 2, name: 'wrong', label: 'wrong!', price: 9 }
const others = [
  { id: 1, name: 'a', label: 'a!', price: 1.5 },
  { id: 3, name: 'c', label: 'c!', price: 3 },
  { id: 4, name: 'new', label: 'new!', price: null },
]
const sorted = (row: { id: number }) => [...others, row].sort((one, two) => one.id - two.id)

/** What is true after a command. */
const after: readonly [RegExp, (stdout: string) => Promise<void>][] = [
  [
    /^resguardo restore ID --confirm .* --before/,
    async (stdout) => {
      const late = `SELECT id FROM "Tenant" WHERE id = 'late'`
      expect(await server.query('shop', late)).toEqual([])
      const [kept = ''] = /\bshop_before_\w+/.exec(stdout) ?? []
      expect(await server.query(kept, late)).toEqual([{ id: 'late' }])
    },
  ],
  [/^grep .* LOGIN/, async (stdout) => expect(stdout).toMatch(/^ALTER ROLE report WITH [^\n]* LOGIN;\n$/)],
  [/^psql .*INSERT INTO \$TABLE/, async () => expect(await names()).toEqual(sorted(wrong))],
  [
    /^psql .*setval/,
    async () => {
      const sql = `INSERT INTO "Product" ("tenantId") VALUES ('acme') RETURNING id`
      const [row] = await server.query<{ id: number }>('shop', sql)
      expect(row?.id).toBeGreaterThan(4)
      await server.query('shop', 'DELETE FROM "Product" WHERE id > 4')
    },
  ],
  [/^psql .* EXCEPT /, async (stdout) => expect(stdout.match(/^ \(.*\)$/gm)).toEqual([' (2,globex,b,,)'])],
  [/^psql .*UPDATE \$TABLE/, async () => expect(await names()).toEqual(sorted(b))],
  [
    /^psql .* keys\.sql "/,
    async () => {
      expect(await names()).toEqual([...others.slice(0, 2), b].sort((one, two) => one.id - two.id))
      expect(await foreignKeys()).toEqual([
        { from: '"Product"', to: '"Product"' },
        { from: '"Product"', to: '"Tenant"' },
        { from: '"Stock"', to: '"Product"' },
      ])
    },
  ],
  [
    /^diff /,
    async (stdout) => {
      expect(stdout.split('\n').filter((line) => /^[<>] [A-Z]/.test(line))).toEqual([
        '> CREATE VIEW public."Cheap" AS',
        '> ALTER TABLE public."Cheap" OWNER TO postgres;',
      ])
    },
  ],
]

/** Exit codes other than 0: `diff` finds the view that was dropped with its table. */
const codes: readonly [RegExp, number][] = [[/^diff /, 1]]

test('the Spanish page has the same commands', () => {
  expect(runbookCommands('runbook.es.md')).toEqual(commands)
})

test.each(commands)('%s', async (command) => {
  const line = command
    .replace(/\bID\b/, command.includes('restore redis ID') ? keys : platform)
    .replace('HOST:PORT', new URL(redis.url).host)
    .replace('s3://my-bucket/resguardo', `file:${folder}/bucket`)
    .replace('https://example.com/health', `http://127.0.0.1:${(health.address() as AddressInfo).port}/`)
  for (const [pattern, sql] of before) if (pattern.test(command)) await server.query('shop', sql)
  const { code, stdout, stderr } = await session(line)
  const errors = command.startsWith('resguardo') ? '' : stderr.replaceAll(/.*already exists\n/g, '')
  const expected = codes.find(([pattern]) => pattern.test(command))?.[1] ?? 0
  expect([code, errors], stderr).toEqual([expected, ''])
  for (const [pattern, check] of after) if (pattern.test(command)) await check(stdout)
})
