// Temporary files of killed runs
// Temporary files of a killed run allow another local user to read the data.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { ordinary } from '../support/confined.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres
let url: string
let folder: string
let temporary: string
const program = join(import.meta.dirname, '../../dist/cli.js')
const store = () => `file:${join(folder, 'store')}`

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('files-killed')
  temporary = join(folder, 'tmp')
  await mkdir(temporary)
  await chmod(temporary, 0o1777)
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE secret AS SELECT repeat(md5(g::text), 30) AS v FROM generate_series(1, 60000) g',
  )
}, 120_000)

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Starts a command with a umask of 000, and kills it once a folder of this name has something in it. */
async function killed(words: readonly string[], prefix: string): Promise<void> {
  const child = spawn('sh', ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, program, ...words], {
    env: { PATH: process.env.PATH, HOME: folder, DATABASE_URL: url, TMPDIR: temporary },
    stdio: 'ignore',
  })
  const exit = once(child, 'exit')
  let found = false
  while (!found && child.exitCode === null) {
    await sleep(5)
    const names = (await readdir(temporary)).filter((name) => name.startsWith(prefix))
    for (const name of names) {
      const within = await readdir(join(temporary, name), { recursive: true }).catch(() => [])
      found ||= within.some((path) => /dat|dump|base/.test(path))
    }
  }
  child.kill('SIGKILL')
  await exit
  expect(found).toBe(true)
}

/** Files that an ordinary user can read, and folders that he can list. */
function readable(): string {
  return spawnSync('find', [temporary, '-mindepth', '1', '-readable'], { encoding: 'utf8', ...ordinary }).stdout
}

test.runIf(process.getuid?.() === 0).each([
  ['a backup in the directory format', ['backup', '--format', 'directory'], 'resguardo-dump-'],
  ['a restore in a drill', ['test-restore'], 'resguardo-scratch-'],
])(
  'files of a run killed under umask 000 are readable by no other user, and the next command removes them: %s',
  async (_, words, prefix) => {
    const made = await resguardo(['backup', '--store', store()], { DATABASE_URL: url })
    expect(made.code, made.stderr).toBe(0)
    await killed([...words, '--store', store()], prefix)
    expect(readable()).toBe('')
    await sleep(1000) // a child of the killed run may end only now
    const listed = await resguardo(['list', '--store', store()], { TMPDIR: temporary })
    expect(listed.code, listed.stderr).toBe(0)
    expect(await readdir(temporary)).toEqual([])
  },
)
