// Full disks during backups, drills and restores: the error names the path, and no partial files remain.
import { execFileSync } from 'node:child_process'
import { chown, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { serverUser } from '../support/server-user.ts'

let server: TestPostgres
let url: string
let folder: string
let mayMount = false

const big = `CREATE TABLE big (id int PRIMARY KEY, b text);
  INSERT INTO big SELECT g, (SELECT string_agg(md5(random()::text || g || i), '') FROM generate_series(1, 40) i) FROM generate_series(1, 10000) g`

/** A disk of so many megabytes; only root can make one. */
async function smallDisk(name: string, megabytes: number): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=1777`, 'tmpfs', path], { stdio: 'ignore' })
  return path
}

const filesIn = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

beforeAll(async () => {
  folder = await temporaryFolder('disk-full')
  execFileSync('chmod', ['755', folder])
  try {
    await smallDisk('probe', 1)
    mayMount = true
  } catch {}
  server = await startPostgres()
  url = await server.createDatabase('shop')
  await server.query('shop', big)
})

afterAll(async () => {
  await server?.stop()
  for (const name of await readdir(folder))
    execFileSync('sh', ['-c', 'umount -l "$1" 2>/dev/null || true', 'sh', join(folder, name)])
  await rm(folder, { recursive: true, force: true })
})

const unfinished = async (): Promise<string[]> => {
  const query = "SELECT datname AS name FROM pg_database WHERE datname LIKE 'tight\\_restoring\\_%'"
  return (await server.query<{ name: string }>('postgres', query)).map(({ name }) => name)
}

/**
 * Keeps the database that a restore loads from being dropped, from the moment it exists until `ends`; gives its name.
 */
async function hold(ends: Promise<unknown>): Promise<string> {
  const set = (name: string, value: boolean) =>
    server.query('postgres', `ALTER DATABASE "${name}" IS_TEMPLATE ${value}`)
  let name: string | undefined
  while (name === undefined) {
    const [found] = await unfinished()
    if (
      found !== undefined &&
      (await set(found, true).then(
        () => true,
        () => false,
      ))
    )
      name = found
    else await sleep(20)
  }
  await ends
  await set(name, false)
  return name
}

describe('restore into a full tablespace', () => {
  // The plan blocks a whole database that does not fit; of a part it cannot know.
  const restoreInto = (database: string) =>
    resguardo(
      [
        'restore',
        '--table',
        'public.big',
        '--strategy',
        'new',
        '--target-database',
        database,
        '--backup-dir',
        join(folder, 'tight'),
      ],
      {
        DATABASE_URL: server.url('tight'),
      },
    )

  test('the incomplete database is dropped, or the error names it if it cannot be dropped', async ({ skip }) => {
    if (!mayMount) return skip('only root can make a small disk')
    const disk = join(await smallDisk('tablespace', 32), 'of-postgres')
    await mkdir(disk)
    const { uid, gid } = (await serverUser()) ?? {}
    if (uid !== undefined && gid !== undefined) await chown(disk, uid, gid)
    await server.query('postgres', `CREATE TABLESPACE tight LOCATION '${disk}'`)
    await server.createDatabase('tight', 'TABLESPACE tight')
    await server.query('tight', big)
    const { code, stderr } = await resguardo(['backup', '--backup-dir', join(folder, 'tight')], {
      DATABASE_URL: server.url('tight'),
    })
    expect(code, stderr).toBe(0)
    const dropping = restoreInto('dropped')
    await hold(sleep(2500))
    const dropped = await dropping
    expect(dropped).toMatchObject({ code: 5, stderr: expect.stringContaining('code: disk/full') })
    expect(dropped.stderr).not.toContain('could not drop')
    expect(await unfinished()).toEqual([])
    const leaving = restoreInto('left_there')
    const name = await hold(leaving)
    const left = await leaving
    expect(left).toMatchObject({ code: 5, stderr: expect.stringContaining('code: disk/full') })
    expect(left.stderr).toMatch(
      new RegExp(`could not drop database ${name}: .*DROP DATABASE "${name}" WITH \\(FORCE\\)`),
    )
    expect(await unfinished()).toEqual([name])
    await server.dropDatabase(name)
  })
})

describe('full disk', () => {
  test('a backup fails with an error that names the path, and leaves no partial file', async ({ skip }) => {
    if (!mayMount) return skip('only root can make a small disk')
    const disk = await smallDisk('backups', 2)
    const { code, stderr } = await resguardo(['backup', '--backup-dir', disk], { DATABASE_URL: url })
    expect(stderr).toContain(disk)
    expect(stderr).toMatch(/full|space/i)
    expect(stderr).toContain('hint: ')
    expect([code, await filesIn(disk)]).toEqual([5, []])
  })

  test('a backup to two stores completes in the other store, and the hint states how to copy it', async ({ skip }) => {
    if (!mayMount) return skip('only root can make a small disk')
    const disk = await smallDisk('one-of-two', 2)
    const good = join(folder, 'good')
    const { code, stderr } = await resguardo(['backup', '--store', `file:${disk}`, '--store', `file:${good}`], {
      DATABASE_URL: url,
    })
    expect(stderr).toMatch(
      /hint: Correct the error, then run: `resguardo upload \S+ --name shop --from \S+good --to \S+one-of-two/,
    )
    expect([code, await filesIn(disk)]).toEqual([5, []])
    expect((await resguardo(['checksum', '--backup-dir', good])).code).toBe(0)
  })

  test('a backup in directory format fails and removes its temporary files', async ({ skip }) => {
    if (!mayMount) return skip('only root can make a small disk')
    const disk = await smallDisk('temporary', 2)
    const backups = join(folder, 'from-directory')
    const { code, stderr } = await resguardo(
      ['backup', '--format', 'directory', '--temporary', disk, '--backup-dir', backups],
      {
        DATABASE_URL: url,
      },
    )
    expect(stderr).toMatch(/full|space/i)
    expect([code, await readdir(disk), await filesIn(backups)]).toEqual([5, [], []])
  })

  test.each(['test-restore', 'restore'])(
    '%s fails with an error that names the path, leaves no files and records no drill',
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
        expect(code, stderr).toBe(0)
      }
      expect(await readdir(disk)).toEqual([])
    },
  )
})
