// Settings of a role, a database or the environment do not change the behavior of a run.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { toolEnvironment } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { settingsOf } from '../../src/engines/postgres/connection/session-settings.ts'
import { openDump } from '../../src/engines/postgres/dump/dump.ts'
import type { PlatformDump } from '../../src/ports/platform.ts'
import { readTool } from '../../src/streams/processes/read-tool.ts'
import { resguardo } from '../support/command-line.ts'
import { fakeDatabase } from '../support/fake-platform.ts'
import { harmfulSettings, tenantRows } from '../support/harmful-settings.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { everything, temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let backup: string
let tenants: string

const databases = ['shop', 'copied', 'swapped', 'replaced', 'tables', 'recorded', 'tenanted'] as const
const tenancy = ['--tenant-column', 'tenant_id', '--tenant-table', 'public.tenant']
const tenantBackup = ['backup', '--kind', 'tenant', '--tenant', 'all', ...tenancy]
const urlOf = (database: string) => server.url(database).replace('//postgres', '//backer')
const run = (database: string, words: readonly string[], more: Record<string, string> = {}) =>
  resguardo(words, { DATABASE_URL: urlOf(database), BACKUP_DIR: join(folder, 'backups'), ...more })

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('session-settings')
  await server.query('postgres', `CREATE ROLE backer SUPERUSER LOGIN PASSWORD '${server.password}'`)
  await server.createDatabase('shop')
  await server.query('shop', `SET client_encoding = UTF8; ${tenantRows}`)
  backup = await made(['backup'])
  tenants = await made(tenantBackup)
  for (const database of databases.slice(1)) await server.createDatabase(database, 'TEMPLATE shop')
  await server.query('postgres', harmfulSettings(databases))
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function made(words: readonly string[], more: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run('shop', [...words, '--json'], more)
  expect(code, stderr).toBe(0)
  return (JSON.parse(stdout) as { backup: string }).backup
}

describe('with harmful settings of the role and the database', () => {
  test('every one of them is in effect in a session of another client, and none in ours, at first and later, for every kind', async () => {
    const shop = { ...server.address('shop'), user: 'backer' }
    const shown = async (client: {
      query(sql: string): Promise<{ rows: unknown[] }>
    }): Promise<Record<string, string>> =>
      Object.fromEntries(
        (
          (await client.query('SELECT name, setting FROM pg_catalog.pg_settings')).rows as {
            name: string
            setting: string
          }[]
        ).map(({ name, setting }) => [name, setting]),
      )
    for (const kind of ['pinned', 'resettable', 'pinned', 'resettable'] as const) {
      const now = await withClient(shop, shown, kind)
      for (const { name, value } of settingsOf('always', 'names', 'superuser'))
        if (name in now) expect(now[name]?.replace(', MDY', '').replace(', DMY', ''), `${kind} ${name}`).toBe(value)
    }
    const psql = await readTool({
      command: join(server.tools.folder, 'psql'),
      arguments: ['-XAt', '-c', 'SELECT name, setting FROM pg_catalog.pg_settings'],
      environment: toolEnvironment(shop),
    })
    const ofTool = Object.fromEntries(psql.split('\n').map((line) => line.split('|') as [string, string]))
    for (const { name, value } of settingsOf('always', 'names', 'superuser'))
      if (name in ofTool) expect(ofTool[name]?.replace(/, [DM]M?[DMY]+$/, ''), `psql ${name}`).toBe(value)
    expect(ofTool.client_encoding).toBe('UTF8')
    const theirs = (await readTool({
      command: join(server.tools.folder, 'psql'),
      arguments: ['-XAt', '-c', 'SHOW default_transaction_isolation', '-c', 'SHOW xmloption'],
      environment: { ...toolEnvironment(shop), PGOPTIONS: '-c statement_timeout=0' },
    })) as string
    expect(theirs).toBe('serializable\ndocument\n')
  })

  test.each([
    ['custom', []],
    ['directory', []],
    ['plain', ['--globals']],
  ])('a backup in %s format succeeds', async (format, more) => {
    await made(['backup', '--format', format, ...more])
  })

  test('a backup is refused where damage is ignored and the role cannot change that', async () => {
    await server.query('postgres', `CREATE ROLE reader LOGIN PASSWORD '${server.password}' IN ROLE pg_read_all_data`)
    const as = { DATABASE_URL: server.url('shop').replace('//postgres', '//reader') }
    for (const words of [['backup'], ['tenants', 'plan', ...tenancy]]) {
      const { stdout } = await run('shop', [...words, '--json'], as)
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'postgres/damage-ignored' } })
    }
  })

  test('a backup of tenants succeeds', async () => {
    await made(tenantBackup)
  })

  test('a backup succeeds with other settings in the environment', async () => {
    await made(['backup'], {
      PGOPTIONS: '-c statement_timeout=1 -c default_transaction_read_only=on',
      PGCLIENTENCODING: 'LATIN1',
      PGDATESTYLE: 'German',
      PGTZ: 'Asia/Tokyo',
    })
  })

  test('a drill in own scratch succeeds', async () => {
    const { code, stderr } = await run('shop', ['test-restore', backup], {
      PGOPTIONS: '-c default_transaction_read_only=on',
    })
    expect(code, stderr).toBe(0)
  })

  test('a drill on a server of the user succeeds', async () => {
    const words = ['test-restore', backup, '--scratch-url', urlOf('recorded'), '--scratch-database', 'scratch_of_shop']
    const { code, stderr } = await run('shop', words)
    expect(code, stderr).toBe(0)
  })

  test.each([
    ['into a new database', 'copied', ['--strategy', 'new', '--target-database', 'copied2']],
    ['by a swap', 'swapped', ['--confirm', 'swapped']],
    ['in place', 'replaced', ['--strategy', 'in-place', '--confirm', 'replaced', '--skip-safety-backup']],
    [
      'of tables into a schema',
      'tables',
      ['--table', 'public.año', '--table', 'public.tenant', '--target-schema', 'back', '--confirm', 'tables'],
    ],
  ])('a restore %s succeeds', async (_, database, words) => {
    const { code, stderr } = await run(database, ['restore', '--backup', backup, '--name', 'shop', ...words])
    expect(code, stderr).toBe(0)
  })

  test('a restore of a tenant succeeds, and its values are the same', async () => {
    const sum = async (): Promise<unknown[]> =>
      withClient(
        { ...server.address('tenanted'), user: 'backer' },
        async (client) => (await client.query('SELECT x::text FROM public."año" x ORDER BY id')).rows,
      )
    const before = await sum()
    await withClient(server.address('tenanted'), (client) =>
      client.query('DELETE FROM public."año" WHERE tenant_id = 2'),
    )
    const words = ['restore', '--kind', 'tenant', '--backup', tenants, '--name', 'shop', '--tenant', '2']
    const { code, stderr } = await run('tenanted', [
      ...words,
      ...tenancy,
      '--confirm',
      'tenanted',
      '--skip-safety-backup',
    ])
    expect(code, stderr).toBe(0)
    expect(await sum()).toEqual(before)
  })

  test('the record of a run is made and written', async () => {
    const { code, stderr } = await run('shop', [
      'backup',
      '--record',
      '--record-create',
      '--record-url',
      urlOf('recorded'),
    ])
    expect(code, stderr).toBe(0)
    const written = await withClient(server.address('recorded'), (client) =>
      client.query(
        "SELECT status, relname FROM shadow.\"BackupRun\", pg_catalog.pg_am a JOIN pg_catalog.pg_class c ON c.relam = a.oid WHERE relname = 'BackupRun' AND amname = 'heap'",
      ),
    )
    expect(written.rows).toEqual([{ status: 'completed', relname: 'BackupRun' }])
  })
})

describe('the session that holds the snapshot', () => {
  const open: PlatformDump[] = []
  afterEach(async () => {
    for (const dump of open.splice(0)) await dump.close()
  })

  async function dumpOf(): Promise<PlatformDump> {
    const context = {
      address: server.address('shop'),
      tools: server.tools,
      database: fakeDatabase,
      readsPasswordHashes: true,
    }
    const request = { format: 'custom', selection: everything, jobs: 1, sourceCounts: false, globals: false } as const
    const signal = new AbortController().signal
    const dump = await openDump(context, { ...request, lockTimeout: 5, temporary: folder, signal })
    open.push(dump)
    return dump
  }

  const endHolder = () =>
    withClient(server.address('postgres'), async (client) => {
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
          WHERE datname = 'shop' AND state <> 'idle'`,
      )
      expect(rowCount).toBe(1)
    })

  test('ends before the dump: the dump fails', async () => {
    const dump = await dumpOf()
    await endHolder()
    const read = async (): Promise<void> => {
      for await (const { stream } of dump.payloads()) for await (const _ of stream);
    }
    await expect(read()).rejects.toMatchObject({ code: 'postgres/snapshot-lost' })
  })

  test('ends once all is read: the backup is not finished', async () => {
    const dump = await dumpOf()
    for await (const { stream } of dump.payloads()) for await (const _ of stream);
    await endHolder()
    await expect(dump.finish()).rejects.toMatchObject({ code: 'postgres/snapshot-lost' })
  })
})
