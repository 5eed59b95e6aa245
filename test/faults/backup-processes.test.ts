// Backups whose child processes or connections are killed, concurrent backups, and secrets in process arguments.
import { execFileSync } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Running, resguardo, startResguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let folder: string
let url: string

beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase('shop')
  // Random bytes, so that a dump takes long enough to be hit in the middle.
  await server.query(
    'shop',
    `CREATE TABLE big (id int PRIMARY KEY, b text);
     INSERT INTO big SELECT g, (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 40) i) FROM generate_series(1, 24000) g`,
  )
})

afterAll(() => server?.stop())

beforeEach(async () => {
  folder = await temporaryFolder('faults-test')
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const backup = (...more: string[]): Running =>
  startResguardo(
    ['backup', '--backup-dir', join(folder, 'backups'), '--temporary', folder, '--compression-level', '9', ...more],
    { DATABASE_URL: url },
  )

const everyFile = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

/** Kills a child of the command once some of the dump is stored. */
async function killChild({ child }: Running, name: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    await sleep(25)
    const pids = children(child.pid as number, name)
    const growing = (await readdir(folder, { recursive: true })).some((file) => file.includes('database.dump.zst'))
    if (pids.length === 0 || !growing) continue
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    return
  }
  throw new Error(`${name} was never seen`)
}

function children(parent: number, name: string): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(parent), '-x', name], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

describe('backup with a killed process', () => {
  test.each(['pg_dump', 'zstd'])(
    'a killed %s makes the backup fail with an error that names the process, and leaves no file',
    async (name) => {
      const running = backup()
      await killChild(running, name)
      const { code, stderr } = await running.finished
      expect(stderr).toContain(`a signal ended ${name}`)
      expect(stderr).toContain('code: tool/killed')
      expect([code, await everyFile()]).toEqual([5, []])
    },
  )

  test('a terminated connection of pg_dump makes the backup fail with a server error, and leaves no file', async () => {
    const running = backup()
    await running.said('Dumping to')
    for (let attempt = 0; attempt < 100; attempt += 1) {
      await sleep(20)
      const ended = await server.query(
        'postgres',
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop' AND application_name = 'resguardo' AND query LIKE 'COPY%'",
      )
      if (ended.length > 0) break
    }
    const { code, stderr } = await running.finished
    expect(stderr).toContain('was lost')
    expect([code, await everyFile()]).toEqual([6, []])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s removes all files of the backup within 5 seconds and makes it exit with code 130',
    async (signal) => {
      const running = backup()
      await running.said('Dumping to')
      await sleep(300)
      const began = performance.now()
      running.child.kill(signal)
      const { code, stderr } = await running.finished
      expect(performance.now() - began).toBeLessThan(5000)
      expect([code, await everyFile()]).toEqual([130, []])
      expect(stderr).toContain(`interrupted by ${signal}`)
      await sleep(200)
      const left = await server.query<{ n: number }>(
        'postgres',
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'resguardo' AND datname = 'shop'",
      )
      expect(left[0]?.n).toBe(0)
    },
  )

  test('SIGKILL leaves no backup, the next backup succeeds, and a later prune removes the files', async () => {
    const running = backup()
    await running.said('Dumping to')
    await sleep(300)
    running.child.kill('SIGKILL')
    await running.finished
    const list = await resguardo(['list', '--json', '--backup-dir', join(folder, 'backups')])
    expect(list.stdout).not.toContain('platform-manual')
    await sleep(500)
    const next = await backup().finished
    expect(next.code).toBe(0)
    const pruned = await resguardo(['prune', '--json', '--dry-run', '--backup-dir', join(folder, 'backups')])
    expect(pruned.code).toBe(0)
  })
})

describe('concurrent backups', () => {
  test('two concurrent backups of one database both succeed and pass checksum', async () => {
    const [a, b] = await Promise.all([backup('--json').finished, backup('--json').finished])
    expect([a.code, b.code]).toEqual([0, 0])
    const ids = [a, b].map(({ stdout }) => (JSON.parse(stdout) as { backup: string }).backup)
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) {
      const checked = await resguardo(['checksum', id, '--backup-dir', join(folder, 'backups')])
      expect(checked.code).toBe(0)
    }
  })
})

describe('secrets', () => {
  test('the password appears in no process argument, output or stored text', async () => {
    const password = new URL(url).password
    const running = backup('--format', 'plain')
    const seen = new Set<string>()
    let open = true
    const finished = running.finished.finally(() => {
      open = false
    })
    while (open) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
        if (line.includes(password)) seen.add(line)
      }
      await sleep(20)
    }
    const { code, stdout, stderr } = await finished
    expect([code, [...seen]]).toEqual([0, []])
    expect(stdout + stderr).not.toContain(password)
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.zst')) continue
      expect(await readFile(join(entry.parentPath, entry.name), 'utf8')).not.toContain(password)
    }
  })
})
