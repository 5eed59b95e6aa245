// Finding a backup across stores.
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { findBackup } from '../../../src/operations/catalogue/find-backup.ts'
import { recordingReporter } from '../../support/fakes.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const older = idText('2026-11-23T02:00:05Z')
const newer = idText('2026-11-24T02:00:05Z')
const latest = { backup: 'latest' }

function twoStores() {
  const near = memoryStore({ address: 'file:./near' })
  const far = memoryStore({ address: 's3://far' })
  for (const store of [near, far]) putBackup(store, older)
  putBackup(far, newer)
  const down = { ...near, list: () => fail(), check: async () => fail() }
  return { near, far, down }
}

function fail(): never {
  throw new Failure('s3/unreachable', 'the store is down')
}

describe('a backup', () => {
  it('is sought in all stores, and found in those that hold it, in the order given', async () => {
    const { near, far } = twoStores()
    const newest = await findBackup([near, far], latest)
    expect(newest.map(({ store, entry }) => [store.address, entry.id.text])).toEqual([['s3://far', newer]])
    const both = await findBackup([near, far], { backup: '20261123' })
    expect(both.map(({ store }) => store.address)).toEqual(['file:./near', 's3://far'])
  })
  it('is found although a store is down, with a warning, where that is allowed', async () => {
    const { far, down } = twoStores()
    const reporter = recordingReporter()
    const [found] = await findBackup([down, far], latest, { tolerant: true, reporter })
    expect(found.store.address).toBe('s3://far')
    expect(reporter.texts('warn')).toEqual(['Store file:./near cannot be read and is skipped: the store is down'])
    await expect(findBackup([down, far], latest)).rejects.toMatchObject({ code: 's3/unreachable' })
  })
  it('is not found if no store answers', async () => {
    const { down } = twoStores()
    await expect(findBackup([down, down], latest, { tolerant: true })).rejects.toMatchObject({ code: 's3/unreachable' })
  })
  it('whose store is empty because it is not there says so', async () => {
    const empty = { ...memoryStore(), check: async () => fail() }
    await expect(findBackup([empty], latest)).rejects.toMatchObject({ code: 's3/unreachable' })
  })
  it('of an unknown name is a usage failure that names those there are', async () => {
    const { near } = twoStores()
    await expect(findBackup([near], { ...latest, name: 'shopp' })).rejects.toMatchObject({
      code: 'backup/not-found',
      hint: 'Names here: shop.',
    })
    await expect(findBackup([near], { ...latest, name: '../x' })).rejects.toMatchObject({ code: 'backup/invalid-name' })
  })
  it('is found by id among several names, while latest needs a name', async () => {
    const { near } = twoStores()
    putBackup(near, newer, { name: 'blog' })
    const [found] = await findBackup([near], { backup: newer })
    expect(found.entry.name).toBe('blog')
    await expect(findBackup([near], latest)).rejects.toMatchObject({
      code: 'backup/ambiguous-name',
      message: expect.stringContaining('blog, shop'),
    })
    expect((await findBackup([near], { ...latest, name: 'shop' }))[0].entry.id.text).toBe(older)
  })
  it('of tenants is the latest that contains the tenant, in its own ZIP or in a pack', async () => {
    const store = memoryStore()
    const put = (day: number, files: Readonly<Record<string, readonly string[]>>): string => {
      const id = idText(`2026-11-2${day}T02:00:05Z`, 'scheduled', day, 'tenant')
      putBackup(store, id, { files })
      return id
    }
    const first = put(1, { 'tenants/packs/0001-2.zip': ['a', 'gone'] })
    const second = put(2, { 'tenants/packs/0001-2.zip': ['a', 'b'], 'tenants/large.zip': ['large'] })
    const third = put(3, { 'tenants/packs/0001-2.zip': ['a', 'c'] })
    const reporter = recordingReporter()
    const found = async (tenant: string) => {
      const [{ entry }] = await findBackup([store], { ...latest, kind: 'tenant', tenant }, { reporter })
      return entry.id.text
    }
    expect(await found('a')).toBe(third)
    expect(await found('large')).toBe(second)
    expect(await found('gone')).toBe(first)
    expect(reporter.texts('warn')).toContain(`Skipped the newer backup ${third}: does not contain the tenant.`)
    await expect(found('nobody')).rejects.toMatchObject({ code: 'tenant/not-in-backup' })
  })
  it('of the platform is the latest, although one of tenants is newer, unless a kind is named', async () => {
    const { near } = twoStores()
    const tenants = idText('2026-11-25T02:00:05Z', 'manual', 1, 'tenant')
    putBackup(near, tenants, { name: 'tenants' })
    expect((await findBackup([near], { ...latest, usualKind: 'platform' }))[0].entry.id.text).toBe(older)
    expect((await findBackup([near], { ...latest, kind: 'tenant' }))[0].entry.id.text).toBe(tenants)
  })
  it('is that of the connected database where there are several names', async () => {
    const { near } = twoStores()
    putBackup(near, newer, { name: 'blog' })
    expect((await findBackup([near], { ...latest, usualName: async () => 'shop' }))[0].entry.name).toBe('shop')
    const other = { ...latest, usualName: async () => 'forum' }
    await expect(findBackup([near], other)).rejects.toMatchObject({ code: 'backup/ambiguous-name' })
    const { far } = twoStores()
    expect((await findBackup([far], other))[0].entry.name).toBe('shop')
  })
  it('is found beside a folder that cannot be read, with a warning', async () => {
    const { far } = twoStores()
    far.cues.failFolder = true
    const reporter = recordingReporter()
    expect((await findBackup([far], latest, { reporter }))[0].entry.id.text).toBe(newer)
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('the store failed on cue')])
  })
  it('of an id and a name is read alone', async () => {
    const { far } = twoStores()
    const prefixes: string[] = []
    const list = (prefix: string) => {
      prefixes.push(prefix)
      return far.list(prefix)
    }
    const store = { ...far, list }
    expect((await findBackup([store], { backup: newer, name: 'shop' }))[0].entry.id.text).toBe(newer)
    expect(prefixes).toEqual([`shop/${newer}/`])
    await expect(findBackup([store], { backup: newer, name: 'blog' })).rejects.toMatchObject({
      code: 'backup/not-found',
    })
  })
  it('in doubt comes with a warning', async () => {
    const { near } = twoStores()
    putBackup(near, newer, { marks: ['suspect'] })
    const reporter = recordingReporter()
    expect((await findBackup([near], latest, { reporter }))[0].entry.id.text).toBe(older)
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('Skipped')])
  })
})
