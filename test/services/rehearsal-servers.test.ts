// Rehearsals on a scratch server of the user, and on servers that could carry data away.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { drillWithRehearsal, type RehearsedDrill, writeFiles } from '../support/rehearsal.ts'
import { backUpShop, psql } from '../support/rehearsed-shop.ts'
import { makeServerCertificate } from '../support/server-certificate.ts'

let server: TestPostgres
let folder: string
let backup: string
/** A checkout with nothing to install, for migrations in plain SQL. */
let plain: string

const store = () => join(folder, 'store')
const rehearse = (rehearsal: Partial<RehearsedDrill['rehearsal']>, more: Partial<RehearsedDrill> = {}) =>
  drillWithRehearsal({
    ...{ store: store(), backup, temporary: join(folder, 'temporary'), ...more },
    rehearsal: { directory: plain, migrateCommand: 'true', ...rehearsal },
  })

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('rehearsal-servers-test')
  backup = await backUpShop(server, store())
  plain = await writeFiles(join(folder, 'plain'), { 'README.md': 'nothing to install' })
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a scratch server of the user', () => {
  const scratch = (url: string) => ({ server: { url, database: 'rehearsal_scratch' } })

  test('is reached through TCP alone, and the login made there is gone afterwards', async () => {
    const { record, said } = await rehearse(
      { migrateCommand: psql('ALTER TABLE "Product" ADD c int') },
      scratch(server.superuserUrl),
    )
    expect(record.rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed' })
    expect(await server.query('postgres', "SELECT rolname FROM pg_roles WHERE rolname ~ 'rehearsal'")).toEqual([])
    expect(await server.query('postgres', "SELECT 1 FROM pg_database WHERE datname = 'rehearsal_scratch'")).toEqual([])
  })

  test('that wants TLS gets it from us, while the migration speaks in plain', async () => {
    const { key, certificate } = await makeServerCertificate(join(folder, 'keys'))
    const secure = await startPostgres({ settings: { ssl: 'on', ssl_key_file: key, ssl_cert_file: certificate } })
    try {
      const url = secure.superuserUrl.replace('sslmode=disable', 'sslmode=require')
      const migrateCommand = `${psql('SELECT $$encrypted: $$ || ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')}; psql "$DATABASE_URL" -c 'SELECT 1'`
      const { record, said } = await rehearse({ migrateCommand }, scratch(url))
      expect(record.rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed' })
      expect(said).toContain('|  encrypted: true')
    } finally {
      await secure.stop()
    }
  })

  test('whose user is no superuser runs the migration as that user, and says so', async () => {
    await server.query('postgres', "CREATE ROLE plain LOGIN CREATEDB PASSWORD 'pl@in'")
    const url = server.superuserUrl.replace(/\/\/[^@]+@/, '//plain:pl%40in@')
    const { record, said } = await rehearse({ migrateCommand: psql('ALTER TABLE "Product" ADD c int') }, scratch(url))
    expect(record.rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed', locks: { everyStatement: false } })
    expect(record.rehearsal?.notes.join()).toContain('ran as plain')
  })
})

test('a user of the scratch server who could run programs there does not run a migration that is not trusted', async () => {
  await server.query(
    'postgres',
    "CREATE ROLE mighty LOGIN CREATEDB PASSWORD 'm'; GRANT pg_execute_server_program TO mighty",
  )
  const url = server.superuserUrl.replace(/\/\/[^@]+@/, '//mighty:m@')
  const { failure } = await rehearse(
    { migrateCommand: 'touch ran' },
    { server: { url, database: 'rehearsal_scratch' } },
  )
  expect(failure).toMatchObject({
    code: 'rehearsal/server-can-leak',
    message: expect.stringContaining('membership in pg_execute_server_program'),
  })
})

test('a database whose server could carry data away is not rehearsed, and the backup is proven', async () => {
  const url = await server.createDatabase('speaking')
  await server.query('speaking', 'CREATE TABLE t (a int); CREATE EXTENSION dblink')
  const { manifest } = await backUpUrl(url, [openDirectoryStore(join(folder, 'speaking'))])
  const { record, failure } = await rehearse(
    { migrateCommand: 'touch ran' },
    { store: join(folder, 'speaking'), backup: manifest.id },
  )
  expect(record).toMatchObject({
    verdict: 'proven',
    notes: [expect.stringContaining('The migration was not rehearsed')],
  })
  expect(record.rehearsal).toBeUndefined()
  expect(failure).toMatchObject({ code: 'rehearsal/server-can-leak' })
})
