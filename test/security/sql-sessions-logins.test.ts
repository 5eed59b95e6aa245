// Temporary login roles
// Code that runs as a temporary role of a restore keeps the role or its rights after the restore.
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Address, toUrl } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { dropLeftoverLogins } from '../../src/engines/postgres/owners/leftover-logins.ts'
import { type LoginRequest, openLogins } from '../../src/engines/postgres/owners/logins.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
  await server.query('postgres', 'CREATE ROLE app; CREATE ROLE colleague')
  await server.createDatabase('shop', 'OWNER app')
  await server.createDatabase('other', 'OWNER app')
})
afterAll(() => server?.stop())
afterEach(() => {
  vi.useRealTimers()
})

const request: LoginRequest = { roles: ['app', 'colleague'], bypassesPolicies: true }

async function loginFor(wanted: LoginRequest): Promise<{ login: Address; user: string; close: () => Promise<void> }> {
  const { addresses, close } = await openLogins(server.address('shop'), [wanted])
  const [login] = addresses
  if (login?.user === undefined) throw new Error('no login was made')
  return { login, user: login.user, close }
}

async function connected(login: Address): Promise<pg.Client> {
  const client = new pg.Client(toUrl(login))
  client.on('error', () => {})
  await client.connect()
  return client
}

const left = (user: string) =>
  server.query(
    'postgres',
    `SELECT rolcanlogin, rolbypassrls, pg_has_role(oid, 'app', 'MEMBER') OR pg_has_role(oid, 'colleague', 'MEMBER') AS member
       FROM pg_roles WHERE rolname = $1`,
    [user],
  )
const powerless = [{ rolcanlogin: false, rolbypassrls: false, member: false }]

test('a temporary role that cannot be dropped because it owns an object elsewhere has no rights left', async () => {
  const { login, user, close } = await loginFor(request)
  const client = await connected({ ...login, database: 'other' })
  await client.query('CREATE SCHEMA kept').finally(() => client.end())
  await close()
  expect(await left(user)).toEqual(powerless)
})

test("no other session connects as a temporary role in use, even if code sets the role's password", async () => {
  const { login, user, close } = await loginFor({ ...request, single: true })
  const ours = await connected(login)
  await ours.query(`ALTER ROLE ${user} PASSWORD 'known'`)
  await expect(connected({ ...login, password: 'known' })).rejects.toThrow(/too many connections/)
  await ours.end()
  await close()
  expect(await left(user)).toEqual([])
})

test('the temporary role of a killed run expires within minutes, and the next command drops it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { login, user } = await loginFor(request)
  const minutes = () =>
    server.query<{ minutes: number }>(
      'postgres',
      'SELECT extract(epoch FROM rolvaliduntil - now())::float8 / 60 AS minutes FROM pg_roles WHERE rolname = $1',
      [user],
    )
  expect((await minutes())[0]?.minutes).toBeLessThan(16)
  await server.query('postgres', `ALTER ROLE ${user} VALID UNTIL '2001-01-01'`)
  await vi.advanceTimersByTimeAsync(5 * 60_000)
  await expect.poll(async () => (await minutes())[0]?.minutes ?? 0, { timeout: 30_000 }).toBeGreaterThan(10)
  const taken = await connected(login)
  await server.query('postgres', `ALTER ROLE ${user} VALID UNTIL '2001-01-01'`)
  await withClient(server.address(), dropLeftoverLogins)
  await expect(taken.query('SELECT')).rejects.toThrow()
  expect(await left(user)).toEqual([])
})
