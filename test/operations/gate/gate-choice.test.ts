// Choice of a backup by the gate: the backup made for the change, or the best of several.
import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/ports/common.ts'
import { putGateBackup } from '../../support/gate-backups.ts'
import { sampleManifest } from '../../support/sample-backups.ts'
import { askGate, commits, decideAbout, idOf, makeStore, minutesAgo } from './gate-decision.ts'

describe('backups made for the change', () => {
  const id = idOf(180)
  const made = { policy: { backupFromThisRun: id }, id }
  it('a backup older than the maximum age is accepted, with a verdict valid for one hour', async () => {
    expect(await decideAbout({}, made)).toMatchObject({
      verdict: 'allowed',
      reason: expect.stringContaining('made for this change'),
      accepted: { until: new Date('2026-11-24T13:00:00Z') },
    })
  })
  it('a backup older than a day is refused', async () => {
    const old = idOf(24 * 60 + 1)
    expect((await decideAbout({}, { policy: { backupFromThisRun: old }, id: old })).best?.faults).toMatchObject([
      { kind: 'old' },
    ])
  })
  it('a backup without a drill is refused', async () => {
    expect((await decideAbout({ drills: [] }, made)).best?.faults).toMatchObject([{ kind: 'not-proven' }])
  })
  const runUrl = 'https://github.com/o/r/actions/runs/1'
  it.each([
    ['this run is accepted', { runUrl, sha: 'c'.repeat(40), pullRequest: '6' }, true],
    ['another run for this pull request is accepted', { runUrl: `${runUrl}1`, pullRequest: '7' }, true],
    ['another run for this commit is accepted', { runUrl: `${runUrl}1`, sha: commits.head }, true],
    ['an unknown run is accepted', {}, true],
    ['another pull request is refused', { runUrl: `${runUrl}1`, pullRequest: '6', sha: commits.head }, false],
    ['another commit is refused', { runUrl: `${runUrl}1`, sha: 'c'.repeat(40) }, false],
    ['another run is refused', { runUrl: `${runUrl}1` }, false],
    ['another repository is refused', { runUrl, repository: 'o/other' }, false],
  ])('a backup made by %s', async (_, origin, passes) => {
    const here = { repository: 'o/r', runUrl, pullRequest: '7', sha: commits.head }
    const decision = await decideAbout({ manifest: { origin } }, { ...made, origin: here })
    expect(decision.best?.faults.map(({ kind }) => kind) ?? []).toEqual(passes ? [] : ['other-run'])
  })
  it('if the backup does not exist, another backup is accepted', async () => {
    const decision = await decideAbout({}, { policy: { backupFromThisRun: id } })
    expect(decision).toMatchObject({ verdict: 'allowed', accepted: { id: idOf(10) } })
  })
})

describe('choice among several backups', () => {
  it('the newest good backup is accepted, and newer candidates are listed with their faults', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(30))
    putGateBackup(store, idOf(10), { drills: [] })
    const { decision } = await askGate([store])
    expect(decision.accepted?.id).toBe(idOf(30))
    expect(decision.candidates.map(({ id, faults }) => [id, faults.length])).toEqual([
      [idOf(10), 1],
      [idOf(30), 0],
    ])
  })
  it('candidates that only lack a drill rank before old ones, and old ones before suspect ones', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10), { marks: ['suspect'] })
    putGateBackup(store, idOf(20), { drills: [] })
    putGateBackup(store, idOf(90))
    expect((await askGate([store])).decision.best?.id).toBe(idOf(20))
    store.objects.clear()
    putGateBackup(store, idOf(10), { marks: ['suspect'] })
    putGateBackup(store, idOf(90))
    expect((await askGate([store])).decision.best?.id).toBe(idOf(90))
  })
  it('a backup of another database is never the best candidate', async () => {
    const store = makeStore()
    const blog = { manifest: { database: { ...sampleManifest().database, name: 'blog' } }, drills: [] }
    for (let n = 0; n < 3; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
    putGateBackup(store, idOf(90))
    expect((await askGate([store])).decision.best).toMatchObject({ id: idOf(90), faults: [{ kind: 'old' }] })
  })
  it('all faults of the best candidate are reported', async () => {
    const decision = await decideAbout({ drills: [] }, { id: idOf(90) })
    expect(decision.best?.faults.map(({ kind }) => kind)).toEqual(['not-proven', 'old'])
  })
  it('the age of a backup is the age of its snapshot, even if the run started earlier', async () => {
    const store = makeStore()
    const snapshot = { taken: minutesAgo(10).toISOString(), standby: false }
    putGateBackup(store, idOf(180), { manifest: { snapshot }, drills: [[175, 'proven']], modified: minutesAgo(8) })
    putGateBackup(store, idOf(20), { drills: [] })
    expect((await askGate([store])).decision.accepted).toMatchObject({ id: idOf(180), ageSeconds: 600 })
  })
  it('manifests of backups that are too old by their ID are not read', async () => {
    const store = makeStore()
    for (let day = 2; day < 40; day += 1) putGateBackup(store, idOf(day * 1440))
    putGateBackup(store, idOf(10))
    const read: string[] = []
    const watched: Store = {
      ...store,
      readUnverified: (key, options) => {
        read.push(key)
        return store.readUnverified(key, options)
      },
    }
    expect((await askGate([watched])).decision.verdict).toBe('allowed')
    expect(read.every((key) => key.includes(idOf(10)))).toBe(true)
  })
  describe('more candidates than the read limit', () => {
    const blog = { manifest: { database: { ...sampleManifest().database, name: 'blog' } } }
    const behind = async (others: number) => {
      const store = makeStore()
      for (let n = 0; n < others; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
      putGateBackup(store, idOf(10))
      return (await askGate([store])).decision
    }
    it('a candidate beyond the first batch is read and can be accepted', async () => {
      expect(await behind(20)).toMatchObject({ verdict: 'allowed', accepted: { id: idOf(10) } })
    })
    it('a candidate that was not read is refused', async () => {
      const decision = await behind(30)
      expect(decision).toMatchObject({ verdict: 'refused', best: { id: idOf(10), faults: [{ kind: 'not-read' }] } })
      expect(decision.candidates).toHaveLength(10)
    })
  })
  it('backups with the default name are read first', async () => {
    const store = makeStore()
    const blog = { name: 'blog', manifest: { name: 'blog', database: { ...sampleManifest().database, name: 'blog' } } }
    for (let n = 0; n < 25; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
    putGateBackup(store, idOf(10))
    expect((await askGate([store])).decision.accepted).toMatchObject({ id: idOf(10), name: 'shop' })
  })
})
