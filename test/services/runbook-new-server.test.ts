// The section "Roles on a new server" of the runbook: its commands create the roles of a lost server on another one,
// and the backup is then restored there by its ID.
import { rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { type Finished, resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { runbookCommands } from '../support/runbook-page.ts'
import { openShellSession, type ShellSession } from '../support/shell-session.ts'

let lost: TestPostgres
let added: TestPostgres
let folder: string
const ids = { full: '', withoutHashes: '', withoutGlobals: '' }

const environment = (server: TestPostgres, user = server.user, password = server.password) => ({
  DATABASE_URL: toUrl({ ...server.address('shop'), user, password }),
  ADMIN_URL: toUrl({ ...server.address('postgres'), user, password }),
  APP_PASSWORD: 'new',
  PATH: `${server.tools.folder}:${process.env.PATH}`,
  RESGUARDO_STORE: `file:${folder}/bucket`,
})

async function backUp(...flags: string[]): Promise<string> {
  const as = flags.includes('reader') ? environment(lost, 'reader', 'secret') : environment(lost)
  const made = await resguardo(['backup', '--json', ...flags.filter((flag) => flag !== 'reader')], as)
  expect(made.code, made.stderr).toBe(0)
  return (JSON.parse(made.stdout) as { backup: string }).backup
}

beforeAll(async () => {
  lost = await startPostgres()
  added = await startPostgres({ ownIdentifier: true })
  folder = await temporaryFolder('new-server')
  await lost.query(
    'postgres',
    `CREATE ROLE app LOGIN PASSWORD 'old'; CREATE ROLE team; GRANT team TO app; CREATE ROLE reader LOGIN PASSWORD 'secret';
     ALTER ROLE postgres VALID UNTIL '2100-01-01'`,
  )
  await lost.createDatabase('shop', 'OWNER app')
  const table = `CREATE TABLE product (id int); INSERT INTO product VALUES (1); GRANT SELECT ON product TO reader`
  await lost.query('shop', `ALTER SCHEMA public OWNER TO app; SET ROLE app; ${table}`)
  ids.withoutGlobals = await backUp('--no-globals')
  ids.withoutHashes = await backUp('reader')
  ids.full = await backUp()
}, 120_000)

afterEach(async () => {
  await added.dropDatabase('shop')
  await added.query('postgres', 'DROP ROLE IF EXISTS app; DROP ROLE IF EXISTS team; DROP ROLE IF EXISTS reader')
})

afterAll(async () => {
  await lost?.stop()
  await added?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs the only command of the section that begins with these words. */
function runDocumented(session: ShellSession, id: string, words: string, admin = 'postgres'): Promise<Finished> {
  const found = runbookCommands('runbook.md', 'Roles on a new server').filter((line) => line.startsWith(words))
  expect(found).toHaveLength(1)
  const line = (found[0] ?? '')
    .replace(/\bID\b/, id)
    .replace('s3://my-bucket/resguardo', `file:${folder}/bucket`)
    .replace('ROLE postgres[', `ROLE ${admin}[`)
  return session(line)
}

async function createRoles(session: ShellSession, id: string, admin = 'postgres'): Promise<string> {
  for (const words of ['resguardo upload', 'zstd']) {
    const { code, stderr } = await runDocumented(session, id, words, admin)
    expect(code, stderr).toBe(0)
  }
  return (await runDocumented(session, id, 'psql -X -f')).stderr
}

const logIn = (password: string) =>
  withClient({ ...added.address('postgres'), user: 'app', password }, (client) =>
    client.query("SELECT pg_has_role(rolname, 'MEMBER') AS member FROM pg_roles WHERE rolname = 'team'"),
  )
const products = () => added.query('shop', 'SELECT id FROM product')

async function restore(as: Record<string, string>, ...words: string[]): Promise<Finished> {
  return resguardo(['restore', ...words, '--confirm', 'shop', '--json'], as)
}

test('roles get their passwords back, and the administrator of the new server keeps its own', async () => {
  const as = environment(added)
  expect(await createRoles(await openShellSession(as, folder), ids.full)).toBe('')
  expect((await logIn('old')).rows).toEqual([{ member: true }])
  expect(added.password).not.toBe(lost.password)
  const admin = await added.query('postgres', "SELECT rolvaliduntil FROM pg_roles WHERE rolname = 'postgres'")
  expect(admin).toEqual([{ rolvaliduntil: null }])
  for (const choice of [['latest'], ['--at', new Date().toISOString()]]) {
    const refused = await restore(as, ...choice)
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'restore/blocked' } })
    expect(refused.stderr).toContain(`--backup ${ids.full}`)
  }
  const restored = await restore(as, ids.full)
  expect(restored.code, restored.stderr).toBe(0)
  expect(await products()).toEqual([{ id: 1 }])
})

test('roles without a password hash are listed, and get a new password', async () => {
  const session = await openShellSession(environment(added), folder)
  expect(await createRoles(session, ids.withoutHashes)).toBe('')
  const { stdout } = await runDocumented(session, ids.withoutHashes, 'grep')
  expect(stdout.match(/(?<=^ALTER ROLE )\w+/gm)).toEqual(['app', 'reader'])
  await expect(logIn('new')).rejects.toThrow()
  expect(await runDocumented(session, '', 'echo "ALTER')).toMatchObject({ code: 0, stderr: '' })
  await expect(logIn('new')).resolves.toBeDefined()
})

test('without globals, the dry run names the missing roles; once they exist, the backup is restored', async () => {
  const as = environment(added)
  const session = await openShellSession(as, folder)
  const plan = await runDocumented(session, ids.withoutGlobals, 'resguardo restore')
  expect(plan.code).toBe(3)
  expect(plan.stdout).toMatch(/\[blocked\] Roles are missing: app, reader\b/)
  expect(await runDocumented(session, '', 'echo "CREATE')).toMatchObject({ code: 0, stderr: '' })
  await session(`echo 'CREATE ROLE reader' | psql -X "$ADMIN_URL"`)
  await expect(logIn('new')).resolves.toBeDefined()
  const restored = await restore(as, ids.withoutGlobals)
  expect(restored.code, restored.stderr).toBe(0)
  expect(await products()).toEqual([{ id: 1 }])
})

test('an administrator that is not a superuser, as on a managed service, creates the roles', async () => {
  await added.query('postgres', "CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'secret'")
  const session = await openShellSession(environment(added, 'admin', 'secret'), folder)
  const errors = await createRoles(session, ids.full, 'admin')
  expect(errors.match(/(?<=ERROR: ).*/g)).toEqual([
    expect.stringContaining('role "postgres" already exists'),
    expect.stringContaining('superuser'),
  ])
  expect((await logIn('old')).rows).toEqual([{ member: true }])
  await added.query('postgres', 'DROP ROLE admin')
})
