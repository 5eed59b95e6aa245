// An interrupted restore reports the correct state of the live database at every moment of the signal.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Running, resguardo, runAsPrinted, startResguardo } from '../support/command-line.ts'
import { type CutProxy, cutProxy } from '../support/cut-proxy.ts'
import { interrupted } from '../support/interrupted.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let proxy: CutProxy
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server?.stop())

beforeEach(async () => {
  folder = await temporaryFolder('interrupted-restore')
  proxy = await cutProxy(`http://127.0.0.1:${server.port}`)
  const url = await server.createDatabase('shop')
  environment = { DATABASE_URL: url.replace(`:${server.port}/`, `:${proxy.port}/`), TMPDIR: folder }
  await server.query(
    'shop',
    `CREATE TABLE tenant (id int PRIMARY KEY);
     CREATE TABLE sale (id int PRIMARY KEY, tenant_id int REFERENCES tenant, note text);
     INSERT INTO tenant VALUES (1), (2);
     INSERT INTO sale SELECT n, 1 + n % 2, md5(n::text) FROM generate_series(1, 20000) n`,
  )
})

afterEach(async () => {
  await standby('')
  await proxy.close()
  for (const { name } of await databases()) await server.dropDatabase(name)
  await rm(folder, { recursive: true, force: true })
})

const databases = () =>
  server.query<{ name: string }>(
    'postgres',
    "SELECT datname AS name FROM pg_database WHERE datname LIKE 'shop%' ORDER BY 1",
  )

/** With a standby that is not there, every commit waits until its session is ended, and counts all the same. */
async function standby(name: string): Promise<void> {
  await server.query(
    'postgres',
    `ALTER SYSTEM ${name === '' ? 'RESET synchronous_standby_names' : `SET synchronous_standby_names = '${name}'`}`,
  )
  await server.query('postgres', 'SELECT pg_reload_conf()')
  await expect
    .poll(
      async () =>
        (
          await server.query<{ names: string }>(
            'postgres',
            "SELECT current_setting('synchronous_standby_names') AS names",
          )
        )[0],
    )
    .toEqual({ names: name })
}

const local = () => ['--backup-dir', join(folder, 'backups')]

async function backUp(...words: string[]): Promise<string> {
  const { stdout, stderr } = await resguardo(['backup', ...words, '--json', ...local()], environment)
  const { backup } = JSON.parse(stdout) as { backup?: string }
  if (backup === undefined) throw new Error(stderr)
  await server.query('shop', 'DELETE FROM sale WHERE id > 5')
  return backup
}

const restore = (...words: string[]): Running =>
  startResguardo(['restore', ...words, '--confirm', 'shop', ...local()], environment)

async function rows(database = 'shop'): Promise<number | undefined> {
  return (await server.query<{ n: number }>(database, 'SELECT count(*)::int AS n FROM sale'))[0]?.n
}

const untouched = 'The live database shop was not changed.'

async function waitForCommit(): Promise<void> {
  await expect
    .poll(() => server.query('postgres', "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), {
      timeout: 20_000,
    })
    .toHaveLength(1)
}

describe('interrupted swap restore', () => {
  test.each(['Examining', 'Creating', 'Loading', 'Comparing', 'Gathering', 'Exchanging'])(
    'the error states whether the live database was replaced (%s)',
    async (phase) => {
      const backup = await backUp()
      const stderr = await interrupted(restore(), phase)
      if ((await rows()) === 5) {
        expect(stderr).toContain(untouched)
        expect(await databases()).toEqual([{ name: 'shop' }])
      } else {
        expect(stderr).toContain(
          `The live database shop was replaced with backup ${backup}. The database that was live before is kept as shop_before_`,
        )
      }
    },
  )

  test('a signal during the --after command reports the replacement and a command that undoes it', async () => {
    await backUp()
    const stderr = await interrupted(restore('--after', 'sleep 20'), 'Running: sleep')
    expect(await rows()).toBe(20000)
    expect(stderr).toContain('The live database shop was replaced')
    const [command = ''] = /resguardo restore --undo [^`]*/.exec(stderr) ?? []
    expect((await runAsPrinted(command, environment)).code).toBe(0)
    expect(await rows()).toBe(5)
  })

  const held = async (): Promise<Running> => {
    await backUp()
    const go = join(folder, 'go')
    const running = restore('--before', `while [ ! -e ${go} ]; do sleep 0.05; done`)
    await running.said('Running: while')
    await standby('nobody')
    await writeFile(go, '')
    await waitForCommit()
    return running
  }

  test('a signal during the commit reports the replacement', async () => {
    const stderr = await interrupted(await held())
    await standby('')
    expect(stderr).toContain('The live database shop was replaced')
    expect(await rows()).toBe(20000)
  })

  test('a signal during a commit that gets no response reports an unknown state and a command to check', async () => {
    const running = await held()
    proxy.set({ after: 0, mode: 'freeze' })
    const stderr = await interrupted(running)
    proxy.set({})
    await standby('')
    expect(stderr).toContain('It is not known whether shop was replaced')
    expect(stderr).not.toContain(untouched)
    const [command = ''] = /resguardo restore --undo --dry-run[^`]*/.exec(stderr) ?? []
    expect((await runAsPrinted(command, environment)).stdout).toMatch(/Live now +shop .*restored from/)
  })
})

describe('interrupted restore into a new database', () => {
  test.each(['Loading', 'Gathering'])('the error states that the live database was not changed (%s)', async (phase) => {
    await backUp()
    const stderr = await interrupted(restore('--strategy', 'new', '--target-database', 'shop_new'), phase)
    expect(stderr).toContain(untouched)
    expect([await rows(), await databases()]).toEqual([5, [{ name: 'shop' }]])
  })
})

describe('interrupted in-place restore', () => {
  const inPlace = (...words: string[]) => restore('--strategy', 'in-place', ...words)

  test.each(['Examining', 'Replacing'])(
    'the error states that the live database was not changed (%s)',
    async (phase) => {
      await backUp()
      const stderr = await interrupted(inPlace('--skip-safety-backup'), phase)
      expect(stderr).toContain(untouched)
      expect(await rows()).toBe(5)
    },
  )

  test('a signal after the commit reports the replacement and a command that restores the earlier data', async () => {
    await backUp()
    const stderr = await interrupted(inPlace(), 'Comparing the definitions')
    expect(await rows()).toBe(20000)
    expect(stderr).toContain('The live database shop was replaced')
    const [command = ''] = /resguardo restore \S+ --strategy in-place[^`]*/.exec(stderr) ?? []
    expect((await runAsPrinted(command, environment)).code).toBe(0)
    expect(await rows()).toBe(5)
  })

  test.each([false, true])(
    'a signal during the commit reports the replacement, or an unknown state if the server does not respond (%s)',
    async (frozen) => {
      await backUp()
      const running = inPlace('--skip-safety-backup')
      await running.said('Replacing')
      await standby('nobody')
      await waitForCommit()
      if (frozen) proxy.set({ after: 0, mode: 'freeze' })
      const stderr = await interrupted(running)
      await standby('')
      expect(stderr).not.toContain(untouched)
      expect(stderr).toContain(
        frozen ? 'It is not known whether shop was replaced' : 'The live database shop was replaced',
      )
      if (!frozen) return
      const [, sql = ''] = /`(SELECT pg_xact_status\('\d+'\))`: "committed"/.exec(stderr) ?? []
      await expect.poll(async () => (await server.query('shop', sql))[0]).toEqual({ pg_xact_status: 'committed' })
    },
  )
})

test.each(['Loading', 'Copying'])(
  'an interrupted restore into a new schema reports whether the schema was created (%s)',
  async (phase) => {
    await backUp()
    const stderr = await interrupted(restore('--table', 'public.sale', '--target-schema', 'back'), phase)
    const schemas = await server.query('shop', "SELECT FROM pg_namespace WHERE nspname = 'back'")
    expect(stderr).toContain(schemas.length === 0 ? untouched : 'Schema back of shop was created')
  },
)

describe('interrupted restore of a tenant', () => {
  const flags = ['--kind', 'tenant', '--tenant', '1', '--tenant-table', 'tenant', '--tenant-column', 'tenant_id']

  test.each(['Reading', 'Comparing'])('the error states that no row was changed (%s)', async (phase) => {
    await backUp(...flags)
    const stderr = await interrupted(restore(...flags, '--mode', 'replace', '--skip-safety-backup'), phase)
    expect(stderr).toContain('No row of shop was changed.')
    expect(await rows()).toBe(5)
  })

  test('a signal after the commit reports the restore and a command that restores the earlier rows', async () => {
    await backUp(...flags)
    const stderr = await interrupted(restore(...flags, '--mode', 'replace', '--after', 'sleep 20'), 'Running: sleep')
    expect(stderr).toContain('The rows of tenant "1" in shop were restored')
    expect(await rows()).toBe(10003)
    const [command = ''] = /resguardo restore tenant [^`]*/.exec(stderr) ?? []
    expect((await runAsPrinted(command, environment)).code).toBe(0)
    expect(await rows()).toBe(5)
  })
})
