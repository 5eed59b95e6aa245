// List of the backups in several stores.
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { type ListRequest, listBackups } from '../../../src/operations/catalogue/list-backups.ts'
import type { Store } from '../../../src/ports/common.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const older = idText('2026-11-23T02:00:05Z')
const newer = idText('2026-11-24T02:00:05Z', 'manual')
const list = (stores: Store[], differs: Partial<ListRequest> = {}) =>
  listBackups({ stores, strict: true, signal: new AbortController().signal, ...differs })

function twoStores() {
  const near = memoryStore({ address: 'near' })
  const far = memoryStore({ address: 'far' })
  putBackup(near, older, { marks: ['drills/20261123T030000Z-proven.json', 'pins/audit'] })
  putBackup(far, older, { marks: ['drills/20261123T040000Z-failed.json', 'pins/audit', 'suspect'] })
  putBackup(far, newer)
  return { near, far }
}

describe('list of backups', () => {
  it('each backup appears once, newest first, with its stores, pins, marks and last drill', async () => {
    const { near, far } = twoStores()
    const { backups, problems, unfinished } = await list([near, far])
    expect(backups).toMatchObject([
      { id: { text: newer }, stores: ['far'], pins: [], suspect: false },
      {
        id: { text: older },
        stores: ['near', 'far'],
        pins: [{ reason: 'audit' }],
        suspect: true,
        drill: { verdict: 'failed' },
      },
    ])
    expect([problems, unfinished]).toEqual([[], []])
  })
  it('pins and marks of all copies are merged, and the later of two expiry dates is used', async () => {
    const [near, far] = [memoryStore({ address: 'near' }), memoryStore({ address: 'far' })]
    putBackup(near, older, { marks: ['keep-until-2026-12-24', 'pins/audit'] })
    putBackup(far, older, { marks: ['keep-until-2026-12-31', 'pins/legal', 'manifest.json.sig', 'all-tenants'] })
    const { backups } = await list([near, far])
    expect(backups).toMatchObject([
      {
        stores: ['near', 'far'],
        signed: true,
        keepUntil: new Date('2026-12-31T23:59:59.999Z'),
        pins: [{ reason: 'audit' }, { reason: 'legal' }],
        tenants: { all: true },
      },
    ])
  })
  it('if a store is down, backups of the other stores are listed, and the problem is reported', async () => {
    const { near, far } = twoStores()
    const down: Store = {
      ...near,
      list: () => {
        throw new Failure('s3/unreachable', 'the store is down')
      },
    }
    const { backups, problems } = await list([down, far])
    expect(backups).toHaveLength(2)
    expect(problems).toMatchObject([{ store: 'near', failure: { code: 's3/unreachable' } }])
  })
  it('if a folder cannot be read, the other backups are listed, and the problem is reported', async () => {
    const { far } = twoStores()
    far.cues.failFolder = true
    const { backups, problems } = await list([far])
    expect(backups).toHaveLength(2)
    expect(problems).toMatchObject([{ store: 'far', failure: { code: 's3/unreachable' } }])
  })
  it('backups can be filtered by name, kind, trigger, time and count', async () => {
    const { near, far } = twoStores()
    putBackup(near, newer, { name: 'blog' })
    const ids = async (differs: Partial<ListRequest>) =>
      (await list([near, far], differs)).backups.map(({ name, id }) => `${name} ${id.text}`)
    expect(await ids({ name: 'blog' })).toEqual([`blog ${newer}`])
    expect(await ids({ trigger: 'scheduled' })).toEqual([`shop ${older}`])
    expect(await ids({ kind: 'redis' })).toEqual([])
    expect(await ids({ last: 1 })).toEqual([`blog ${newer}`])
    const start = new Date((await list([near])).backups.find(({ id }) => id.text === older)?.id.time ?? Number.NaN)
    expect(await ids({ at: start })).toEqual([`shop ${older}`])
    expect(await ids({ at: new Date(start.getTime() - 1) })).toEqual([])
  })
  it('a folder without a manifest is listed as unfinished, not as a backup', async () => {
    const { near } = twoStores()
    putBackup(near, newer, { manifest: false })
    const { backups, unfinished } = await list([near])
    expect(backups.map(({ id }) => id.text)).toEqual([older])
    expect(unfinished).toMatchObject([{ store: 'near', entry: { id: { text: newer } } }])
  })
  it('in strict mode, an empty store must pass its check', async () => {
    const gone = memoryStore({ failCheck: true })
    await expect(list([gone])).rejects.toMatchObject({ code: 's3/unreachable' })
    expect((await list([gone], { strict: false })).problems).toEqual([])
  })
})
