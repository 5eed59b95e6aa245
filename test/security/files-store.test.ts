// Directory stores shared with other users
// A user with write access to a directory store redirects a run of another user or root to files outside of it.
import { spawnSync } from 'node:child_process'
import { chown, link, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { ordinary } from '../support/confined.ts'
import { openFolder } from '../support/drill.ts'

const isRoot = process.getuid?.() === 0
let folder: string
let root: string
let victim: string
let store: Store

beforeEach(async () => {
  folder = await openFolder('files-store')
  root = join(folder, 'store')
  victim = join(folder, 'victim')
  for (const path of [root, victim]) await mkdir(path)
  await writeFile(join(victim, 'manifest.json'), 'precious')
  store = openDirectoryStore(root)
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function put(key: string, text: string): Promise<void> {
  const writer = await store.openWriter(key)
  await writer.write(Buffer.from(text))
  await writer.finish()
}

async function all(path: string): Promise<{ path: string; uid: number; gid: number; mode: string }[]> {
  const names = await readdir(path, { recursive: true })
  return Promise.all(
    names.sort().map(async (name) => {
      const { uid, gid, mode } = await stat(join(path, name))
      return { path: name, uid, gid, mode: (mode & 0o7777).toString(8) }
    }),
  )
}

const uid = process.getuid?.() ?? 0
const gid = process.getgid?.() ?? 0

describe.runIf(isRoot)('run as root', () => {
  test("files written to another user's store belong to that user, who can still use the store", async () => {
    await chown(root, ordinary.uid, ordinary.gid)
    await put('shop/one/database.dump', 'a dump')
    await store.create('shop/one/manifest.json', Buffer.from('{}'))
    expect((await all(root)).map((each) => [each.path, each.uid, each.mode])).toEqual([
      ['shop', ordinary.uid, '700'],
      ['shop/one', ordinary.uid, '700'],
      ['shop/one/database.dump', ordinary.uid, '600'],
      ['shop/one/manifest.json', ordinary.uid, '600'],
    ])
    const script = 'set -e; cat "$1/shop/one/database.dump"; rm "$1/shop/one/manifest.json"; touch "$1/shop/one/more"'
    const { stdout, status } = spawnSync('sh', ['-c', script, 'sh', root], { ...ordinary, encoding: 'utf8' })
    expect([stdout, status]).toEqual(['a dump', 0])
  })

  test('files written to a store of root belong to root and are readable by no other user', async () => {
    await put('shop/one/database.dump', 'a dump')
    expect((await all(root)).map((each) => [each.uid, each.mode])).toEqual([
      [0, '700'],
      [0, '700'],
      [0, '600'],
    ])
  })

  test('the owner of a folder that has content or is a symbolic link is not changed', async () => {
    const { giveFolderToOwner } = await import('../../src/stores/directory/owner.ts')
    await chown(root, ordinary.uid, ordinary.gid)
    await rename(victim, join(root, 'victim'))
    await giveFolderToOwner(join(root, 'victim'))
    expect((await stat(join(root, 'victim'))).uid).toBe(0)
    await mkdir(join(folder, 'empty'))
    await symlink(join(folder, 'empty'), join(root, 'link'))
    await expect(giveFolderToOwner(join(root, 'link'))).rejects.toMatchObject({
      code: expect.stringMatching(/ELOOP|ENOTDIR/),
    })
    expect((await stat(join(folder, 'empty'))).uid).toBe(0)
  })
})

describe('symbolic links in a store', () => {
  test('a link in place of a folder does not redirect a write outside of the store', async () => {
    await symlink(victim, join(root, 'shop'))
    await expect(put('shop/database.dump', 'x')).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(store.create('shop/pin', Buffer.from('x'))).rejects.toMatchObject({ code: 'store/symbolic-link' })
    expect(await readdir(victim)).toEqual(['manifest.json'])
  })

  test('a link that replaces a folder after the path check does not redirect a write or removal', async () => {
    const { unlinkInside } = await import('../../src/stores/directory/owner.ts')
    const { openFileWriter } = await import('../../src/stores/directory/writer.ts')
    await symlink(victim, join(root, 'shop'))
    const unlinking = unlinkInside(root, join(root, 'shop'), ['manifest.json'])
    await expect(unlinking).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(openFileWriter(root, join(root, 'shop/database.dump'))).rejects.toMatchObject({
      code: 'store/symbolic-link',
    })
    expect(await readFile(join(victim, 'manifest.json'), 'utf8')).toBe('precious')
    expect(await readdir(victim)).toEqual(['manifest.json'])
  })

  test('a link in place of a file is neither read nor overwritten', async () => {
    await mkdir(join(root, 'shop'))
    await symlink(join(victim, 'manifest.json'), join(root, 'shop/link'))
    await expect(store.readUnverified('shop/link')).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await put('shop/link', 'new')
    await link(join(victim, 'manifest.json'), join(root, 'shop/hard'))
    await put('shop/hard', 'new')
    expect(await readFile(join(victim, 'manifest.json'), 'utf8')).toBe('precious')
  })
})

test('files in a store are created with mode 0600 and folders with mode 0700, even under umask 000', async () => {
  const before = process.umask(0)
  try {
    await put('shop/one/database.dump', 'a dump')
    await store.create('shop/one/manifest.json', Buffer.from('{}'))
  } finally {
    process.umask(before)
  }
  expect(new Set((await all(root)).map((each) => [each.uid, each.gid, each.mode].join()))).toEqual(
    new Set([[uid, gid, '700'].join(), [uid, gid, '600'].join()]),
  )
})
