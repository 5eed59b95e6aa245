import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sweepLeftovers, temporaryPrefixes, withOwnFolder } from '../../src/streams/leftovers.ts'
import { thisProcess } from '../../src/streams/process-identity.ts'

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
    expect(await readFile(join(folder, 'pid'), 'utf8')).toBe(thisProcess())
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
  await leave('resguardo-redis-alive', thisProcess())
  await leave('resguardo-redis-number-alone', `${process.pid}\n`)
  await leave('resguardo-redis-new')
  await leave('resguardo-redis-other-namespace', thisProcess().replace(/pid:\S+/, 'pid:[1]'))
  await leave('others-killed', `${dead}\n`)
  const before = await readdir(parent)
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual(before)
})

test('a folder that does not say whose it is goes after a day', async () => {
  await leave('resguardo-redis-old')
  await leave('resguardo-redis-broken', 'x')
  for (const name of await readdir(parent)) await utimes(join(parent, name), 0, 0)
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual([])
})

test.runIf(process.platform === 'linux')('a process ID that another process has now does not keep a folder', async () => {
  await leave('resguardo-redis-killed', thisProcess().replace(/^(\d+) \d+/, '$1 1'))
  await sweepLeftovers(parent)
  expect(await readdir(parent)).toEqual([])
})

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
