// Contract tests of the Store port, run by each kind in src/stores and by the memory store of the tests.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'
import { keysOf, leftoversOf, readAll, sha256 } from '../support/store-reading.ts'
import { hostileKeys, listing, type ObjectLimit } from './store-listing.ts'

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
  readonly mostObjects?: ObjectLimit
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
    listing(() => store, differences.mostObjects)
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

function removing(store: () => Store): void {
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
