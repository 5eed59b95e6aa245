// Advisory locks held by other roles
// A role that may only connect takes Resguardo's advisory locks and blocks backups and restores.
import { tmpdir } from 'node:os'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { backupLockKey } from '../../src/engines/postgres/dump/backup-lock.ts'
import { resguardo } from '../support/command-line.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres
let url: string
let store: string
const sessions: pg.Client[] = []

beforeAll(async () => {
  server = await startPostgres()
  await server.query('postgres', "CREATE ROLE mallory LOGIN PASSWORD 'mallory'")
  url = await server.createDatabase('shop')
  await server.query('shop', 'CREATE TABLE product (id int); INSERT INTO product VALUES (1)')
  store = `file:${await openFolder('lock-held')}`
})
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.end()
})
afterAll(() => server?.stop())

/** Mallory's session, holding the lock with this key, named as she likes. */
async function hold(database: string, key: string, name: string): Promise<number> {
  const client = new pg.Client(toUrl({ ...server.address(database), user: 'mallory', password: 'mallory' }))
  await client.connect()
  sessions.push(client)
  await client.query("SELECT set_config('application_name', $1, false)", [name])
  const { rows } = await client.query<{ pid: number }>(`SELECT pg_advisory_lock(${key}), pg_backend_pid() AS pid`)
  return rows[0]?.pid ?? 0
}

const environment = () => ({ DATABASE_URL: url, TMPDIR: tmpdir() })
const backUp = (...flags: string[]) =>
  resguardo(['backup', '--json', '--store', store, '--wait-for-other-run', '0s', ...flags], environment())
const errorOf = (stdout: string) =>
  (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error

test('the error of a blocked backup names the lock holder by process, role, address and time', async () => {
  const pid = await hold('shop', backupLockKey.join(), 'holiday')
  const { code, stdout } = await backUp()
  expect(code).toBe(3)
  const error = errorOf(stdout)
  expect(error.code).toBe('postgres/backup-lock-held')
  expect(error.message).toMatch(
    new RegExp(`process ${pid}, holiday, as mallory, from 127\\.0\\.0\\.1, since 20\\d\\d-`),
  )
  expect(error.hint).toContain(`pg_terminate_backend(${pid})`)
})

test('a backup with --ignore-other-run completes while another role holds the lock', async () => {
  await hold('shop', backupLockKey.join(), 'holiday')
  const { code, stderr } = await backUp('--ignore-other-run')
  expect(code).toBe(0)
  expect(stderr).toMatch(/warning: Backing up without the backup lock.*as mallory/)
})

test('a lock holder with the application name resguardo is reported with its role and can be ignored', async () => {
  await hold('shop', backupLockKey.join(), 'resguardo')
  const { stdout } = await backUp()
  expect(errorOf(stdout)).toMatchObject({
    code: 'postgres/dump-running',
    message: expect.stringContaining('as mallory'),
  })
  expect((await backUp('--ignore-other-run')).code).toBe(0)
})

test('the error of a blocked restore states the process that holds the lock', async () => {
  await backUp()
  const pid = await hold('postgres', "hashtext('resguardo restore'), hashtext('shop')", 'holiday')
  const { code, stdout } = await resguardo(['restore', '--json', '--confirm', 'shop', '--store', store], environment())
  expect(code).toBe(3)
  expect(errorOf(stdout)).toMatchObject({
    code: 'restore/already-running',
    message: expect.stringMatching(new RegExp(`not a restore.*process ${pid}, holiday, as mallory`)),
  })
})
