// Drills on a server that is named: its databases and roles are left alone, except for those that a drill created.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { type DrillOptions, drill, needing, openFolder } from '../support/drill.ts'
import { failureOf } from '../support/failure-of.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

/** The server of the source database. */
let server: TestPostgres
/** The server of the drills. */
let other: TestPostgres
let folder: string
let manifest: PostgresManifest

const store = () => openDirectoryStore(join(folder, 'store'))

beforeAll(async () => {
  ;[server, other] = await Promise.all([startPostgres(), startPostgres({ ownIdentifier: true })])
  folder = await openFolder('drill-server-test')
  manifest = (await backUpUrl(await makeWideDatabase(server, 'wide'), [store()])).manifest
})

afterAll(async () => {
  await Promise.all([server?.stop(), other?.stop()])
  await rm(folder, { recursive: true, force: true })
})

describe('a drill on a server that is named', () => {
  const on = (postgres: TestPostgres, database: string, more: DrillOptions = {}): DrillOptions => ({
    ...more,
    server: { url: postgres.url(), database },
  })
  const databases = async (postgres: TestPostgres) =>
    (await postgres.query<{ datname: string }>('postgres', 'SELECT datname FROM pg_database ORDER BY 1')).map(
      ({ datname }) => datname,
    )

  test('makes its database, proves, and drops it', async () => {
    const { record } = await drill([store()], manifest.id, folder, on(other, 'drill "here"'))
    expect(record).toMatchObject({ verdict: 'proven', notes: [] })
    expect(await databases(other)).toEqual(['postgres', 'template0', 'template1'])
  })

  test('makes no roles there: owners and grants are left out, and that is said', async () => {
    const url = await server.createDatabase('owned')
    await server.query(
      'owned',
      'CREATE ROLE only_here; CREATE TABLE t (a int); ALTER TABLE t OWNER TO only_here; GRANT SELECT ON t TO PUBLIC',
    )
    const made = await backUpUrl(url, [store()])
    const { record } = await drill([store()], made.manifest.id, folder, on(other, 'drill'))
    expect(record).toMatchObject({ verdict: 'proven', notes: [expect.stringMatching(/owners and grants.*only_here/)] })
    expect(await other.query('postgres', "SELECT FROM pg_roles WHERE rolname = 'only_here'")).toEqual([])
  })

  test('never touches a database that it did not make', async () => {
    await other.createDatabase('precious')
    const failure = await failureOf(drill([store()], manifest.id, folder, on(other, 'precious')))
    expect(failure).toMatchObject({ code: 'drill/scratch-exists' })
    expect(await databases(other)).toContain('precious')
    await other.dropDatabase('precious')
  })

  test('replaces what a killed drill left, unless somebody is connected to it', async () => {
    await other.createDatabase('left')
    await other.query('postgres', `COMMENT ON DATABASE "left" IS 'resguardo scratch: made 2026-01-01, safe to drop'`)
    expect((await drill([store()], manifest.id, folder, on(other, 'left'))).record.verdict).toBe('proven')
    expect(await databases(other)).not.toContain('left')
  })

  test('drops the database of a drill that was killed during creation, but no other database with such a name', async () => {
    const [left, open, foreign] = [
      'drill_making_20260101T000000Z',
      'drill_making_20260101T000000Z_2',
      'x_making_20260101T000000Z',
    ]
    for (const name of [left, open, foreign]) await other.createDatabase(name)
    for (const name of [left, foreign])
      await other.query('postgres', `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`)
    expect((await drill([store()], manifest.id, folder, on(other, 'drill'))).record.verdict).toBe('proven')
    expect(await databases(other)).toEqual([open, 'postgres', 'template0', 'template1', foreign])
    for (const name of [open, foreign]) await other.dropDatabase(name)
  })

  test('ignores a database of another role that has the name of a killed drill', async () => {
    const evil = 'drill_making_20260101T000000Z'
    await other.query('postgres', `CREATE ROLE driller LOGIN CREATEDB PASSWORD 'driller-password'; CREATE ROLE mallory`)
    for (const owner of ['mallory', 'postgres']) {
      await other.createDatabase(`${evil}_${owner.length}`, `OWNER ${owner} ALLOW_CONNECTIONS false`)
    }
    const url = new URL(other.url())
    Object.assign(url, { username: 'driller', password: 'driller-password' })
    const { record } = await drill([store()], manifest.id, folder, { server: { url: url.href, database: 'drill' } })
    expect(record.verdict).toBe('proven')
    expect(await databases(other)).toEqual(expect.arrayContaining([`${evil}_7`, `${evil}_8`]))
    for (const name of [`${evil}_7`, `${evil}_8`]) await other.dropDatabase(name)
  })

  test('is refused while another drill uses the database, even without a connection', async () => {
    const control = new AbortController()
    const checking = join(folder, 'checking')
    const options = { checkCommand: `touch '${checking}'; sleep 60`, signal: control.signal }
    const first = failureOf(drill([store()], manifest.id, folder, on(other, 'drill', options)))
    await expect.poll(() => readdir(folder), { timeout: 20_000 }).toContain('checking')
    expect(await other.query('postgres', "SELECT FROM pg_stat_activity WHERE datname = 'drill'")).toEqual([])
    const second = await failureOf(drill([store()], manifest.id, folder, on(other, 'drill')))
    expect(second).toMatchObject({
      code: 'drill/scratch-busy',
      message: expect.stringMatching(/process \d+, resguardo/),
    })
    control.abort(new Failure('interrupted', 'interrupted'))
    expect((await first).code).toBe('interrupted')
  })

  test('never takes the source for scratch', async () => {
    const failure = await failureOf(drill([store()], manifest.id, folder, on(server, 'wide')))
    expect(failure).toMatchObject({ code: 'drill/scratch-is-source' })
    expect((await server.query<{ n: number }>('wide', 'SELECT count(*)::int AS n FROM "Product"'))[0]?.n).toBe(20)
  })

  test('refuses an older server before anything is made', async () => {
    const change = (same: PostgresManifest) => ({ ...same, server: { ...same.server, major: 99, version: '99.1' } })
    const failure = await failureOf(drill([store()], manifest.id, folder, on(other, 'drill', { manifest: change })))
    expect(failure).toMatchObject({ kind: 'refused', message: expect.stringMatching(/PostgreSQL 15.*99\.1/) })
    expect(await databases(other)).toEqual(['postgres', 'template0', 'template1'])
  })

  test('records that an extension is missing there, and leaves nothing behind', async () => {
    const { record, failure } = await drill(
      [store()],
      manifest.id,
      folder,
      on(other, 'drill', { manifest: needing('vector') }),
    )
    expect([record.verdict, failure?.code]).toEqual(['not-drilled', 'drill/missing-extension'])
    expect(await databases(other)).toEqual(['postgres', 'template0', 'template1'])
  })

  test('a database that the URL itself names is no scratch', async () => {
    expect((await failureOf(drill([store()], manifest.id, folder, on(other, 'postgres')))).code).toBe(
      'drill/scratch-is-source',
    )
  })

  test('is dropped after a failure and after a signal as well', async () => {
    const stop = new AbortController()
    const running = failureOf(
      drill([store()], manifest.id, folder, on(other, 'drill', { checkCommand: 'sleep 60', signal: stop.signal })),
    )
    await expect.poll(() => databases(other), { timeout: 30_000 }).toHaveLength(4)
    stop.abort(new Failure('interrupted', 'interrupted'))
    expect((await running).code).toBe('interrupted')
    expect(await databases(other)).toEqual(['postgres', 'template0', 'template1'])
  })
})
