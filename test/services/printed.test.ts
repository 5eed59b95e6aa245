// Runs the commands that the command line prints, each from the output of the previous command.
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Finished, printedCommand, runAsPrinted } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { makeKey } from '../support/signing.ts'

const sample = `
  CREATE TABLE "Tenant" (id text PRIMARY KEY);
  CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", name text);
  INSERT INTO "Tenant" VALUES ('7'), ('8'); INSERT INTO "Product" VALUES (1, '7', 'a'), (2, '8', 'b')`

let server: TestPostgres
let redis: TestRedis
let folder: string
/** Only secrets are set here; printed commands must contain all other inputs. */
let environment: Record<string, string>
/** Flags of commands that are not printed; `reading`: of commands that do not write. */
let flags: string
let reading: string

beforeAll(async () => {
  server = await startPostgres()
  redis = await startRedis()
  folder = await temporaryFolder('printed')
  const key = makeKey(folder, 'signing key')
  const url = await server.createDatabase('shop')
  await server.query('shop', sample)
  environment = { DATABASE_URL: url, REDIS_URL: redis.url, PATH: `${server.tools.folder}:${process.env.PATH}` }
  await writeFile(join(folder, 'allowed signers'), `${key.trusted('*')}\n`)
  reading = `--store 'file:./my backups' --name main --trusted-keys 'allowed signers'`
  flags = `${reading} --sign-key '${key.path}'`
}, 120_000)

afterAll(async () => {
  await redis?.stop()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (line: string): Promise<Finished> => runAsPrinted(line, environment, folder)

async function done(line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  expect(code, `${line}\n${stderr}`).toBe(0)
  return stdout
}

async function refused(line: string): Promise<string> {
  const { code, stderr } = await run(line)
  expect(code, `${line}\n${stderr}`).not.toBe(0)
  return stderr
}

const names = async (): Promise<unknown> =>
  (await server.query('shop', 'SELECT name FROM "Product" ORDER BY id')).map(({ name }) => name)
const change = (name: string): Promise<unknown> => server.query('shop', `UPDATE "Product" SET name = '${name}'`)

test('without any backup: the first backup, then its drill', async () => {
  await mkdir(join(folder, 'empty'))
  const empty = await done('resguardo list --store file:./empty')
  await done(printedCommand(empty, 'backup'))
  const hint = await refused(`resguardo checksum ${reading}`)
  expect(printedCommand(hint, 'backup')).toMatch(/ --sign-key SIGNING_KEY$/)
  const first = await refused(`resguardo pin latest --reason x ${flags}`)
  const made = await done(printedCommand(first, 'backup'))
  await done(printedCommand(made, 'test-restore'))
  expect(await done(`resguardo list ${reading}`)).toMatch(/proven .*trusted/)
})

test('a swap: dry run, restore, undo, and removal of the database that the undo leaves', async () => {
  const plan = await done(`resguardo restore ${flags} --before 'echo "stop api"' --no-code-as-superuser --dry-run`)
  await change('later')
  const restored = await done(printedCommand(plan, 'restore'))
  expect(await names()).toEqual(['a', 'b'])
  const undo = printedCommand(restored, 'restore --undo')
  const undone = await done(printedCommand(await done(`${undo} --dry-run`), 'restore --undo'))
  expect(await names()).toEqual(['later', 'later'])
  const [, left = ''] = /DROP DATABASE "(shop_undone_\w+)"/.exec(undone) ?? []
  const nothing = await refused(undo)
  expect(nothing).toContain(left)
  await server.query('postgres', /DROP DATABASE \S+(?=\.)/.exec(nothing)?.[0] ?? '')
  expect(await server.query('postgres', `SELECT FROM pg_database WHERE datname = '${left}'`)).toEqual([])
})

test('a restore in place: the undo restores the safety backup, as --undo prints', async () => {
  await change('before')
  const plan = await done(`resguardo restore ${flags} --strategy in-place --dry-run`)
  const restored = await done(printedCommand(plan, 'restore'))
  expect(await names()).toEqual(['a', 'b'])
  const hint = await refused(`resguardo restore --undo --confirm shop ${flags}`)
  expect(printedCommand(hint, 'restore')).toContain(' --strategy in-place ')
  await done(printedCommand(restored, 'restore'))
  expect(await names()).toEqual(['before', 'before'])
})

test('a restore into a new database: dry run and restore, without --confirm', async () => {
  const plan = await done(`resguardo restore --strategy new --target-database copy ${flags} --dry-run`)
  expect(printedCommand(plan, 'restore')).not.toContain('--confirm')
  await done(printedCommand(plan, 'restore'))
  expect(await server.query('copy', 'SELECT FROM "Product"')).toHaveLength(2)
})

test('a restore of a tenant: backup, drill, dry run, restore and undo', async () => {
  await change('tenant')
  const made = await done(`resguardo backup tenant --tenant 7 ${flags}`)
  await done(printedCommand(made, 'test-restore'))
  await change('later')
  const [, id = ''] = / (\d{8}T\d{6}Z-tenant-\S+)/.exec(printedCommand(made, 'test-restore')) ?? []
  await done(printedCommand(await refused(`resguardo restore ${id} ${flags} --dry-run`), 'restore tenant'))
  const plan = await done(`resguardo restore tenant --tenant 7 --mode replace ${flags} --dry-run`)
  const restored = await done(printedCommand(plan, 'restore tenant'))
  expect(await names()).toEqual(['tenant', 'later'])
  const hint = await refused(`resguardo restore --undo --confirm shop ${flags}`)
  expect(printedCommand(hint, 'restore tenant')).toContain(' --tenant 7 ')
  await done(printedCommand(restored, 'restore tenant'))
  expect(await names()).toEqual(['later', 'later'])
  const from = await done(`resguardo restore tenant --tenant 8 --from latest --mode replace ${flags} --dry-run`)
  await done(printedCommand(from, 'restore tenant'))
  expect(await names()).toEqual(['later', 'b'])
})

test('a restore of a tenant after one of a table into a schema: the copy is not changed, and can be dropped before undo', async () => {
  const url = await server.createDatabase('copied')
  await server.query('copied', sample)
  const named = (line: string): string => `DATABASE_URL='${url}' ${line}`
  const store = '--store file:./copied --name copied'
  await done(named(`resguardo backup ${store}`))
  await done(named(`resguardo backup tenant --tenant 7 ${store}`))
  await done(named(`resguardo restore --table 'public."Product"' --target-schema "o'clock" ${store} --confirm copied`))
  await server.query('copied', `UPDATE "Product" SET name = 'later'`)
  const restore = `resguardo restore tenant --tenant 7 --mode replace ${store}`
  await server.query('copied', `UPDATE "o'clock"."Product" SET name = 'copy'`)
  const plan = await done(named(`${restore} --dry-run`))
  const restored = await done(named(printedCommand(plan, 'restore tenant')))
  const products = (): Promise<unknown[]> => server.query('copied', 'SELECT name FROM "Product" ORDER BY id')
  expect(await products()).toEqual([{ name: 'a' }, { name: 'later' }])
  const copies = await server.query('copied', `SELECT DISTINCT name FROM "o'clock"."Product"`)
  expect(copies).toEqual([{ name: 'copy' }])
  await server.query('copied', `DROP SCHEMA "o'clock" CASCADE`)
  await done(named(printedCommand(restored, 'restore tenant')))
  expect(await products()).toEqual([{ name: 'later' }, { name: 'later' }])
})

test('a restore of Redis: backup, drill, dry run, restore and undo', async () => {
  await redis.cli('SET', 'a', 'backed up')
  const made = await done(`resguardo backup redis ${flags}`)
  await done(printedCommand(made, 'test-restore'))
  await redis.cli('SET', 'a', 'later')
  const plan = await done(`resguardo restore redis --mode replace ${flags} --dry-run`)
  const restored = await done(printedCommand(plan, 'restore redis'))
  expect(await redis.cli('GET', 'a')).toBe('backed up')
  await done(printedCommand(restored, 'restore redis'))
  expect(await redis.cli('GET', 'a')).toBe('later')
})

test('a backup that is signed later: the drill for the new key', async () => {
  await done('resguardo backup --store file:./unsigned')
  const signed = await done(`resguardo sign ${flags.replace(reading, '--store file:./unsigned')}`)
  const drill = printedCommand(signed, 'test-restore')
  expect(drill).toContain(' --trusted-keys ')
  await done(drill)
  const listed = await done(`resguardo list --store file:./unsigned --trusted-keys 'allowed signers' --json`)
  expect(JSON.parse(listed).backups).toMatchObject([{ drill: { verdict: 'proven' } }])
})

test('a search without results prints the list command for the same stores', async () => {
  for (const words of ['checksum 2020', 'checksum --at 2020-01-01', 'list 2020', 'restore redis 2020 --dry-run']) {
    const hint = await refused(`resguardo ${words} ${words.startsWith('restore') ? flags : reading}`)
    expect(await done(printedCommand(hint, 'list'))).toContain('TRIGGER')
  }
})

test('a blocked gate: the commands that resolve it', async () => {
  const gate = `resguardo migration-gate ${flags.replace('my backups', 'gated')}`
  await done(printedCommand(await refused(gate), 'backup'))
  await done(gate)
})

test('a list with an unfinished backup: the prune that removes it', async () => {
  const unfinished = join(folder, 'unfinished/main/20200101T000000Z-platform-manual-000000')
  await mkdir(unfinished, { recursive: true })
  await writeFile(join(unfinished, 'database.dump.zst'), 'x')
  const old = new Date('2020-01-01T00:00:00Z')
  await utimes(join(unfinished, 'database.dump.zst'), old, old)
  const store = '--store file:./unfinished'
  await done(printedCommand(await done(`resguardo list ${store}`), 'prune'))
  expect(await done(`resguardo list ${store}`)).not.toContain('prune')
})

test('a backup of tenants without the rows of a table: the plan that names the table', async () => {
  const url = await server.createDatabase('odd')
  await server.query(
    'odd',
    `CREATE TABLE org (id int PRIMARY KEY); CREATE TABLE log AS SELECT 1 AS id; INSERT INTO org VALUES (1)`,
  )
  const more = `DATABASE_URL='${url}' resguardo backup tenant --tenant all --tenant-table org --store file:./odd`
  const plan = printedCommand(await done(more), 'tenants plan')
  expect(await done(`DATABASE_URL='${url}' ${plan}`)).toMatch(/^log +unreached/m)
})
