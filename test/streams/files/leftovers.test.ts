import { watch } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  makeOwnFolder,
  nameRemover,
  removeOwnFolder,
  sweepLeftovers,
  temporaryPrefixes,
  withOwnFolder,
} from '../../../src/streams/files/leftovers.ts'
import { removeTree } from '../../../src/streams/files/remove-tree.ts'
import { identityOf } from '../../../src/streams/processes/process-identity.ts'

let parent: string
const dead = 2 ** 22 + 1

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'resguardo-leftovers-'))
})

afterEach(async () => {
  await rm(parent, { recursive: true, force: true })
})

async function leave(name: string, pid?: string): Promise<void> {
  await mkdir(join(parent, name, 'in', 'it'), { recursive: true })
  await writeFile(join(parent, name, 'in', 'it', 'dump'), 'a plain dump')
  if (pid !== undefined) await writeFile(join(parent, name, 'pid'), pid)
}

test('a folder for the work is private, says whose it is, and is gone afterwards, also where the work fails', async () => {
  const made = await withOwnFolder(parent, 'resguardo-redis-', async (folder) => {
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'pid'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, 'pid'), 'utf8')).toBe(identityOf(process.pid))
    return readdir(folder)
  })
  expect(made).toEqual(['pid'])
  await expect(withOwnFolder(parent, 'resguardo-redis-', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await readdir(parent)).toEqual([])
})

test.each(temporaryPrefixes)('what a killed run left in %s is removed', async (prefix) => {
  await leave(`${prefix}killed`, `${dead}\n`)
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual([])
})

test('what a living process has, what is too new to tell, and what has another name stays', async () => {
  await leave('resguardo-redis-alive', identityOf(process.pid))
  await leave('resguardo-redis-number-alone', `${process.pid}\n`)
  await leave('resguardo-redis-new')
  await leave('resguardo-redis-other-namespace', identityOf(process.pid).replace(/pid:\S+/, 'pid:[1]'))
  await leave('others-killed', `${dead}\n`)
  const before = await readdir(parent)
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual(before)
})

test('a folder that Resguardo did not create, such as a store, is kept for any name and age', async () => {
  for (const [name, pid] of [['backups'], ['broken', 'x'], ['data', `pid ${dead}`], ['empty-pid', '']] as const)
    await leave(`resguardo-redis-${name}`, pid)
  await mkdir(join(parent, 'resguardo-redis-new-store'), { mode: 0o755 })
  const before = await readdir(parent)
  for (const name of before) await utimes(join(parent, name), 0, 0)
  expect(await sweepLeftovers(parent)).toEqual({ removed: 0, left: [] })
  expect(await readdir(parent)).toEqual(before)
})

test('a folder of a process in another container is removed after a day', async () => {
  await leave('resguardo-redis-old', identityOf(process.pid).replace(/pid:\S+/, 'pid:[1]'))
  for (const name of await readdir(parent)) await utimes(join(parent, name), 0, 0)
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual(process.platform === 'linux' ? [] : ['resguardo-redis-old'])
})

test('a folder whose process has ended stays while the remover that it named runs', async () => {
  await leave('resguardo-scratch-killed', `${dead}\n`)
  const folder = join(parent, 'resguardo-scratch-killed')
  await nameRemover(folder, process.pid)
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual(['resguardo-scratch-killed'])
  await writeFile(join(folder, 'remover'), `${dead}\n`)
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual([])
})

test('the file with the process ID is removed last', async () => {
  await leave('resguardo-redis-killed', `${dead}\n`)
  const folder = join(parent, 'resguardo-redis-killed')
  const stays = watch(folder)
  const seen: string[] = []
  stays.on('change', (_, name) => seen.push(String(name)))
  await removeTree(folder, 'pid')
  await expect.poll(() => seen.filter((name) => ['pid', 'in'].includes(name))).toEqual(['in', 'pid'])
  stays.close()
})

test.runIf(process.platform === 'linux')(
  'a process ID that another process has now does not keep a folder',
  async () => {
    await leave('resguardo-redis-killed', identityOf(process.pid).replace(/^(\d+) \d+/, '$1 1'))
    await sweepLeftovers(parent)
    expect(await readdir(parent)).toEqual([])
  },
)

test('a deep tree, names that are no text, and folders without rights are removed', async () => {
  let path = 'resguardo-redis-deep'
  await leave(path, `${dead}\n`)
  for (let depth = 0; depth < 150; depth += 1) path = join(path, 'd')
  await mkdir(join(parent, path), { recursive: true })
  await writeFile(Buffer.concat([Buffer.from(`${join(parent, path)}/`), Buffer.from([0xff, 0xfe])]), '')
  await mkdir(join(parent, path, 'locked', 'in'), { recursive: true, mode: 0o555 })
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual([])
})

test('a folder without files from its process is removed after a minute', async () => {
  for (const name of ['empty', 'pid', 'used']) await mkdir(join(parent, `resguardo-redis-${name}`), { mode: 0o700 })
  // The folder of a sandbox lets the group of the sandbox's user pass.
  await mkdir(join(parent, 'resguardo-redis-sandbox'), { mode: 0o710 })
  await writeFile(join(parent, 'resguardo-redis-pid', 'pid'), '')
  await writeFile(join(parent, 'resguardo-redis-used', 'dump'), 'a plain dump')
  expect(await sweepLeftovers(parent)).toEqual({ removed: 0, left: [] })
  const before = new Date(Date.now() - 2 * 60_000)
  for (const name of await readdir(parent)) await utimes(join(parent, name), before, before)
  expect(await sweepLeftovers(parent)).toEqual({ removed: 3, left: [] })
  expect(await readdir(parent)).toEqual(['resguardo-redis-used'])
})

describe('folders below a --temporary that the next command does not use', () => {
  const system = process.env.TMPDIR

  beforeEach(() => {
    process.env.TMPDIR = parent
  })

  afterEach(() => {
    if (system === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = system
  })

  const below = async (folder: string) => (await readdir(folder)).map((name) => name.replace(/-\w{6}$/, ''))

  test('have a pointer in the temporary folder of the system while they exist', async () => {
    const other = join(parent, 'other')
    const made = [await makeOwnFolder(other, 'resguardo-load-'), await makeOwnFolder(other, 'resguardo-load-')]
    for (const folder of made) {
      expect((await below(parent)).sort()).toEqual(['other', 'resguardo-elsewhere'])
      await removeOwnFolder(folder)
    }
    expect(await below(parent)).toEqual(['other'])
    await withOwnFolder(parent, 'resguardo-load-', async () =>
      expect(await below(parent)).not.toContain('resguardo-elsewhere'),
    )
  })

  test('are found and removed after their process has ended', async () => {
    const other = join(parent, 'other')
    const folder = await makeOwnFolder(other, 'resguardo-dump-')
    await writeFile(join(folder, 'dump'), 'a plain dump')
    expect(await sweepLeftovers(parent)).toEqual({ removed: 0, left: [] })
    const pointers = (await readdir(parent)).filter((name) => name !== 'other').map((name) => join(parent, name))
    for (const each of [folder, ...pointers]) await writeFile(join(each, 'pid'), `${dead}\n`)
    expect(await sweepLeftovers(parent)).toEqual({ removed: 1, left: [] })
    expect([await below(parent), await below(other)]).toEqual([['other'], []])
  })
})
