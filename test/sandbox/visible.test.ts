// What of this machine a confined command may see.
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { visibleFolders } from '../../src/sandbox/visible.ts'

let folder: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'resguardo-visible-')))
  for (const path of ['node/bin', 'node/lib', 'node/secrets', 'app/node_modules/.bin', 'work/checkout', 'scripts'])
    await mkdir(join(folder, path), { recursive: true })
  await symlink(join(folder, 'node/bin'), join(folder, 'link'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('of a folder bin what its programs need, of .bin the packages, of others themselves', async () => {
  const path = ['node/bin', 'app/node_modules/.bin', 'scripts', 'missing'].map((each) => join(folder, each)).join(':')
  const { folders, path: shown } = await visibleFolders(path, [])
  const ours = folders.filter((each) => each.startsWith(folder))
  expect(ours).toEqual(['node/bin', 'node/lib', 'app/node_modules', 'scripts'].map((each) => join(folder, each)))
  expect(folders).toEqual(expect.arrayContaining(['/usr', '/etc']))
  expect(shown).not.toContain('missing')
  expect(shown.endsWith('/usr/bin:/bin')).toBe(true)
})

test('a folder in which something hidden lies is not shown, nor one of a relative path', async () => {
  const { folders, path } = await visibleFolders(`${join(folder, 'work')}:.:relative:${folder}`, [
    join(folder, 'work/checkout'),
  ])
  expect(folders.filter((each) => each.startsWith(folder))).toEqual([])
  expect(path).not.toMatch(/work|relative/)
})

test('a link on PATH is followed', async () => {
  const { folders, path } = await visibleFolders(join(folder, 'link'), [])
  expect(folders).toContain(join(folder, 'node/bin'))
  expect(path.startsWith(join(folder, 'node/bin'))).toBe(true)
})
