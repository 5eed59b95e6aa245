// The gate with a rehearsal: a pull request's migration meets restored data, confined, before the verdict.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gateContext } from '../../src/domain/gate/gate-status.ts'
import { jobOf, logOf, runOf, stepOf, summaryOf } from '../simulator/find.ts'
import type { PullRequest, Repository } from '../simulator/repository.ts'
import { openFolder } from '../support/drill.ts'
import { type OurGitHub, ourGitHub } from '../support/our-workflows.ts'
import { copyPackages } from '../support/rehearsal.ts'

const migrate = `set -eu
for file in prisma/migrations/*/migration.sql; do psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -q -f "$file"; done
`
const vars = { RESGUARDO_MIGRATE_COMMAND: 'sh ./migrate.sh' }
let github: OurGitHub

beforeAll(async () => {
  github = await ourGitHub({
    vars,
    files: { 'migrate.sh': migrate, 'prisma/migrations/1_start/migration.sql': 'SELECT 1;\n' },
  })
})
afterAll(() => github?.close())

let numbers = 0

async function ask(changes: Record<string, string>, simulator = github.simulator, from?: Repository) {
  numbers += 1
  const pull: PullRequest = { number: numbers, head: `change-${numbers}`, ...(from && { from }) }
  await (from ?? github.repository).commit(changes, { branch: pull.head })
  const runs = await simulator.trigger({ event: 'pull_request', action: 'opened', pull })
  const { head } = await github.repository.refsOf(pull)
  const postStatus = jobOf(runOf(runs, 'migration-backup.yml'), 'post-status')
  return { postStatus, rehearsal: stepOf(postStatus, 'rehearsal'), status: github.api.statusOf(head, gateContext) }
}

test('a migration that fits the data passes, and production has not changed', async () => {
  const { rehearsal, status, postStatus } = await ask({
    'prisma/migrations/2_note/migration.sql': 'ALTER TABLE "Product" ADD note text;\n',
  })
  expect(rehearsal.outputs).toMatchObject({ rehearsal: 'passed', verdict: 'proven' })
  expect(status?.state).toBe('success')
  expect(summaryOf(postStatus)).toMatch(/rehears/i)
  const columns = await github.postgres.query(
    'shop',
    "SELECT FROM pg_attribute WHERE attname = 'note' AND attrelid = '\"Product\"'::regclass",
  )
  expect(columns).toEqual([])
})

test('a migration that fails on real data turns the gate red', async () => {
  const { rehearsal, status } = await ask({
    'prisma/migrations/2_must/migration.sql': 'ALTER TABLE "Product" ADD must text NOT NULL;\n',
  })
  expect(rehearsal.outputs).toMatchObject({ rehearsal: 'failed', verdict: 'proven' })
  expect(status).toMatchObject({ state: 'failure', description: expect.stringContaining('rehearsal') })
})

test('a setup that fails is not called a failure of the migration, and the gate stays red', async () => {
  const simulator = await github.also({ vars: { ...github.vars, RESGUARDO_SETUP_COMMAND: 'echo no registry; exit 4' } })
  const { rehearsal, status } = await ask(
    { 'prisma/migrations/2_fine/migration.sql': 'ALTER TABLE "Product" ADD fine text;\n' },
    simulator,
  )
  expect(rehearsal.outputs).toMatchObject({ rehearsal: 'setup-failed', verdict: 'proven' })
  expect(status).toMatchObject({ state: 'failure', description: expect.stringContaining('was not rehearsed') })
})

test('a migration that tries to reach production and to read secrets finds neither', async () => {
  const { host, port, password } = github.postgres
  const evil = `
echo "reach: $(PGCONNECT_TIMEOUT=3 psql "postgresql://postgres:${'$'}{GUESS:-x}@${host}:${port}/shop" -c 'SELECT 1' 2>&1 | head -1)"
echo "environment: $(env | grep -ciE 'AWS_|INPUT_|GITHUB_|ACTIONS_')"
echo "others: $(cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -ciE 'AWS_SECRET|INPUT_DATABASE|RUNTIME_TOKEN')"
echo "git: $(cat .git/config ../.git/config 2>&1 | grep -c 'AUTHORIZATION')"
${migrate}`
  const { rehearsal, postStatus } = await ask({
    'migrate.sh': evil,
    'prisma/migrations/2_evil/migration.sql': 'ALTER TABLE "Product" ADD evil text;\n',
  })
  expect(rehearsal.outputs.rehearsal).toBe('passed')
  const log = logOf(postStatus)
  expect(log).toMatch(/reach: .*(refused|unreachable|could not|failed)/i)
  for (const line of ['environment: 0', 'others: 0', 'git: 0']) expect(log).toContain(line)
  expect(log).not.toContain(password)
})

test("a fork's migration is not rehearsed: nothing of its code runs, and the backup alone decides", async () => {
  const fork = await github.repository.fork('mallory')
  const changes = {
    'migrate.sh': 'echo "the code of a fork"\n',
    'prisma/migrations/2_fork/migration.sql': 'ALTER TABLE "Product" ADD fork text;\n',
  }
  const { rehearsal, status, postStatus } = await ask(changes, github.simulator, fork)
  await fork.remove()
  expect(rehearsal.conclusion).toBe('skipped')
  expect(logOf(postStatus)).not.toContain('the code of a fork')
  expect(status).toMatchObject({ state: 'success', description: expect.stringContaining('good until') })
})

describe('a setup that installs migration tools over the network, and a migration that has none', () => {
  let folder: string
  /** Where the packages come from, as a registry. */
  let registry: string
  const server = createServer(async (_, response) => response.end(await readFile(join(folder, 'packages.tgz'))))

  beforeAll(async () => {
    folder = await openFolder('rehearsal-tools')
    await copyPackages(['knex', 'pg', 'node-pg-migrate'], folder)
    execFileSync('tar', ['-czf', join(folder, 'packages.tgz'), '-C', folder, 'node_modules'])
    await once(server.listen(0, '127.0.0.1'), 'listening')
    registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/packages.tgz`
  })
  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const commands = {
    Knex: 'node node_modules/knex/bin/cli.js migrate:latest',
    'node-pg-migrate': 'node node_modules/node-pg-migrate/bin/node-pg-migrate.js up',
  }
  const knexfile = { 'knexfile.js': "export default { client: 'pg', connection: process.env.DATABASE_URL }\n" }
  const knex = (up: string) => ({
    ...knexfile,
    'migrations/2_change.js': `export async function up(knex) {\n${up}\n}\nexport function down() {}\n`,
  })
  const pgMigrate = (up: string) => ({
    'migrations/1764000000000_change.cjs': `exports.up = (pgm) => {\n${up}\n}\nexports.down = () => {}\n`,
  })

  async function askWith(tool: keyof typeof commands, changes: Record<string, string>) {
    const setup = { RESGUARDO_SETUP_COMMAND: `curl -fsS ${registry} | tar -xz` }
    const simulator = await github.also({
      vars: { ...github.vars, ...setup, RESGUARDO_MIGRATE_COMMAND: commands[tool] },
    })
    return ask(changes, simulator)
  }

  /** Tables of production that no migration of a rehearsal may have made. */
  const traces = () =>
    github.postgres.query(
      'shop',
      "SELECT relname FROM pg_class WHERE relname ~ '^(knex_|pgmigrations|Shelf)' UNION ALL SELECT attname FROM pg_attribute WHERE attname = 'stock'",
    )

  test.each<[keyof typeof commands, Record<string, string>, string]>([
    [
      'Knex',
      knex(`  await knex.schema.alterTable('Product', (table) => table.integer('stock').notNullable().defaultTo(0))
  await knex.schema.createTable('Shelf', (table) => table.increments('id'))`),
      'Batch 1 run: 1 migrations',
    ],
    [
      'node-pg-migrate',
      pgMigrate("  pgm.addColumn('Product', { stock: { type: 'int', notNull: true, default: 0 } })"),
      'Migrations complete!',
    ],
  ])('%s: what fits the data passes, and production has seen nothing of it', async (tool, changes, said) => {
    const { rehearsal, status, postStatus } = await askWith(tool, changes)
    expect(logOf(postStatus)).toContain(said)
    expect(rehearsal.outputs).toMatchObject({ rehearsal: 'passed', verdict: 'proven' })
    expect(status?.state).toBe('success')
    expect(await traces()).toEqual([])
  })

  test.each<[keyof typeof commands, Record<string, string>]>([
    ['Knex', knex("  await knex.schema.alterTable('Product', (table) => table.integer('stock').notNullable())")],
    ['node-pg-migrate', pgMigrate("  pgm.addColumn('Product', { stock: { type: 'int', notNull: true } })")],
  ])('%s: what does not fit turns the gate red, with the reason of PostgreSQL', async (tool, changes) => {
    const { rehearsal, status, postStatus } = await askWith(tool, changes)
    expect(rehearsal).toMatchObject({ exitCode: 3, outputs: { rehearsal: 'failed', verdict: 'proven' } })
    expect(logOf(postStatus)).toContain('contains null values')
    expect(status).toMatchObject({ state: 'failure', description: expect.stringContaining('rehearsal') })
    expect(await traces()).toEqual([])
  })

  test('Knex: a migration that knows production by its very URL reaches nothing, and finds no secret to send', async () => {
    const { rehearsal, postStatus, status } = await askWith('Knex', {
      ...knexfile,
      'migrations/2_change.js': thief({
        production: github.url,
        registry,
        bucket: github.s3.endpoint,
        api: github.api.url,
      }),
    })
    const log = logOf(postStatus)
    expect(rehearsal.outputs.rehearsal, log).toBe('passed')
    expect(status?.state).toBe('success')
    for (const target of ['production', 'registry', 'bucket', 'api'])
      expect(log).toMatch(new RegExp(`${target}: ECONNREFUSED`))
    expect(log).toContain('scratch: reached')
    expect(log).toMatch(/variables: (?!.*(AWS|INPUT|GITHUB|ACTIONS|RUNNER|TOKEN|SECRET))/)
    for (const nothing of ['environments of others: 0', 'files: 0']) expect(log).toContain(nothing)
    for (const secret of [github.postgres.password, github.s3.secretKey]) expect(log).not.toContain(secret)
    const [row] = await github.postgres.query<{ n: number }>('shop', 'SELECT count(*)::int AS n FROM "Product"')
    expect(row?.n).toBeGreaterThan(0)
  })
})

/** A migration of Knex that tries to reach what it knows the addresses of, and to read what lies about. */
function thief(targets: Readonly<Record<string, string>>): string {
  return `import { connect } from 'node:net'
import { readdirSync, readFileSync } from 'node:fs'
const reach = (url) => new Promise((resolve) => {
  const { hostname: host, port } = new URL(url)
  const socket = connect({ host, port, timeout: 3000 }, () => resolve('reached')).on('error', ({ code }) => resolve(code))
  socket.on('timeout', () => resolve('silence')).on('close', () => socket.destroy())
})
const read = (path) => {
  try { return readFileSync(path, 'utf8') } catch { return '' }
}
export async function up(knex) {
  for (const [name, url] of Object.entries(${JSON.stringify(targets)})) console.log(name + ': ' + (await reach(url)))
  console.log('scratch: ' + (await reach(process.env.DATABASE_URL)))
  console.log('variables: ' + Object.keys(process.env).join(' '))
  const others = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map((name) => read('/proc/' + name + '/environ')).join()
  console.log('environments of others: ' + (others.match(/AWS_SECRET|INPUT_|RUNTIME_TOKEN|ghs_/g) ?? []).length)
  const files = ['.git/config', '../.git/config', '../../.git/config', process.env.HOME + '/.pgpass', '/etc/shadow'].map(read).join('')
  console.log('files: ' + files.length)
  await knex.raw('DELETE FROM "Product" WHERE false')
}
export function down() {}
`
}
