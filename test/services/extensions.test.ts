// Extensions in drills and restores: those that must be preloaded, and those of an older version.
import { access, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { drill, openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { runRestore } from '../support/restore-run.ts'

const extensionsOf = '/usr/share/postgresql/15/extension'
const isInstalled = (name: string): Promise<boolean> =>
  access(join(extensionsOf, `${name}.control`)).then(
    () => true,
    () => false,
  )
const preloaded = (
  await Promise.all(['pgaudit', 'pg_cron'].map(async (name) => ((await isInstalled(name)) ? [name] : [])))
).flat()

let server: TestPostgres
let folder: string
const store = () => openDirectoryStore(join(folder, 'store'))

beforeAll(async () => {
  folder = await openFolder('extensions-test')
  server = await startPostgres({
    settings: {
      ...(preloaded.length > 0 ? { shared_preload_libraries: preloaded.join(',') } : {}),
      ...(preloaded.includes('pg_cron') ? { 'cron.database_name': 'cron' } : {}),
    },
  })
  await server.query('postgres', 'CREATE ROLE mon')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('an extension of an older version', () => {
  test.each(['custom', 'plain'] as const)('is drilled and restored in that version, from format %s', async (format) => {
    const name = `older_${format}`
    const url = await server.createDatabase(name)
    await server.query(
      name,
      `CREATE EXTENSION pg_stat_statements VERSION '1.6'; GRANT EXECUTE ON FUNCTION pg_stat_statements_reset() TO mon; CREATE TABLE t (a int)`,
    )
    await server.query(name, `CREATE SCHEMA own; CREATE EXTENSION hstore SCHEMA own VERSION '1.7'`)
    const dump = { format, selection: everything, jobs: 2, sourceCounts: true, globals: false, lockTimeout: 5 } as const
    const { manifest } = await backUpUrl(url, [store()], { dump })
    const { record } = await drill([store()], manifest.id, folder)
    // A script creates the schema itself, so that the extension in it waits for the script, which names no version.
    const notes = format === 'plain' ? [expect.stringMatching(/hstore has version 1\.8 here.* version 1\.7\.$/)] : []
    expect(record).toMatchObject({ verdict: 'proven', notes })
    await runRestore(url, [store()], { confirm: name, backup: manifest.id, 'code-as-superuser': 'true' })
    expect(
      await server.query(name, "SELECT extversion FROM pg_extension WHERE extname = 'pg_stat_statements'"),
    ).toEqual([{ extversion: '1.6' }])
  })
})

describe.runIf(preloaded.includes('pgaudit'))('an extension that must be preloaded', () => {
  test('is drilled on a server that preloads it', async () => {
    const url = await server.createDatabase('audited')
    await server.query('audited', 'CREATE EXTENSION pgaudit; CREATE TABLE t (a int)')
    const { manifest } = await backUpUrl(url, [store()])
    expect((await drill([store()], manifest.id, folder)).record).toMatchObject({ verdict: 'proven', notes: [] })
  })
})

describe.runIf(preloaded.includes('pg_cron'))('pg_cron', () => {
  test('is drilled without running its jobs, blocks a swap, and is restored in place with objects in its schema', async () => {
    const url = await server.createDatabase('cron')
    await server.query(
      'cron',
      `CREATE EXTENSION pg_cron; CREATE TABLE t (a int); SELECT cron.schedule('nightly', '* * * * *', 'INSERT INTO t VALUES (1)');
       CREATE FUNCTION cron.job_report() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    )
    const { manifest } = await backUpUrl(url, [store()])
    const workers = "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type LIKE '%cron%'"
    const drilled = await drill([store()], manifest.id, folder, {
      checkSql: [workers, 'SELECT count(*) FROM cron.job'],
    })
    expect(drilled.record).toMatchObject({ verdict: 'proven', notes: [] })
    await expect(runRestore(url, [store()], { confirm: 'cron', backup: manifest.id })).rejects.toMatchObject({
      code: 'restore/blocked',
      details: expect.arrayContaining([expect.stringContaining('pg_cron')]),
    })
    const inPlace = { strategy: 'in-place', confirm: 'cron', backup: manifest.id, 'skip-safety-backup': 'true' }
    await runRestore(url, [store()], inPlace)
    expect(await server.query('cron', 'SELECT cron.job_report(), count(*)::int AS n FROM cron.job')).toEqual([
      { job_report: 1, n: 1 },
    ])
  })
})
