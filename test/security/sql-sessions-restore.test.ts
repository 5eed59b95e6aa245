// Code in a backup
// Constraints, domains, generated columns, indexes, views and triggers run when a superuser restores a backup.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Finished, resguardo } from '../support/command-line.ts'
import { type HostileDatabase, loggingSettings, makeHostileDatabase, owner } from '../support/hostile-database.ts'
import {
  castedKey,
  evaluatedCode,
  evaluatedStatements,
  lentTables,
  resettingCheck,
} from '../support/hostile-statements.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres({ settings: loggingSettings })
  folder = await temporaryFolder('restore-rights')
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const formats = ['custom', 'directory', 'plain'] as const

let made = 0
/**
 * A hostile database with a backup of it; event triggers stop a restore in one session by the owner, which may not drop
 * them.
 */
async function backedUp(format: (typeof formats)[number], eventTriggers = false): Promise<HostileDatabase> {
  made += 1
  const database = await makeHostileDatabase(server, `shop${made}`, { tables: true, eventTriggers })
  const done = await run(database, 'backup', '--format', format)
  expect(done.stderr).not.toMatch(/^error/m)
  expect(await database.trapped()).toEqual([])
  return database
}

function run({ name, url }: HostileDatabase, ...words: string[]): Promise<Finished> {
  return resguardo([...words, '--store', `file:${join(folder, name)}`], { DATABASE_URL: url })
}

/** What ran, all of it with the rights of the role that wrote it. */
async function ranAsOwner(database: HostileDatabase): Promise<Set<string>> {
  const all = await database.trapped()
  expect(all.filter(({ user }) => user !== owner)).toEqual([])
  return new Set(all.map(({ what }) => what))
}

const constraints = ['check', 'domain', 'generated']
const leftRoles = () => server.query('postgres', "SELECT rolname FROM pg_roles WHERE rolname ~ '^resguardo'")

describe('restore by a superuser', () => {
  test.each(formats)(
    "code runs only with its owner's rights in a swap restore and its undo: %s format",
    async (format) => {
      const database = await backedUp(format, format !== 'plain')
      const plan = await run(database, 'restore', '--dry-run')
      expect(plan.stdout).toMatch(/\[ok\] +Code in the backup \(.*CHECK constraints.*\) runs with the rights of app/)
      expect(await database.trapped()).toEqual([])
      const done = await run(database, 'restore', '--confirm', database.name)
      expect(done.stderr).not.toMatch(/^error/m)
      const ran = await ranAsOwner(database)
      for (const what of [...constraints, 'index', 'materialized view']) expect(ran).toContain(what)
      const undone = await run(database, 'restore', '--undo', '--confirm', database.name)
      expect(undone.stderr).not.toMatch(/^error/m)
      expect(await ranAsOwner(database)).toEqual(new Set())
      expect(await leftRoles()).toEqual([])
    },
  )

  test("code runs only with its owner's rights in a restore into a new database", async () => {
    const database = await backedUp('custom', true)
    const done = await run(database, 'restore', '--strategy', 'new', '--target-database', 'copy')
    expect(done.stderr).not.toMatch(/^error/m)
    expect(await ranAsOwner(database)).toContain('check')
  })

  test("code runs only with the database owner's rights in an in-place restore", async () => {
    const database = await backedUp('custom')
    const done = await run(database, 'restore', '--strategy', 'in-place', '--confirm', database.name)
    expect(done.stderr).not.toMatch(/^error/m)
    const ran = await ranAsOwner(database)
    for (const what of constraints) expect(ran).toContain(what)
    expect(await leftRoles()).toEqual([])
  })

  test('an in-place restore is refused if the database owner may not replace every object', async () => {
    const database = await backedUp('custom', true)
    const done = await run(database, 'restore', '--strategy', 'in-place', '--confirm', database.name, '--json')
    expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'restore/blocked' } })
    await ranAsOwner(database)
  })

  test("code runs only with the database owner's rights in a restore of one table into a schema", async () => {
    const database = await backedUp('custom')
    const done = await run(
      database,
      'restore',
      '--table',
      'public.product',
      '--target-schema',
      'rescued',
      '--confirm',
      database.name,
    )
    expect(done.stderr).not.toMatch(/^error/m)
    const ran = await ranAsOwner(database)
    for (const what of constraints) expect(ran).toContain(what)
  })

  test('the plan warns if code will run with superuser rights, and states how to avoid it', async () => {
    const database = await backedUp('custom')
    const plan = await run(database, 'restore', '--dry-run', '--code-as-superuser')
    expect(plan.stdout).toMatch(/Code in the backup \(.*\) runs with the rights of superuser postgres/)
    expect(plan.stdout).toContain('connect as the owner of the database')
  })

  test('a restore is refused without changes if the server rejects the login of an owner', async () => {
    const database = await backedUp('custom')
    await letIn('reject')
    try {
      const done = await run(database, 'restore', '--confirm', database.name, '--json')
      expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'restore/owner-login' } })
    } finally {
      await letIn('scram-sha-256')
    }
    expect(await database.trapped()).toEqual([])
    expect(await leftRoles()).toEqual([])
    expect(await server.query('postgres', "SELECT datname FROM pg_database WHERE datname ~ '_restoring_'")).toEqual([])
  })
})

/** Who is no superuser is let in, or not. */
async function letIn(method: 'reject' | 'scram-sha-256'): Promise<void> {
  const file = join(server.folder, 'data', 'pg_hba.conf')
  const others = (await readFile(file, 'utf8')).split('\n').filter((line) => !line.endsWith('# others'))
  const lines = [
    'host all postgres 127.0.0.1/32 scram-sha-256 # others',
    `host all all 127.0.0.1/32 ${method} # others`,
  ]
  await writeFile(file, [...lines, ...others].join('\n'))
  await server.query('postgres', 'SELECT pg_reload_conf()')
}

describe('code of an ordinary role that a superuser would run', () => {
  const refused = { error: { code: 'restore/blocked' } }
  /** Restores, and gives the code of the failure; nothing of the database may have run. */
  async function restored(database: HostileDatabase, ...words: string[]): Promise<unknown> {
    const done = await run(database, 'restore', '--confirm', database.name, '--json', ...words)
    expect(await ranAsOwner(database)).toEqual(new Set())
    return JSON.parse(done.stdout)
  }

  test.each(lentTables)(
    "a restore of a superuser's table with such code is refused, and the dry run reports it: %s",
    async (_, sql) => {
      made += 1
      const database = await makeHostileDatabase(server, `lent${made}`, { tables: true })
      await server.query(
        database.name,
        `SET search_path = pg_catalog; CREATE TABLE public.lent (name text); INSERT INTO public.lent VALUES ('a'); ${sql}`,
      )
      expect((await run(database, 'backup')).code).toBe(0)
      await database.trapped()
      expect(await restored(database)).toMatchObject(refused)
      const plan = await run(database, 'restore', '--dry-run')
      expect(plan.stdout).toMatch(/Code of app would run with the rights of (postgres|a superuser)/)
    },
  )

  test('a restore in a single session is refused if a superuser owns the database', async () => {
    const database = await backedUp('custom')
    const plain = await backedUp('plain')
    for (const { name } of [database, plain])
      await server.query('postgres', `ALTER DATABASE "${name}" OWNER TO postgres`)
    await database.trapped()
    expect(await restored(database, '--strategy', 'in-place')).toMatchObject(refused)
    expect(await restored(plain)).toMatchObject(refused)
  })
})

describe('code that resets the role of its session', () => {
  test("RESET ROLE gives no superuser rights, because an ordinary role's session restores the rows", async () => {
    const database = await makeHostileDatabase(server, 'resetting')
    await database.asOwner(resettingCheck)
    await database.trapped()
    expect((await run(database, 'backup')).code).toBe(0)
    const done = await run(database, 'restore', '--confirm', 'resetting')
    expect(done.stderr).not.toMatch(/^error/m)
    const ran = await database.trapped()
    expect(ran.filter(({ superuser }) => superuser)).toEqual([])
    expect(new Set(ran.map(({ what }) => what))).toEqual(new Set(['reset: superuser false']))
  })
})

describe('expression that PostgreSQL evaluates when it creates an object', () => {
  test("the expression runs with its owner's rights, and temporary grants are revoked afterwards", async () => {
    const database = await makeHostileDatabase(server, 'created')
    await server.query('created', 'CREATE SCHEMA place; GRANT ALL ON SCHEMA place TO app')
    await database.asOwner(evaluatedStatements)
    await server.query('created', 'REVOKE CREATE ON SCHEMA place FROM app')
    expect((await run(database, 'backup', '--allow-empty')).code).toBe(0)
    const grants = () =>
      server.query('created', "SELECT nspname, nspacl FROM pg_catalog.pg_namespace WHERE nspname = 'place'")
    const before = await grants()
    await database.trapped()
    const done = await run(database, 'restore', '--confirm', 'created')
    expect(done.stderr).not.toMatch(/^error/m)
    const ran = await ranAsOwner(database)
    expect(evaluatedCode.filter((what) => !ran.has(what))).toEqual([])
    expect(await grants()).toEqual(before)
    expect(await leftRoles()).toEqual([])
  })
})

describe('foreign key that references a table of another owner', () => {
  test("the cast of a key column runs only with the rights of the key's owner", async () => {
    const database = await makeHostileDatabase(server, 'keys')
    await server.query(
      'keys',
      `CREATE ROLE colleague; CREATE TABLE public.target (id text PRIMARY KEY); INSERT INTO public.target VALUES ('a');
       ALTER TABLE public.target OWNER TO colleague; GRANT SELECT, REFERENCES ON public.target TO app`,
    )
    await database.asOwner(castedKey)
    expect((await run(database, 'backup')).code).toBe(0)
    await database.trapped()
    const done = await run(database, 'restore', '--confirm', 'keys')
    expect(done.stderr).not.toMatch(/^error/m)
    const all = await database.trapped()
    expect(all.length).toBeGreaterThan(0)
    expect(all.filter(({ user }) => !/^(app$|resguardo_restore_)/.test(user))).toEqual([])
    expect(
      await server.query(
        'keys',
        "SELECT relacl::text FROM pg_class WHERE relname = 'target' AND relacl::text ~ 'resguardo'",
      ),
    ).toEqual([])
  })
})
