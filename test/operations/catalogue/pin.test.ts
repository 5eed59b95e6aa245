// Pins of backups in several stores.
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

it('a pin is written to every store that contains the backup, and a second pin changes nothing', async () => {
  const { find, pins } = twoStores()
  for (let i = 0; i < 2; i += 1) await pinBackup(await find(), { reason: 'audit' })
  expect(await pins()).toEqual([[{ reason: 'audit' }], [{ reason: 'audit' }]])
})

it('a pin with the same reason replaces the expiry date, a pin with another reason is added', async () => {
  const { find, pins } = twoStores()
  const until = endOfDay('2026-12-31') as Date
  await pinBackup(await find(), { reason: 'audit' })
  await pinBackup(await find(), { reason: 'release 2.0' })
  await pinBackup(await find(), { reason: 'audit', until })
  expect((await pins())[0]).toEqual([{ reason: 'audit', until }, { reason: 'release 2.0' }])
})

it('unpin removes the pin with the given reason, with or without an expiry date', async () => {
  const { find, pins } = twoStores()
  await pinBackup(await find(), { reason: 'audit', until: endOfDay('2026-12-31') as Date })
  await pinBackup(await find(), { reason: 'other' })
  await unpinBackup(await find(), 'audit')
  expect(await pins()).toEqual([[{ reason: 'other' }], [{ reason: 'other' }]])
})

it('unpin with an unknown reason fails, and the hint lists existing reasons', async () => {
  const { find } = twoStores()
  await expect(async () => unpinBackup(await find(), 'audit')).rejects.toMatchObject({
    code: 'pin/not-found',
  })
  await pinBackup(await find(), { reason: 'other' })
  await expect(async () => unpinBackup(await find(), 'audit')).rejects.toMatchObject({
    hint: 'It is pinned for: "other".',
  })
})

it('if one store fails, the pin is written to the others, and the failure is reported', async () => {
  const { stores, find, pins } = twoStores()
  stores[0].cues.failCreate = 1
  await expect(pinBackup(await find(), { reason: 'audit' })).rejects.toBeInstanceOf(Failure)
  expect(await pins()).toEqual([[], [{ reason: 'audit' }]])
})

it('unpin fails with the retention date if an object lock protects the pin', async () => {
  const { stores, find } = twoStores()
  await pinBackup(await find(), { reason: 'audit' })
  stores[1].cues.retain = { key: 'pins/audit', until: new Date('2027-01-01T00:00:00Z') }
  await expect(async () => unpinBackup(await find(), 'audit')).rejects.toMatchObject({
    code: 'pin/locked',
    message: expect.stringContaining('until 2027-01-01'),
  })
})

describe('pins of a backup that another run deletes', () => {
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

  it('the pin fails and is removed from that store, but stays in the other stores', async () => {
    const { places, pins } = await removed()
    await expect(pinBackup(places, { reason: 'audit' })).rejects.toMatchObject(gone)
    expect(await pins()).toEqual([[], [`shop/${id}/pins/audit`]])
  })
  it('existing pins stay', async () => {
    const { places, pins } = await removed(['pins/audit'])
    await expect(pinBackup(places, { reason: 'audit', until: endOfDay('2026-12-31') as Date })).rejects.toMatchObject(
      gone,
    )
    expect((await pins())[0]).toEqual([`shop/${id}/pins/audit`])
  })
  it('the pin fails if an object lock prevents the removal of the new pin', async () => {
    const { stores, places } = await removed()
    stores[0].cues.retain = { key: 'pins/audit', until: undefined }
    await expect(pinBackup(places, { reason: 'audit' })).rejects.toMatchObject({
      ...gone,
      message: expect.stringMatching(/; .*object lock/),
    })
  })
})
