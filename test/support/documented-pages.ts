// Runs every command of a page in a shell, as written. A page is one session: variables and the working directory
// persist.

import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { git } from '../simulator/git.ts'
import { resguardo } from './command-line.ts'
import { commandsOf, type DocumentedCommand } from './documented-commands.ts'
import { before, exceptionPatterns, exceptions, findings, substitutions } from './documented-substitutions.ts'
import { startPostgres, type TestPostgres } from './postgres-server.ts'
import { temporaryFolder } from './real-world.ts'
import { startRedis, type TestRedis } from './redis.ts'
import type { S3Server } from './s3-server.ts'
import { sharedS3Server } from './shared-s3-server.ts'
import { openShellSession, type ShellSession } from './shell-session.ts'

const root = join(import.meta.dirname, '../..')
/** Returns the line without its trailing comment. */
export const bare = (text: string): string => text.replace(/ +# .*$/, '')
const reasonFor = (text: string): string | undefined =>
  exceptions[bare(text)] ?? exceptionPatterns.find(([pattern]) => pattern.test(text))?.[1]

const sample = `
  CREATE TABLE "Tenant" (id text PRIMARY KEY);
  CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", name text);
  INSERT INTO "Tenant" VALUES ('7'), ('8'); INSERT INTO "Product" VALUES (1, '7', 'a'), (2, '8', 'b')`

/** SQL of additional tables, by page. */
const more: Readonly<Record<string, string>> = {
  'docs/reference.md': 'CREATE TABLE "AuditLog" (id int PRIMARY KEY, "orgId" text REFERENCES "Tenant")',
  'docs/tenants.md': `
    CREATE TABLE "AuditEvent" (id int PRIMARY KEY, "orgId" text); CREATE TABLE "Country" (code text PRIMARY KEY);
    CREATE TABLE "Account" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant");
    CREATE TABLE "Transfer" (id int PRIMARY KEY, "fromAccount" int, "toAccount" int,
      CONSTRAINT "Transfer_fromAccount_fkey" FOREIGN KEY ("fromAccount") REFERENCES "Account",
      CONSTRAINT "Transfer_toAccount_fkey" FOREIGN KEY ("toAccount") REFERENCES "Account");
    CREATE TABLE "_prisma_migrations" (id text PRIMARY KEY)`,
}

let s3: S3Server
let health: Server

export function isExecuted({ text, executedBy }: DocumentedCommand): boolean {
  return executedBy === undefined && reasonFor(text) === undefined
}

/** Defines one test for each command of a page, except for listed exceptions. */
export function testPages(pages: readonly string[]): void {
  beforeAll(async () => {
    s3 = await sharedS3Server()
    health = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
  }, 240_000)
  afterAll(() => void health?.close())
  describe.each(pages)('%s', (page) => testPage(page, commandsOf(page)))
}

function testPage(page: string, commands: readonly DocumentedCommand[]): void {
  let server: TestPostgres
  let redis: TestRedis
  let folder: string
  let bucket: string
  let environment: Record<string, string>
  let session: ShellSession

  beforeAll(async () => {
    server = await startPostgres()
    redis = await startRedis()
    folder = await temporaryFolder('documented')
    bucket = await s3.makeBucket()
    const url = await server.createDatabase('shop')
    await server.query('shop', `${sample}; ${more[page] ?? ''}`)
    await redis.cli('SET', 'tenant:1', 'x')
    await redis.cli('SET', 'session:1', 'x')
    await redis.cli('-n', '3', 'SET', 'session:2', 'x')
    environment = {
      ...{ DATABASE_URL: url, REDIS_URL: redis.url, HOME: folder },
      ...{ PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGPASSWORD: server.password },
      ...{ AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey },
      ...{ AWS_S3_REGION: s3.region, AWS_S3_ENDPOINT: s3.endpoint },
      PATH: `${join(folder, 'bin')}:${dirname(process.execPath)}:${server.tools.folder}:${process.env.PATH}`,
    }
    await prepare()
  }, 240_000)

  afterAll(async () => {
    await redis?.stop()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /**
   * Creates a checkout like the repository's, a program that user commands name, and the backups and keys that the
   * pages presume.
   */
  async function prepare(): Promise<void> {
    for (const file of ['dist', 'node_modules', 'package.json', 'src', 'scripts'])
      await symlink(join(root, file), join(folder, file))
    await mkdir(join(folder, 'bin'))
    await writeFile(join(folder, 'bin/pm2'), '#!/bin/sh\n')
    await chmod(join(folder, 'bin/pm2'), 0o755)
    session = await openShellSession(environment, folder)
    await git(folder, 'init', '-q', '-b', 'main')
    await git(folder, 'commit', '-q', '--allow-empty', '-m', 'one')
    await git(folder, 'update-ref', 'refs/remotes/origin/main', 'HEAD')
    if (page !== 'README.md') await presume('backup', 'all', '--tenant', 'all', '--store', 'file:./backups')
    if (page === 'docs/gate.md' || page === 'docs/reference.md')
      await presume('test-restore', '--store', 'file:./backups')
    await mkdir(join(folder, '.config/resguardo'), { recursive: true })
    for (const key of ['signing_key', '.config/resguardo/new_key'])
      await session(`ssh-keygen -q -t ed25519 -N '' -f ${key}`)
  }

  async function presume(...words: string[]): Promise<void> {
    const { code, stderr } = await session(['resguardo', ...words].join(' '))
    expect(code, stderr).toBe(0)
  }

  async function latest(kind: string): Promise<string> {
    const { stdout } = await resguardo(
      ['list', kind === 'redis' ? 'redis' : 'shop', '--kind', kind, '--store', `file:${folder}/backups`, '--json'],
      environment,
    )
    return (JSON.parse(stdout) as { backups?: { id: string }[] }).backups?.[0]?.id ?? ''
  }

  const executed = commands.filter(isExecuted)

  test.each(executed)('$text', async ({ text, isMention }) => {
    const ids = { platform: await latest('platform'), redis: await latest('redis') }
    const facts = {
      ...{ databaseUrl: server.url('shop'), redisUrl: redis.url, s3, bucket },
      healthUrl: `http://127.0.0.1:${(health.address() as AddressInfo).port}/`,
      latest: (kind: 'platform' | 'redis') => ids[kind],
    }
    const type = (line: string) =>
      substitutions(facts).reduce((typed, [pattern, value]) => typed.replace(pattern, value), line)
    for (const [pattern, line] of before)
      if (pattern.test(text)) expect((await session(type(line))).stderr).not.toMatch(/ERROR|error:/)
    const typed = type(text)
    const line = isMention ? `${text} --help` : typed.startsWith('--') ? `resguardo tenants plan ${typed}` : typed
    const { code, stderr } = await session(line)
    const expected = isMention ? 0 : (findings.find(([pattern]) => pattern.test(text))?.[1] ?? 0)
    expect(code, `${line}\n${stderr}`).toBe(expected)
  })
}
