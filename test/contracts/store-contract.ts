// Contract tests of the Store port, run by each kind in src/stores and by the memory store of the tests.
import { createHash, randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'

/** A new, empty store, and what is different about this kind. */
interface StoreUnderTest {
  readonly store: Store
  /** Bytes of an object that needs several parts; default: 3 MB. */
  readonly severalParts?: number
  readonly close?: () => Promise<void>
}

/**
 * Deviations of a kind of store, each with the reason. The test then asserts the actual behavior, and its name states
 * the reason.
 */
interface StoreDifferences {
  /** Unfinished writes are not listed as leftovers. */
  readonly hidesUnfinished?: string
  /** Maximum number of objects that one caller can create. */
  readonly mostObjects?: { readonly count: number; readonly why: string }
}

/** Registers the contract's tests under a name. `makeStore` is called once; each test uses its own prefix. */
export function storeContract(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  differences: StoreDifferences = {},
): void {
  describe(`${name} keeps the contract of a store`, () => {
    let it: StoreUnderTest
    let store: Store
    beforeAll(async () => {
      it = await makeStore()
      store = it.store
      await store.check(true)
    })
    afterAll(async () => it?.close?.())

    roundTrips(
      () => store,
      () => it.severalParts ?? 3_000_000,
    )
    unfinished(
      () => store,
      () => it.severalParts ?? 3_000_000,
      differences,
    )
    creating(() => store)
    listing(() => store, differences)
    removing(() => store)
    hostileKeys(() => store)

    test('its clock is not far from ours', async () => {
      const apart = Math.abs((await store.now()).getTime() - Date.now())
      expect(apart).toBeLessThan(60_000)
    })
  })
}

function roundTrips(store: () => Store, severalParts: () => number): void {
  const sizes: [string, () => number][] = [
    ['0 bytes', () => 0],
    ['1 byte', () => 1],
    ['several parts', severalParts],
  ]
  test.each(sizes)('an object of %s comes back byte for byte', async (label, size) => {
    const key = `round/${label.replace(' ', '-')}`
    const content = randomBytes(size())
    const writer = await store().openWriter(key, { estimate: 1 })
    for (let at = 0; at < content.length; at += 100_003) await writer.write(content.subarray(at, at + 100_003))
    const written = await writer.finish()
    expect(written.bytes).toBe(content.length)
    expect(sha256(await readAll(store(), key))).toBe(sha256(content))
  })

  test('nothing is visible before finish, and abort leaves nothing', async () => {
    const writer = await store().openWriter('hidden/payload')
    await writer.write(randomBytes(severalParts()))
    expect(await keysOf(store(), 'hidden/')).toEqual([])
    expect(await store().readUnverified('hidden/payload')).toBeUndefined()
    await writer.abort()
    await writer.abort()
    expect(await keysOf(store(), 'hidden/')).toEqual([])
    expect(await leftoversOf(store(), 'hidden/')).toEqual([])
  })

  test('a write that its signal interrupts throws and leaves nothing', async () => {
    const controller = new AbortController()
    const writer = await store().openWriter('interrupted/payload', { signal: controller.signal })
    await writer.write(randomBytes(severalParts()))
    controller.abort()
    await expect(writer.write(randomBytes(10))).rejects.toThrow()
    await expect(writer.finish()).rejects.toThrow()
    await writer.abort()
    expect(await keysOf(store(), 'interrupted/')).toEqual([])
    expect(await leftoversOf(store(), 'interrupted/')).toEqual([])
  })

  test('reading begins at an offset, also behind the end', async () => {
    const content = randomBytes(700_000)
    await store().create('offsets/object', content)
    expect(sha256(await readAll(store(), 'offsets/object', 300_001))).toBe(sha256(content.subarray(300_001)))
    expect((await readAll(store(), 'offsets/object', 700_000)).length).toBe(0)
    expect((await readAll(store(), 'offsets/object', 800_000)).length).toBe(0)
  })

  test('an object that is not there reads as undefined', async () => {
    expect(await store().readUnverified('no/such/object')).toBeUndefined()
    expect(await store().readUnverified('round')).toBeUndefined()
    expect(await store().readUnverified('no/such/object', { offset: 5 })).toBeUndefined()
  })
}

function unfinished(store: () => Store, severalParts: () => number, { hidesUnfinished }: StoreDifferences): void {
  if (hidesUnfinished !== undefined) {
    test(`an unfinished write is not among the leftovers: ${hidesUnfinished}`, async () => {
      const writer = await store().openWriter('left/behind')
      await writer.write(randomBytes(severalParts()))
      expect(await leftoversOf(store(), 'left/')).toEqual([])
      await writer.abort()
    })
    return
  }

  test('an unfinished write is found among the leftovers and can be removed', async () => {
    const writer = await store().openWriter('left/behind')
    await writer.write(randomBytes(severalParts()))
    await expect.poll(() => leftoversOf(store(), 'left/be'), { timeout: 10_000 }).toEqual(['left/behind'])
    expect(await leftoversOf(store(), 'left/other')).toEqual([])
    for await (const leftover of store().leftovers('left/')) {
      expect(Math.abs(leftover.started.getTime() - Date.now())).toBeLessThan(60_000)
      await leftover.remove()
    }
    expect(await leftoversOf(store(), 'left/')).toEqual([])
    await writer.abort()
  })
}

function creating(store: () => Store): void {
  test('creating the same twice is done, creating another is refused and changes nothing', async () => {
    const content = Buffer.from('{"format":"resguardo/1"}')
    await store().create('create/manifest.json', content)
    await store().create('create/manifest.json', content)
    await expect(store().create('create/manifest.json', Buffer.from('{}'))).rejects.toMatchObject({
      code: 'store/object-exists',
    })
    await expect(store().create('create/manifest.json', Buffer.from('{"format":"resguardo/2"}'))).rejects.toMatchObject(
      {
        code: 'store/object-exists',
      },
    )
    expect((await readAll(store(), 'create/manifest.json')).equals(content)).toBe(true)
    expect(await leftoversOf(store(), 'create/')).toEqual([])
  })

  test('an empty object can be created', async () => {
    await store().create('create/pins/release-until-20270101T000000Z', Buffer.alloc(0))
    expect((await readAll(store(), 'create/pins/release-until-20270101T000000Z')).length).toBe(0)
  })

  test('of two that create the same key at once, one wins and the other is refused', async () => {
    const results = await Promise.allSettled(['a', 'b'].map((text) => store().create('create/race', Buffer.from(text))))
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
}

function listing(store: () => Store, { mostObjects }: StoreDifferences): void {
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
}

function removing(store: () => Store): void {
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

  test('removing yields in the order given; what is gone already counts as removed', async () => {
    for (const name of ['a', 'b', 'c']) await store().create(`gone/${name}`, Buffer.from(name))
    const removals = []
    for await (const removal of store().remove(['gone/c', 'gone/missing', 'gone/a', 'gone/deep/missing']))
      removals.push(removal)
    expect(removals).toEqual([
      { key: 'gone/c', outcome: 'removed' },
      { key: 'gone/missing', outcome: 'removed' },
      { key: 'gone/a', outcome: 'removed' },
      { key: 'gone/deep/missing', outcome: 'removed' },
    ])
    expect(await keysOf(store(), 'gone/')).toEqual(['gone/b'])
  })
}

function hostileKeys(store: () => Store): void {
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

/** Everything that an iterable yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** All bytes of an object. Throws if there is none. */
export async function readAll(store: Store, key: string, offset?: number): Promise<Buffer> {
  const stream: Readable | undefined = await store.readUnverified(key, offset === undefined ? {} : { offset })
  if (!stream) throw new Error(`${key} is not there`)
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The keys of a listing. */
export async function keysOf(store: Store, prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key)
}

async function leftoversOf(store: Store, prefix: string): Promise<string[]> {
  return (await collect(store.leftovers(prefix))).map(({ key }) => key)
}

/** SHA-256 in hex, short enough for the message of a failing test. */
export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
