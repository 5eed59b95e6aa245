// The roles of README: one that can only back up, and one that can restore.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string

/** Returns the SQL blocks under a heading of README, with passwords. */
async function statements(): Promise<string[]> {
  const page = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  const rights = page.slice(page.indexOf('\n## Rights\n'))
  return [...rights.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql = '']) => sql.replaceAll('…', 'secret'))
}

const as = (user: string): Record<string, string> => ({
  DATABASE_URL: toUrl({ ...server.address('shop'), user, password: 'secret' }),
  PATH: `${server.tools.folder}:${process.env.PATH}`,
  RESGUARDO_STORE: `file:${folder}/backups`,
})

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('roles')
  await server.query('postgres', "CREATE ROLE app LOGIN PASSWORD 'secret'; CREATE ROLE report LOGIN PASSWORD 'secret'")
  await server.createDatabase('shop', 'OWNER app')
  const tables =
    'CREATE TABLE "Product" (id int); INSERT INTO "Product" VALUES (1); GRANT SELECT ON "Product" TO report'
  await server.query('shop', `ALTER SCHEMA public OWNER TO app; SET ROLE app; ${tables}; SELECT lo_create(0)`)
  for (const sql of await statements()) await server.query('shop', sql)
}, 60_000)

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('the backup role backs up; its restore is refused with the missing privileges', async () => {
  const made = await resguardo(['backup'], as('resguardo'))
  expect(made.code, made.stderr).toBe(0)
  const plan = await resguardo(['restore', '--dry-run', '--json'], as('resguardo'))
  expect(JSON.parse(plan.stdout)).toMatchObject({ error: { code: 'restore/blocked' } })
  expect(plan.stderr).toMatch(/\[blocked\] resguardo cannot create databases/)
})

test('the restoring role restores, ends the sessions of another role, and undoes the restore', async () => {
  await server.query('shop', 'DELETE FROM "Product"')
  const { default: pg } = await import('pg')
  const other = new pg.Client({ connectionString: as('report').DATABASE_URL })
  other.on('error', () => undefined)
  await other.connect()
  const restored = await resguardo(['restore', '--confirm', 'shop'], as('resguardo_restore'))
  expect(restored.code, restored.stderr).toBe(0)
  expect(await server.query('shop', 'SELECT id FROM "Product"')).toEqual([{ id: 1 }])
  const undone = await resguardo(['restore', '--undo', '--confirm', 'shop'], as('resguardo_restore'))
  expect(undone.code, undone.stderr).toBe(0)
  expect(await server.query('shop', 'SELECT id FROM "Product"')).toEqual([])
})
