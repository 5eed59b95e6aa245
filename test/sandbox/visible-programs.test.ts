// What of this machine a server in a sandbox may see.
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { visibleTo } from '../../src/sandbox/visible-programs.ts'

let folder: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'resguardo-visible-')))
  for (const path of [
    'kit/bin',
    'kit/lib',
    'home/project/native/bin',
    'home/project/native/lib',
    'home/project/native/secrets',
    'link',
  ])
    await mkdir(join(folder, path), { recursive: true })
  await writeFile(join(folder, 'kit/bin/postgres'), '')
  await symlink(join(folder, 'kit/bin/postgres'), join(folder, 'link/postgres'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const ours = async (program: string) =>
  (await visibleTo([program], join(folder, 'home'))).filter((each) => each.startsWith(folder))

test('the system, but neither homes nor what the machine keeps for others', async () => {
  const folders = await visibleTo(['/usr/lib/postgresql/15/bin/postgres'])
  expect(folders).toContain('/usr')
  for (const hidden of ['/', '/etc', '/home', '/root', '/var', '/run', '/tmp', homedir()])
    expect(folders).not.toContain(hidden)
})

test('a server that was unpacked into a folder of its own, with all of that folder, also behind a link', async () => {
  expect(await ours(join(folder, 'kit/bin/postgres'))).toEqual([join(folder, 'kit')])
  expect(await ours(join(folder, 'link/postgres'))).toEqual([join(folder, 'link'), join(folder, 'kit')])
})

test('of a server in a home only its programs and libraries', async () => {
  const native = join(folder, 'home/project/native')
  expect(await ours(join(native, 'bin/postgres'))).toEqual([join(native, 'bin'), join(native, 'lib')])
})
