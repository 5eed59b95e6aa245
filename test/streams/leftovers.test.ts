import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withOwnFolder } from '../../src/streams/leftovers.ts'

let parent: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'resguardo-leftovers-'))
})

afterEach(async () => {
  await rm(parent, { recursive: true, force: true })
})

test('a folder for the work is gone afterwards, also where the work fails', async () => {
  const made = await withOwnFolder(parent, 'resguardo-redis-', async (folder) => readdir(folder))
  expect(made).toEqual(['pid'])
  await expect(withOwnFolder(parent, 'resguardo-redis-', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await readdir(parent)).toEqual([])
})

test('what a killed run left goes at the next one; that of a run which lives, and what is not ours, stays', async () => {
  const folders = { 'resguardo-redis-killed': 2 ** 22 + 1, 'resguardo-redis-alive': process.pid, 'others-killed': 2 ** 22 + 1 }
  for (const [name, pid] of Object.entries(folders)) {
    await mkdir(join(parent, name))
    await writeFile(join(parent, name, 'pid'), `${pid}\n`)
  }
  await withOwnFolder(parent, 'resguardo-redis-', async () => {})
  expect((await readdir(parent)).sort()).toEqual(['others-killed', 'resguardo-redis-alive'])
})
