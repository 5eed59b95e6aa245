// Access to a database is the same before and after restores that were interrupted, killed, completed and undone.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, resguardo, startResguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('database-access')
  await server.query('postgres', 'CREATE ROLE owner; CREATE ROLE app; CREATE ROLE reader')
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A database without grants has those of PostgreSQL's defaults. */
const accessOf = (database: string) =>
  server.query(
    'postgres',
    `SELECT pg_get_userbyid(datdba) AS owner, datallowconn, datconnlimit,
            ARRAY(SELECT a::text FROM unnest(coalesce(datacl, acldefault('d', datdba))) a ORDER BY 1) AS grants
       FROM pg_database WHERE datname = '${database}'`,
  )

test.each([
  ['default', ''],
  ['public-only', 'REVOKE ALL ON DATABASE # FROM PUBLIC; GRANT CONNECT ON DATABASE # TO PUBLIC'],
  [
    'roles-only',
    `ALTER DATABASE # OWNER TO owner; REVOKE ALL ON DATABASE # FROM PUBLIC, owner;
     GRANT CONNECT ON DATABASE # TO app WITH GRANT OPTION; SET ROLE app; GRANT CONNECT ON DATABASE # TO reader; RESET ROLE;
     GRANT CREATE, TEMPORARY ON DATABASE # TO reader; ALTER DATABASE # CONNECTION LIMIT 7`,
  ],
])(
  'the grants and the owner of a database are unchanged after a restore: %s',
  { timeout: 240_000 },
  async (database, grants) => {
    const environment = {
      DATABASE_URL: await server.createDatabase(database),
      BACKUP_DIR: join(folder, 'backups'),
      TMPDIR: folder,
    }
    await server.query(database, 'CREATE TABLE sale AS SELECT n AS id FROM generate_series(1, 20000) n')
    for (const statement of grants
      .replaceAll('#', `"${database}"`)
      .split(';')
      .filter((each) => each.trim() !== ''))
      await server.query('postgres', statement)
    const before = await accessOf(database)
    expect((await resguardo(['backup'], environment)).code).toBe(0)

    const restore = (...words: string[]): Running =>
      startResguardo(['restore', '--confirm', database, ...words], environment)
    for (const [phase, signal] of [
      ['Creating', 'SIGKILL'],
      ['Loading', 'SIGINT'],
      ['Exchanging', 'SIGKILL'],
    ] as const) {
      const running = restore()
      await running.said(phase)
      running.child.kill(signal)
      await running.finished
      expect(await accessOf(database), `${signal} while ${phase}`).toEqual(before)
    }
    const done = await restore().finished
    expect(done.code, done.stderr).toBe(0)
    expect(await accessOf(database), 'after a restore').toEqual(before)
    const [, kept = ''] = /"kept": ?"([^"]+)"/.exec(done.stdout) ?? []
    if (kept !== '') expect(await accessOf(kept), 'of the database that was live before').toEqual(before)
    const undone = await startResguardo(['restore', '--undo', '--confirm', database], environment).finished
    expect(undone.code, undone.stderr).toBe(0)
    expect(await accessOf(database), 'after the undo').toEqual(before)
    const again = await restore('--strategy', 'in-place', '--skip-safety-backup').finished
    expect(again.code, again.stderr).toBe(0)
    expect(await accessOf(database), 'after a restore in place').toEqual(before)
  },
)
