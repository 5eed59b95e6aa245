// Listing several stores.
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

describe('a list of several stores', () => {
  it('shows each backup once, newest first, with where it lies and all that is known of it', async () => {
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
  it('joins what only one copy has, and takes the later of two dates', async () => {
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
  it('of which one is down still shows the others', async () => {
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
  it('of which a folder cannot be read shows the rest, and the problem', async () => {
    const { far } = twoStores()
    far.cues.failFolder = true
    const { backups, problems } = await list([far])
    expect(backups).toHaveLength(2)
    expect(problems).toMatchObject([{ store: 'far', failure: { code: 's3/unreachable' } }])
  })
  it('can be narrowed by name, kind, trigger, time and count', async () => {
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
  it('never shows a folder without a manifest as a backup', async () => {
    const { near } = twoStores()
    putBackup(near, newer, { manifest: false })
    const { backups, unfinished } = await list([near])
    expect(backups.map(({ id }) => id.text)).toEqual([older])
    expect(unfinished).toMatchObject([{ store: 'near', entry: { id: { text: newer } } }])
  })
  it('asks an empty store whether it is there, unless told not to', async () => {
    const gone = memoryStore({ failCheck: true })
    await expect(list([gone])).rejects.toMatchObject({ code: 's3/unreachable' })
    expect((await list([gone], { strict: false })).problems).toEqual([])
  })
})
