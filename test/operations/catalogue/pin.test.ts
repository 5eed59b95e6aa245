// Pinning and unpinning across stores.
import { describe, expect, it } from 'vitest'
import { endOfDay } from '../../../src/domain/backups/marks.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { findBackup } from '../../../src/operations/catalogue/find-backup.ts'
import { pinBackup, unpinBackup } from '../../../src/operations/catalogue/pin.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')

function twoStores() {
  const stores = [memoryStore({ address: 'a' }), memoryStore({ address: 'b' })] as const
  for (const store of stores) putBackup(store, id)
  const find = () => findBackup(stores, { backup: id })
  const pins = async () => (await find()).map(({ entry }) => entry.pins)
  return { stores, find, pins }
}

it('a pin lies in every store that holds the backup, and pinning again changes nothing', async () => {
  const { find, pins } = twoStores()
  for (let i = 0; i < 2; i += 1) await pinBackup(await find(), { reason: 'audit' })
  expect(await pins()).toEqual([[{ reason: 'audit' }], [{ reason: 'audit' }]])
})

it('a pin of the same reason replaces the end, one of another reason stands beside it', async () => {
  const { find, pins } = twoStores()
  const until = endOfDay('2026-12-31') as Date
  await pinBackup(await find(), { reason: 'audit' })
  await pinBackup(await find(), { reason: 'release 2.0' })
  await pinBackup(await find(), { reason: 'audit', until })
  expect((await pins())[0]).toEqual([{ reason: 'audit', until }, { reason: 'release 2.0' }])
})

it('is taken off by its reason, whatever its end', async () => {
  const { find, pins } = twoStores()
  await pinBackup(await find(), { reason: 'audit', until: endOfDay('2026-12-31') as Date })
  await pinBackup(await find(), { reason: 'other' })
  await unpinBackup(await find(), 'audit')
  expect(await pins()).toEqual([[{ reason: 'other' }], [{ reason: 'other' }]])
})

it('that is not there cannot be taken off: the reasons there are are named', async () => {
  const { find } = twoStores()
  await expect(async () => unpinBackup(await find(), 'audit')).rejects.toMatchObject({
    code: 'pin/not-found',
  })
  await pinBackup(await find(), { reason: 'other' })
  await expect(async () => unpinBackup(await find(), 'audit')).rejects.toMatchObject({
    hint: 'It is pinned for: "other".',
  })
})

it('that fails in one store is made in the others, and the failure told', async () => {
  const { stores, find, pins } = twoStores()
  stores[0].cues.failCreate = 1
  await expect(pinBackup(await find(), { reason: 'audit' })).rejects.toBeInstanceOf(Failure)
  expect(await pins()).toEqual([[], [{ reason: 'audit' }]])
})

it('held by the store’s own lock stays, and that is refused', async () => {
  const { stores, find } = twoStores()
  await pinBackup(await find(), { reason: 'audit' })
  stores[1].cues.retain = { key: 'pins/audit', until: new Date('2027-01-01T00:00:00Z') }
  await expect(async () => unpinBackup(await find(), 'audit')).rejects.toMatchObject({
    code: 'pin/locked',
    message: expect.stringContaining('until 2027-01-01'),
  })
})

describe('of a backup that is removed meanwhile', () => {
  const removed = async (marks: string[] = []) => {
    const { stores, find } = twoStores()
    for (const mark of marks) putBackup(stores[0], id, { marks: [mark] })
    const places = await find()
    stores[0].objects.delete(`shop/${id}/manifest.json`)
    const pinsIn = (store: MemoryStore) => [...store.objects.keys()].filter((key) => key.includes('/pins/'))
    return { stores, places, pins: () => stores.map(pinsIn) }
  }
  const gone = {
    code: 'backup/removed',
    hint: expect.stringContaining('list'),
  }

  it('is refused and leaves nothing there, and holds in the other stores', async () => {
    const { places, pins } = await removed()
    await expect(pinBackup(places, { reason: 'audit' })).rejects.toMatchObject(gone)
    expect(await pins()).toEqual([[], [`shop/${id}/pins/audit`]])
  })
  it('leaves the pins that were there before', async () => {
    const { places, pins } = await removed(['pins/audit'])
    await expect(pinBackup(places, { reason: 'audit', until: endOfDay('2026-12-31') as Date })).rejects.toMatchObject(
      gone,
    )
    expect((await pins())[0]).toEqual([`shop/${id}/pins/audit`])
  })
  it('is refused too where the store’s own lock holds the new pin', async () => {
    const { stores, places } = await removed()
    stores[0].cues.retain = { key: 'pins/audit', until: undefined }
    await expect(pinBackup(places, { reason: 'audit' })).rejects.toMatchObject({
      ...gone,
      message: expect.stringMatching(/; .*object lock/),
    })
  })
})
