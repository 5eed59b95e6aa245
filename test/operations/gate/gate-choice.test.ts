// Which backup the gate chooses: one made for the change itself, or the best of several.
import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/ports/common.ts'
import { putGateBackup } from '../../support/gate-backups.ts'
import { sampleManifest } from '../../support/sample-backups.ts'
import { askGate, commits, decideAbout, idOf, makeStore, minutesAgo } from './gate-decision.ts'

describe('a backup made for this very change', () => {
  const id = idOf(180)
  const made = { policy: { backupFromThisRun: id }, id }
  it('passes whatever dump and drill took, and for as long as any verdict', async () => {
    expect(await decideAbout({}, made)).toMatchObject({
      verdict: 'allowed',
      reason: expect.stringContaining('made for this change'),
      accepted: { until: new Date('2026-11-24T13:00:00Z') },
    })
  })
  it('passes up to a day only', async () => {
    const old = idOf(24 * 60 + 1)
    expect((await decideAbout({}, { policy: { backupFromThisRun: old }, id: old })).best?.faults).toMatchObject([
      { kind: 'old' },
    ])
  })
  it('must be proven like any other', async () => {
    expect((await decideAbout({ drills: [] }, made)).best?.faults).toMatchObject([{ kind: 'not-proven' }])
  })
  const runUrl = 'https://github.com/o/r/actions/runs/1'
  it.each([
    ['this run', { runUrl, sha: 'c'.repeat(40), pullRequest: '6' }, true],
    ['this pull request, in another run', { runUrl: `${runUrl}1`, pullRequest: '7' }, true],
    ['this commit, in another run', { runUrl: `${runUrl}1`, sha: commits.head }, true],
    ['nobody knows what', {}, true],
    ['another pull request', { runUrl: `${runUrl}1`, pullRequest: '6', sha: commits.head }, false],
    ['another commit', { runUrl: `${runUrl}1`, sha: 'c'.repeat(40) }, false],
    ['another run', { runUrl: `${runUrl}1` }, false],
    ['another repository', { runUrl, repository: 'o/other' }, false],
  ])('by %s', async (_, origin, passes) => {
    const here = { repository: 'o/r', runUrl, pullRequest: '7', sha: commits.head }
    const decision = await decideAbout({ manifest: { origin } }, { ...made, origin: here })
    expect(decision.best?.faults.map(({ kind }) => kind) ?? []).toEqual(passes ? [] : ['other-run'])
  })
  it('that is not there leaves the others', async () => {
    const decision = await decideAbout({}, { policy: { backupFromThisRun: id } })
    expect(decision).toMatchObject({ verdict: 'allowed', accepted: { id: idOf(10) } })
  })
})

describe('of several backups', () => {
  it('the newest that passes is taken, and newer ones say why not', async () => {
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
  it('the best is the one that lacks least: a drill rather than age, age rather than what nothing mends', async () => {
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
  it('the best is never one of another database, however little else it lacks', async () => {
    const store = makeStore()
    const blog = { manifest: { database: { ...sampleManifest().database, name: 'blog' } }, drills: [] }
    for (let n = 0; n < 3; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
    putGateBackup(store, idOf(90))
    expect((await askGate([store])).decision.best).toMatchObject({ id: idOf(90), faults: [{ kind: 'old' }] })
  })
  it('all that the best one lacks is told', async () => {
    const decision = await decideAbout({ drills: [] }, { id: idOf(90) })
    expect(decision.best?.faults.map(({ kind }) => kind)).toEqual(['not-proven', 'old'])
  })
  it('one whose run began long ago, but waited for its snapshot, is as fresh as that', async () => {
    const store = makeStore()
    const snapshot = { taken: minutesAgo(10).toISOString(), standby: false }
    putGateBackup(store, idOf(180), { manifest: { snapshot }, drills: [[175, 'proven']], modified: minutesAgo(8) })
    putGateBackup(store, idOf(20), { drills: [] })
    expect((await askGate([store])).decision.accepted).toMatchObject({ id: idOf(180), ageSeconds: 600 })
  })
  it('manifests are read of those only that names do not rule out', async () => {
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
  describe('of which more look good than are read', () => {
    const blog = { manifest: { database: { ...sampleManifest().database, name: 'blog' } } }
    const behind = async (others: number) => {
      const store = makeStore()
      for (let n = 0; n < others; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
      putGateBackup(store, idOf(10))
      return (await askGate([store])).decision
    }
    it('the best of the rest is read, and may pass', async () => {
      expect(await behind(20)).toMatchObject({ verdict: 'allowed', accepted: { id: idOf(10) } })
    })
    it('what was not read never passes', async () => {
      const decision = await behind(30)
      expect(decision).toMatchObject({ verdict: 'refused', best: { id: idOf(10), faults: [{ kind: 'not-read' }] } })
      expect(decision.candidates).toHaveLength(10)
    })
  })
  it('those of the usual name are looked at first', async () => {
    const store = makeStore()
    const blog = { name: 'blog', manifest: { name: 'blog', database: { ...sampleManifest().database, name: 'blog' } } }
    for (let n = 0; n < 25; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
    putGateBackup(store, idOf(10))
    expect((await askGate([store])).decision.accepted).toMatchObject({ id: idOf(10), name: 'shop' })
  })
})
