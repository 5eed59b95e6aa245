// Attack class: code that runs as a login made for it keeps the rights of that login after the restore.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toUrl } from '../../src/sources/postgres/address.ts'
import { openLogins } from '../../src/sources/postgres/owners/logins.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
  await server.query('postgres', 'CREATE ROLE app; CREATE ROLE colleague')
  await server.createDatabase('shop', 'OWNER app')
  await server.createDatabase('other', 'OWNER app')
})
afterAll(() => server?.stop())

test('A login that code keeps from being dropped, by an object in another database, has no rights any more', async () => {
  const logins = await openLogins(server.address('shop'), [{ roles: ['app', 'colleague'], bypassesPolicies: true }])
  const [login] = logins.addresses
  if (!login) throw new Error('no login was made')
  const client = new pg.Client(toUrl({ ...login, database: 'other' }))
  await client.connect()
  await client.query('CREATE SCHEMA kept').finally(() => client.end())
  await logins.close()
  const left = `SELECT rolcanlogin, rolbypassrls, pg_has_role(oid, 'app', 'MEMBER') OR pg_has_role(oid, 'colleague', 'MEMBER') AS member
                  FROM pg_roles WHERE rolname = $1`
  expect(await server.query('postgres', left, [login.user])).toEqual([{ rolcanlogin: false, rolbypassrls: false, member: false }])
})
