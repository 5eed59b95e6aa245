import { execFileSync } from 'node:child_process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let url: string
let folder: string
let mayMount = false

/** A disk of so many megabytes; only root can make one. */
async function smallDisk(name: string, megabytes: number): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=1777`, 'tmpfs', path], { stdio: 'ignore' })
  return path
}

const filesIn = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name)

beforeAll(async () => {
  folder = await temporaryFolder('disk-full')
  execFileSync('chmod', ['755', folder])
  try {
    await smallDisk('probe', 1)
    mayMount = true
  } catch {}
  server = await startPostgres()
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE TABLE big (id int PRIMARY KEY, b text);
     INSERT INTO big SELECT g, (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 40) i) FROM generate_series(1, 10000) g`,
  )
})

afterAll(async () => {
  await server?.stop()
  for (const name of await readdir(folder))
    execFileSync('sh', ['-c', 'umount -l "$1" 2>/dev/null || true', 'sh', join(folder, name)])
  await rm(folder, { recursive: true, force: true })
})

describe('a full disk', () => {
  test('while dumping: the failure names the path, and nothing partial is left', async ({ skip }) => {
    if (!mayMount) return skip('only root can make a small disk')
    const disk = await smallDisk('backups', 2)
    const { code, stderr } = await resguardo(['backup', '--backup-dir', disk], { DATABASE_URL: url })
    expect(stderr).toContain(disk)
    expect(stderr).toMatch(/full|space/i)
    expect(stderr).toContain('hint: ')
    expect([code, await filesIn(disk)]).toEqual([5, []])
  })

  test('while dumping into two stores: the other keeps its backup, and the hint repairs it', async ({ skip }) => {
    if (!mayMount) return skip('only root can make a small disk')
    const disk = await smallDisk('one-of-two', 2)
    const good = join(folder, 'good')
    const { code, stderr } = await resguardo(['backup', '--store', `file:${disk}`, '--store', `file:${good}`], {
      DATABASE_URL: url,
    })
    expect(stderr).toMatch(
      /hint: Correct the error, then run: resguardo upload \S+ --name shop --from \S+good --to \S+one-of-two/,
    )
    expect([code, await filesIn(disk)]).toEqual([5, []])
    expect((await resguardo(['checksum', '--backup-dir', good])).code).toBe(0)
  })

  test('while dumping in the directory format: the temporary files are gone', async ({ skip }) => {
    if (!mayMount) return skip('only root can make a small disk')
    const disk = await smallDisk('temporary', 2)
    const backups = join(folder, 'from-directory')
    const { code, stderr } = await resguardo(['backup', '--format', 'directory', '--temporary', disk, '--backup-dir', backups], {
      DATABASE_URL: url,
    })
    expect(stderr).toMatch(/full|space/i)
    expect([code, await readdir(disk), await filesIn(backups)]).toEqual([5, [], []])
  })

  test.each(['test-restore', 'restore'])(
    'while proving or restoring (%s): the failure names the path, nothing is left, and no drill is recorded',
    async (command) => {
      if (!mayMount) return
      const backups = join(folder, `whole-${command}`)
      const disk = await smallDisk(`scratch-${command}`, command === 'restore' ? 2 : 46)
      await resguardo(['backup', '--backup-dir', backups], { DATABASE_URL: url })
      const parameters =
        command === 'restore' ? ['restore', '--strategy', 'new', '--target-database', 'never_made'] : ['test-restore']
      const { code, stderr } = await resguardo([...parameters, '--temporary', disk, '--backup-dir', backups], {
        DATABASE_URL: url,
      })
      if (command === 'test-restore') {
        expect(stderr).toMatch(/full|space|room/i)
        expect(stderr).toContain(disk)
        expect(code).toBe(5)
        expect((await filesIn(backups)).filter((name) => /proven|failed/.test(name))).toEqual([])
      } else {
        // Where the decompressed dump does not fit beside, it is streamed.
        expect(code).toBe(0)
      }
      expect(await readdir(disk)).toEqual([])
    },
  )
})
