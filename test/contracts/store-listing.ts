// The part of the Store port's contract about listings and keys.
import { expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'
import { collect, keysOf } from '../support/store-reading.ts'

/** The maximum number of objects that one caller can create, and the reason. */
export interface ObjectLimit {
  readonly count: number
  readonly why: string
}

/** Tests of listings. Each uses its own prefix. */
export function listing(store: () => Store, mostObjects?: ObjectLimit): void {
  test('a listing is sorted by the bytes of its keys and keeps to its prefix', async () => {
    const names = [
      'a/x',
      'a-b/x',
      'a.b/x',
      'a/x-1',
      'a0',
      'a/é',
      'a/\u{1F512}',
      'a/\uFFFD',
      'B',
      'a/with space+plus%41&<x>',
      'a/quote\'"$(x)',
    ]
    for (const name of names) await store().create(`order/${name}`, Buffer.from(name))
    const expected = names.map((name) => `order/${name}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(await keysOf(store(), 'order/')).toEqual(expected)
    expect(await keysOf(store(), 'order/a/x')).toEqual(['order/a/x', 'order/a/x-1'])
    expect(await keysOf(store(), 'order/a/')).toEqual(expected.filter((key) => key.startsWith('order/a/')))
    expect(await keysOf(store(), 'order/zzz')).toEqual([])
    expect(await keysOf(store(), 'orde')).toEqual(expected)
  })

  test('a listing says how large and how old objects are', async () => {
    await store().create('sizes/object', Buffer.from('12345'))
    for await (const object of store().list('sizes/')) {
      expect(object).toMatchObject({ key: 'sizes/object', bytes: 5 })
      expect(Math.abs(object.modified.getTime() - Date.now())).toBeLessThan(60_000)
    }
  })

  const many = mostObjects?.count ?? 1001
  const why = mostObjects ? ` (not more: ${mostObjects.why})` : ''
  test(`a listing of ${many} objects${why} is complete`, async () => {
    const keys = Array.from({ length: many }, (_, i) => `many/${String(i).padStart(4, '0')}`)
    for (let at = 0; at < keys.length; at += 20) {
      await Promise.all(keys.slice(at, at + 20).map((key) => store().create(key, Buffer.from('x'))))
    }
    expect(await keysOf(store(), 'many/')).toEqual(keys)
    const removed: string[] = []
    for await (const { key } of store().remove(keys)) removed.push(key)
    expect(removed).toEqual(keys)
    expect(await keysOf(store(), 'many/')).toEqual([])
  })

  test('a listing of some prefixes contains all of their objects', async () => {
    const keys = ['below/a/1', 'below/a/2', 'below/b/1', 'below/c/1', 'below/c/d/1', 'below/e/1', 'below/é/1']
    for (const key of keys) await store().create(key, Buffer.from('x'))
    const below = ['below/a/', 'below/bb/', 'below/c/', 'below/é/']
    const wanted = keys.filter((key) => below.some((prefix) => key.startsWith(prefix)))
    const listed = (await collect(store().list('below/', { below }))).map(({ key }) => key)
    expect(listed.filter((key) => wanted.includes(key))).toEqual(wanted)
    expect(keys).toEqual(expect.arrayContaining(listed))
    for await (const _ of store().remove(keys));
  })
}

/** Tests that keys and prefixes outside the format are refused. */
export function hostileKeys(store: () => Store): void {
  const hostile = [
    '',
    '/etc/passwd',
    '../outside',
    'a/../../outside',
    'a//b',
    'a/',
    'a/./b',
    'a\\b',
    'a\0b',
    '.x.0123456789ab.part',
    'a/\ud800',
  ]
  test.each(hostile)('the key %j is refused everywhere', async (key) => {
    const bug = { code: 'internal/bug' }
    await expect(store().openWriter(key)).rejects.toMatchObject(bug)
    await expect(store().create(key, Buffer.from('x'))).rejects.toMatchObject(bug)
    await expect(store().readUnverified(key)).rejects.toMatchObject(bug)
    await expect(collect(store().remove([key]))).rejects.toMatchObject(bug)
  })

  test.each(['../', '/', 'a/../b', 'a//b'])('the prefix %j is refused', async (prefix) => {
    await expect(collect(store().list(prefix))).rejects.toMatchObject({ code: 'internal/bug' })
    await expect(collect(store().leftovers(prefix))).rejects.toMatchObject({ code: 'internal/bug' })
  })
}
