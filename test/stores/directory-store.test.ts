// The directory store: the contract, and what only a directory can do wrong.
import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { fileFailure } from '../../src/stores/file-errors.ts'
import { storeContract } from '../contracts/store-contract.ts'
import { collect, keysOf, readAll } from '../support/store-reading.ts'

const folder = mkdtempSync(join(tmpdir(), 'resguardo-directory-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const fresh = () => join(folder, `store-${++count}`)
const isRoot = process.getuid?.() === 0

storeContract('the directory store', async () => ({ store: openDirectoryStore(fresh()) }), {
  mostObjects: { count: 60, why: 'a folder is not listed in pages, and each file is synced' },
})

describe('the directory store', () => {
  test('files and folders are private to the user', async () => {
    const root = fresh()
    const store = openDirectoryStore(root)
    await store.create('app/id/manifest.json', Buffer.from('{}'))
    const writer = await store.openWriter('app/id/payload')
    await writer.write(Buffer.from('x'))
    await writer.finish()
    for (const path of ['', 'app', 'app/id']) expect(statSync(join(root, path)).mode & 0o777).toBe(0o700)
    for (const path of ['app/id/manifest.json', 'app/id/payload'])
      expect(statSync(join(root, path)).mode & 0o777).toBe(0o600)
  })

  test('files that are finished side by side are all there, whole', async () => {
    const root = fresh()
    const store = openDirectoryStore(root)
    const names = Array.from({ length: 30 }, (_, at) => `app/id/${at}`)
    await Promise.all(
      names.map(async (name) => {
        const writer = await store.openWriter(name)
        await writer.write(Buffer.from(name))
        await writer.finish()
        expect(statSync(join(root, name)).size).toBe(name.length)
      }),
    )
    expect(readdirSync(join(root, 'app/id')).length).toBe(names.length)
  })

  test('removing the last file removes the folders it leaves empty, but not the store', async () => {
    const root = fresh()
    const store = openDirectoryStore(root)
    await store.create('app/one/manifest.json', Buffer.from('{}'))
    await store.create('app/two/manifest.json', Buffer.from('{}'))
    await collect(store.remove(['app/one/manifest.json']))
    expect(readdirSync(join(root, 'app'))).toEqual(['two'])
    await collect(store.remove(['app/two/manifest.json']))
    expect(readdirSync(root)).toEqual([])
  })

  test('a symbolic link inside is neither listed nor followed out', async () => {
    const root = fresh()
    const outside = fresh()
    mkdirSync(root)
    mkdirSync(outside)
    writeFileSync(join(outside, 'secret'), 'secret')
    symlinkSync(outside, join(root, 'link'))
    symlinkSync(join(outside, 'secret'), join(root, 'file'))
    symlinkSync(join(outside, 'absent'), join(root, 'dangling'))
    const store = openDirectoryStore(root)
    expect(await keysOf(store, '')).toEqual([])
    await expect(keysOf(store, 'link/')).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(store.readUnverified('link/secret')).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(store.readUnverified('file')).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(store.create('link/new', Buffer.from('x'))).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(store.create('dangling', Buffer.from('x'))).rejects.toMatchObject({ code: 'store/object-exists' })
    await expect(store.create('dangling/new', Buffer.from('x'))).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(store.openWriter('link/deep/new')).rejects.toMatchObject({ code: 'store/symbolic-link' })
    await expect(collect(store.remove(['link/secret']))).rejects.toMatchObject({ code: 'store/symbolic-link' })
    expect(readdirSync(outside)).toEqual(['secret'])
  })

  test('the store itself may be a symbolic link', async () => {
    const root = fresh()
    mkdirSync(root)
    symlinkSync(root, `${root}-link`)
    const store = openDirectoryStore(`${root}-link`)
    await store.create('a/b', Buffer.from('x'))
    expect((await readAll(store, 'a/b')).toString()).toBe('x')
  })

  test('a leftover is as old as its last write', async () => {
    const root = fresh()
    mkdirSync(join(root, 'app'), { recursive: true })
    const part = join(root, 'app', '.payload.0123456789ab.part')
    writeFileSync(part, 'x')
    utimesSync(part, new Date('2026-11-01T00:00:00Z'), new Date('2026-11-01T00:00:00Z'))
    const [leftover] = await collect(openDirectoryStore(root).leftovers(''))
    expect(leftover).toMatchObject({ key: 'app/payload', started: new Date('2026-11-01T00:00:00Z') })
    await leftover?.remove()
    expect(readdirSync(root)).toEqual([])
  })

  test('an empty folder below the first one is a leftover, and removed only while it is empty', async () => {
    const root = fresh()
    mkdirSync(join(root, 'app', 'empty'), { recursive: true })
    mkdirSync(join(root, 'app', 'full'))
    writeFileSync(join(root, 'app', 'full', 'payload'), 'x')
    const store = openDirectoryStore(root)
    const [leftover, ...others] = await collect(store.leftovers('app/'))
    expect(leftover).toMatchObject({ key: 'app/empty/', started: statSync(join(root, 'app', 'empty')).mtime })
    expect(others).toEqual([])
    expect(await keysOf(store, '')).toEqual(['app/full/payload'])
    writeFileSync(join(root, 'app', 'empty', 'new'), 'x')
    await leftover?.remove()
    expect(readdirSync(join(root, 'app', 'empty'))).toEqual(['new'])
    rmSync(join(root, 'app', 'empty', 'new'))
    await leftover?.remove()
    expect(readdirSync(join(root, 'app'))).toEqual(['full'])
  })

  test('a store that is missing is empty, and said to be missing by check', async () => {
    const root = fresh()
    const store = openDirectoryStore(root)
    expect(await keysOf(store, '')).toEqual([])
    await expect(store.check(false)).rejects.toMatchObject({
      code: 'store/not-found',
      message: expect.stringContaining(root),
    })
    await store.check(true)
    expect(lstatSync(root).isDirectory()).toBe(true)
    expect(readdirSync(root)).toEqual([])
  })

  test('a file in the place of the store is a wrong address', async () => {
    const root = fresh()
    writeFileSync(root, '')
    await expect(openDirectoryStore(root).check(false)).rejects.toMatchObject({ code: 'store/not-a-directory' })
    await expect(openDirectoryStore(root).check(true)).rejects.toMatchObject({ code: 'store/not-a-directory' })
    await expect(openDirectoryStore(join(root, 'below')).check(true)).rejects.toMatchObject({
      code: 'store/not-a-directory',
    })
  })

  test.skipIf(isRoot)('a folder without permission is unreachable', async () => {
    const root = fresh()
    mkdirSync(root, { mode: 0o500 })
    await expect(openDirectoryStore(root).check(true)).rejects.toMatchObject({ code: 'store/permission-denied' })
  })

  test('a folder that cannot be read fails a listing, or is passed over and told', async () => {
    const root = fresh()
    mkdirSync(join(root, 'shop'), { recursive: true })
    writeFileSync(join(root, 'shop/readable'), 'x')
    // Too long a path: also root cannot read it.
    const chain = (length: number): string[] => Array.from({ length }, () => 'd'.repeat(250))
    mkdirSync(join(root, 'rest', ...chain(3)), { recursive: true })
    mkdirSync(join(root, 'shop', ...chain(14)), { recursive: true })
    renameSync(join(root, 'rest'), join(root, 'shop', ...chain(14), 'rest'))
    const store = openDirectoryStore(root)
    await expect(keysOf(store, '')).rejects.toMatchObject({ code: 'disk/io-error' })
    const told: string[] = []
    const found = await collect(store.list('', { unreadable: ({ code }) => told.push(code) }))
    expect(found.map(({ key }) => key)).toEqual(['shop/readable'])
    expect(told).toEqual(['disk/io-error'])
    execFileSync('rm', ['-rf', root])
  })

  test('a full disk names the path and the bytes that are needed', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const failure = fileFailure(error, { doing: 'write /b/x', path: folder, written: 1_000_000, expected: 5_000_000 })
    expect(failure).toMatchObject({
      code: 'disk/full',
      message: 'could not write /b/x: the disk is full after 1.00 MB',
    })
    expect(failure.hint).toContain('About 5.00 MB are needed, 4.00 MB more than was free')
    expect(failure.hint).toContain(folder)
  })
})
