// Runs killed with SIGKILL or SIGTERM: their processes end, and the next command removes their files.
import { chmod, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { abandonedSharedMemory, sharedMemoryOf } from '../soak/checks/files.ts'
import { type Running, resguardo, startResguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { aliveAfter, allProcesses, descendantsOf, type SeenProcess } from '../support/process-tree.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let environment: Record<string, string>
/** Stopped server processes, until `resume`. */
const stopped: number[] = []

beforeAll(async () => {
  server = await startPostgres()
  const url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE TABLE big (id int PRIMARY KEY, b text);
     INSERT INTO big SELECT g, (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 40) i) FROM generate_series(1, 24000) g;
     CREATE TABLE other AS SELECT * FROM big`,
  )
  folder = await temporaryFolder('killed-run-backup')
  environment = { DATABASE_URL: url, BACKUP_DIR: join(folder, 'backups') }
  expect((await resguardo(['backup'], environment)).code).toBe(0)
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

let temporary: string

beforeEach(async () => {
  temporary = await temporaryFolder('killed-run')
  await chmod(temporary, 0o711)
  environment = { ...environment, TMPDIR: temporary }
})

afterEach(async () => {
  resume()
  const names = await server.query<{ name: string }>(
    'postgres',
    "SELECT datname AS name FROM pg_database WHERE datname LIKE 'shop_%'",
  )
  for (const { name } of names) await server.dropDatabase(name)
  await rm(temporary, { recursive: true, force: true })
})

/**
 * Stops the first sessions of the server with such a title (`postgres: user database …`), so that their clients hang.
 */
async function stall(running: Running, title: RegExp): Promise<void> {
  const postmaster = Number((await readFile(join(server.folder, 'data/postmaster.pid'), 'utf8')).split('\n')[0])
  while (stopped.length === 0) {
    if (running.child.exitCode !== null)
      throw new Error(`no session was like ${title}: ${(await running.finished).stderr}`)
    for (const { pid } of allProcesses().filter(({ parent, words }) => parent === postmaster && title.test(words))) {
      process.kill(pid, 'SIGSTOP')
      stopped.push(pid)
    }
    await sleep(2)
  }
}

function resume(): void {
  for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT')
}

/** Milliseconds until processes must have ended. On a quiet machine it takes less than a second. */
const longest = 10_000

/** Ignores the keeper of a sandbox, which removes the sandbox's folder and then exits. */
const withoutKeeper = (processes: SeenProcess[]) =>
  processes.filter(({ words }) => !words.startsWith('/bin/bash --norc -c'))

/** Waits for a process with this command line, kills the run, and returns all processes that the run had started. */
async function killOnce(running: Running, words: string): Promise<SeenProcess[]> {
  const pid = running.child.pid as number
  let below = descendantsOf(pid)
  while (!below.some((each) => each.words.includes(words))) {
    if (running.child.exitCode !== null)
      throw new Error(`it never started ${words}: ${(await running.finished).stderr}`)
    await sleep(5)
    below = descendantsOf(pid)
  }
  await sleep(100)
  below = descendantsOf(pid)
  running.child.kill('SIGKILL')
  return below
}

const run = (...words: string[]): Running => startResguardo(words, environment)
const leftBehind = async (): Promise<string[]> =>
  (await readdir(temporary)).filter((name) => name.startsWith('resguardo-'))

describe('killed run', () => {
  test('the worker processes of pg_dump in a backup in directory format end', async () => {
    const running = run('backup', '--format', 'directory', '--jobs', '2')
    await stall(running, / shop .* COPY/)
    const below = await killOnce(running, 'pg_dump')
    expect(below.filter(({ words }) => words.includes('pg_dump')).length).toBeGreaterThan(1)
    expect(await leftBehind()).toHaveLength(1)
    expect(await aliveAfter(below, longest)).toEqual([])
    expect((await run('list').finished).code).toBe(0)
    expect(await leftBehind()).toEqual([])
  })

  test('a command without --temporary removes the files of a killed backup that used this flag', async () => {
    const other = join(temporary, 'other')
    const running = run('backup', '--format', 'directory', '--temporary', other)
    await stall(running, / shop .* COPY/)
    const below = await killOnce(running, 'pg_dump')
    expect(await readdir(other)).toHaveLength(1)
    expect(await aliveAfter(below, longest)).toEqual([])
    const listed = await run('list').finished
    expect([listed.code, listed.stderr]).toEqual([0, expect.stringContaining('1 folder')])
    expect([await readdir(other), await leftBehind()]).toEqual([[], []])
  })

  test('the worker processes and sessions of pg_restore in a restore end', async () => {
    const running = run('restore', '--confirm', 'shop', '--jobs', '2')
    await stall(running, / shop_\S+ .* COPY/)
    const below = await killOnce(running, 'pg_restore')
    expect(await aliveAfter(below, longest)).toEqual([])
    resume()
    await expect
      .poll(() => server.query('postgres', "SELECT query FROM pg_stat_activity WHERE datname LIKE 'shop_%'"), {
        timeout: 3000,
      })
      .toEqual([])
    expect((await run('list').finished).code).toBe(0)
    expect(await leftBehind()).toEqual([])
  })

  test('the server cancels the statement of an in-place restore and releases its locks', async () => {
    const url = await server.createDatabase('shop_slow')
    const slow = (body: string) =>
      `CREATE OR REPLACE FUNCTION public.slow(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN ${body}; RETURN a; END'`
    await server.query(
      'shop_slow',
      `${slow('NULL')}; CREATE TABLE sale AS SELECT 1 AS id; CREATE INDEX ON sale (public.slow(id))`,
    )
    await server.query('shop_slow', slow('PERFORM pg_catalog.pg_sleep(30)'))
    const there = ['--database-url', url, '--backup-dir', join(temporary, 'slow')]
    expect((await run('backup', ...there).finished).code).toBe(0)
    const way = ['--strategy', 'in-place', '--skip-safety-backup', '--confirm', 'shop_slow', '--code-as-superuser']
    const running = run('restore', ...there, ...way)
    const building =
      "SELECT FROM pg_stat_activity WHERE datname = 'shop_slow' AND query LIKE 'CREATE INDEX%' AND state = 'active'"
    while ((await server.query('postgres', building)).length === 0) {
      if (running.child.exitCode !== null) throw new Error((await running.finished).stderr)
      await sleep(20)
    }
    const below = await killOnce(running, 'psql')
    expect(await aliveAfter(below, longest)).toEqual([])
    await expect.poll(() => server.query('postgres', building), { timeout: 2000 }).toEqual([])
  })

  test.each(['auto', 'none'])(
    'the processes of a drill that is killed during initdb end (isolation %s)',
    async (isolation) => {
      const below = await killOnce(run('test-restore', '--isolation', isolation), 'initdb')
      expect(await aliveAfter(withoutKeeper(below), longest)).toEqual([])
      expect(await aliveAfter(below, longest)).toEqual([])
      expect(await leftBehind()).toEqual([])
    },
  )

  test.each(
    (['SIGTERM', 'SIGKILL'] as const).flatMap((signal) => ['--boot', '--single'].map((mode) => ({ signal, mode }))),
  )(
    'no shared memory remains of a drill without a sandbox after $signal while initdb runs postgres $mode',
    async (kill) => {
      const running = run('test-restore', '--isolation', 'none')
      const memoryOfServer = (): string[] =>
        sharedMemoryOf(
          descendantsOf(running.child.pid as number).flatMap(({ pid, words }) =>
            words.includes(kill.mode) ? [pid] : [],
          ),
        )
      await expect.poll(memoryOfServer, { timeout: 20_000, interval: 2 }).not.toEqual([])
      const [memory, below] = [memoryOfServer(), descendantsOf(running.child.pid as number)]
      running.child.kill(kill.signal)
      expect(await aliveAfter(below, longest)).toEqual([])
      expect(abandonedSharedMemory(memory)).toEqual([])
      expect(await leftBehind()).toEqual([])
    },
  )

  test.each(['auto', 'none'])(
    'the processes of a drill that is killed during the load end (isolation %s)',
    async (isolation) => {
      const below = await killOnce(run('test-restore', '--isolation', isolation), 'pg_restore')
      expect(await aliveAfter(withoutKeeper(below), longest)).toEqual([])
      expect(await aliveAfter(below, longest)).toEqual([])
      expect(await leftBehind()).toEqual([])
    },
  )

  test("the processes of a user's command end", async () => {
    const running = run('restore', '--confirm', 'shop', '--before', 'sleep 61 & sleep 62')
    const below = await killOnce(running, 'sleep 62')
    expect(await aliveAfter(below, longest)).toEqual([])
  })
})
