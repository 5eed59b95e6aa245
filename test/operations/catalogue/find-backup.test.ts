// Search for a backup in several stores.
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

describe('search for a backup', () => {
  it('all stores that contain the backup are returned in the given order', async () => {
    const { near, far } = twoStores()
    const newest = await findBackup([near, far], latest)
    expect(newest.map(({ store, entry }) => [store.address, entry.id.text])).toEqual([['s3://far', newer]])
    const both = await findBackup([near, far], { backup: '20261123' })
    expect(both.map(({ store }) => store.address)).toEqual(['file:./near', 's3://far'])
  })
  it('a store that is down is skipped with a warning in tolerant mode, and fails the search otherwise', async () => {
    const { far, down } = twoStores()
    const reporter = recordingReporter()
    const [found] = await findBackup([down, far], latest, { tolerant: true, reporter })
    expect(found.store.address).toBe('s3://far')
    expect(reporter.texts('warn')).toEqual(['Store file:./near cannot be read and is skipped: the store is down'])
    await expect(findBackup([down, far], latest)).rejects.toMatchObject({ code: 's3/unreachable' })
  })
  it('if all stores are down, the search fails even in tolerant mode', async () => {
    const { down } = twoStores()
    await expect(findBackup([down, down], latest, { tolerant: true })).rejects.toMatchObject({ code: 's3/unreachable' })
  })
  it('if the store does not exist, the failure of its check is reported', async () => {
    const empty = { ...memoryStore(), check: async () => fail() }
    await expect(findBackup([empty], latest)).rejects.toMatchObject({ code: 's3/unreachable' })
  })
  it('an unknown name fails with a list of existing names, and an invalid name is rejected', async () => {
    const { near } = twoStores()
    await expect(findBackup([near], { ...latest, name: 'shopp' })).rejects.toMatchObject({
      code: 'backup/not-found',
      hint: 'Names here: shop.',
    })
    await expect(findBackup([near], { ...latest, name: '../x' })).rejects.toMatchObject({ code: 'backup/invalid-name' })
  })
  it('with several names, a search by ID needs no name, a search for the latest backup does', async () => {
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
  it('for a tenant, the latest backup with its own ZIP or a pack that contains it is returned', async () => {
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
  it('latest means the default kind even if a tenant backup is newer, unless a kind is given', async () => {
    const { near } = twoStores()
    const tenants = idText('2026-11-25T02:00:05Z', 'manual', 1, 'tenant')
    putBackup(near, tenants, { name: 'tenants' })
    expect((await findBackup([near], { ...latest, usualKind: 'platform' }))[0].entry.id.text).toBe(older)
    expect((await findBackup([near], { ...latest, kind: 'tenant' }))[0].entry.id.text).toBe(tenants)
  })
  it('with several names, the name of the connected database is used if it exists', async () => {
    const { near } = twoStores()
    putBackup(near, newer, { name: 'blog' })
    expect((await findBackup([near], { ...latest, usualName: async () => 'shop' }))[0].entry.name).toBe('shop')
    const other = { ...latest, usualName: async () => 'forum' }
    await expect(findBackup([near], other)).rejects.toMatchObject({ code: 'backup/ambiguous-name' })
    const { far } = twoStores()
    expect((await findBackup([far], other))[0].entry.name).toBe('shop')
  })
  it('a backup is found if another folder cannot be read, with a warning', async () => {
    const { far } = twoStores()
    far.cues.failFolder = true
    const reporter = recordingReporter()
    expect((await findBackup([far], latest, { reporter }))[0].entry.id.text).toBe(newer)
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('the store failed on cue')])
  })
  it('with ID and name, only the folder of that backup is listed', async () => {
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
  it('a suspect backup is skipped with a warning', async () => {
    const { near } = twoStores()
    putBackup(near, newer, { marks: ['suspect'] })
    const reporter = recordingReporter()
    expect((await findBackup([near], latest, { reporter }))[0].entry.id.text).toBe(older)
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('Skipped')])
  })
})
