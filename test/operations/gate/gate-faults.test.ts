// Faults of a backup that the gate does not accept: age, proof, contents, copies, clocks and place.
import { describe, expect, it, test } from 'vitest'
import type { GatePolicy } from '../../../src/domain/gate/gate.ts'
import { type GateBackup, putGateBackup } from '../../support/gate-backups.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, sampleManifest } from '../../support/sample-backups.ts'
import { type Asked, askGate, decideAbout, idOf, makeStore, minutesAgo } from './gate-decision.ts'

describe('a backup does not pass', () => {
  const selection = {
    schemas: [],
    excludeSchemas: [],
    tables: [],
    excludeTables: [],
    excludeTableData: [],
    parts: 'all' as const,
  }
  const dump = (differs: object) => ({
    manifest: { dump: { ...sampleManifest().dump, selection: { ...selection, ...differs } } },
  })
  test.each<[string, GateBackup, string, (Asked & { id?: string })?]>([
    ['that is older than it may be', {}, 'old', { id: idOf(61) }],
    ['that no drill has proven', { drills: [] }, 'not-proven'],
    [
      'whose last drill failed',
      {
        drills: [
          [1, 'proven'],
          [2, 'failed'],
        ],
      },
      'drill-failed',
    ],
    [
      'whose drills of one second do not agree',
      {
        drills: [
          [1, 'proven'],
          [1, 'failed'],
        ],
      },
      'drill-failed',
    ],
    ['whose proof lies in the future', { drills: [[60, 'proven']] }, 'not-proven'],
    ['whose drill record speaks of another manifest', { record: { manifestSha256: '0'.repeat(64) } }, 'not-proven'],
    ['whose drill record is of another backup', { record: { backup: idOf(11) } }, 'not-proven'],
    ['whose drill record says failed', { record: { verdict: 'failed' } }, 'not-proven'],
    ['whose drill record is none', { record: { format: 'mine/1' } }, 'not-proven'],
    ['that is marked suspect', { marks: ['suspect'] }, 'suspect'],
    ['whose manifest says it is suspect', { manifest: { suspect: 'rows fell by 90%' } }, 'suspect'],
    ['that is of the schema only', dump({ parts: 'schema-only' }), 'partial'],
    ['that is of the data only', dump({ parts: 'data-only' }), 'partial'],
    ['that is of some tables', dump({ tables: ['public.a'] }), 'partial'],
    ['that leaves out rows', dump({ excludeTableData: ['public.log'] }), 'partial'],
    [
      'that is of another database',
      { manifest: { database: { ...sampleManifest().database, name: 'blog' } } },
      'other-database',
    ],
    [
      'that is of another server',
      { manifest: { server: { ...sampleManifest().server, systemIdentifier: '1' } } },
      'other-database',
    ],
    ['whose id lies in the future', { drills: [[-31, 'proven']] }, 'clock', { id: idOf(-30) }],
    [
      'whose snapshot lies in the future',
      { manifest: { snapshot: { taken: minutesAgo(-60).toISOString(), standby: false } } },
      'clock',
    ],
    ['that a store had before its data was taken', { modified: minutesAgo(80) }, 'clock'],
    [
      'whose data is older than its id',
      { manifest: { snapshot: { taken: minutesAgo(90).toISOString(), standby: false } } },
      'old',
    ],
    ['that is what a restore replaced', {}, 'safety', { id: idText(minutesAgo(10), 'safety') }],
    ['that holds no whole database', {}, 'other-kind', { id: idOf(10, 1, 'tenant') }],
  ])('%s', async (_, backup, kind, asked) => {
    const decision = await decideAbout(backup, asked)
    expect(decision).toMatchObject({ verdict: 'refused', refusedFor: 'backup' })
    expect(decision.best?.faults.map((fault) => fault.kind)).toEqual([kind])
    expect(decision.reason).toContain(decision.best?.faults[0]?.sentence)
  })

  test('that has no manifest', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    store.objects.delete(`shop/${idOf(10)}/manifest.json`)
    const { decision } = await askGate([store])
    expect(decision.best?.faults).toEqual([
      { kind: 'incomplete', sentence: 'it has no manifest: its run did not finish' },
    ])
  })

  test.each([
    [
      'a payload is gone',
      (store: MemoryStore, place: string) => store.objects.delete(`${place}/database.dump.zst`),
      'is missing in',
    ],
    [
      'a payload is short',
      (store: MemoryStore, place: string) => rewrite(store, `${place}/database.dump.zst`, 'x'),
      'has 1 bytes instead',
    ],
    [
      'its manifest is damaged',
      (store: MemoryStore, place: string) => rewrite(store, `${place}/manifest.json`, '{'),
      'manifest.json',
    ],
  ])('of which %s', async (_, damage, sentence) => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    damage(store, `shop/${idOf(10)}`)
    const { decision } = await askGate([store])
    expect(decision.best?.faults).toMatchObject([{ kind: 'damaged', sentence: expect.stringContaining(sentence) }])
  })

  test('if there is none at all', async () => {
    expect((await askGate([makeStore()])).decision.reason).toBe('there is no backup in s3://far')
  })
})

function rewrite(store: MemoryStore, key: string, text: string): void {
  store.objects.set(key, { content: Buffer.from(text), modified: minutesAgo(9) })
}

describe('the clocks', () => {
  it('count by the one that is furthest: a runner that is an hour slow makes nothing young', async () => {
    const store = memoryStore({ address: 's3://far', now: () => minutesAgo(-60) })
    putGateBackup(store, idOf(10))
    const { decision } = await askGate([store])
    expect(decision.best).toMatchObject({ ageSeconds: 4200, faults: [{ kind: 'old' }] })
  })
})

describe('off-site', () => {
  const places = async (addresses: readonly string[], own: Partial<GatePolicy> = {}) => {
    const stores = addresses.map(makeStore)
    for (const store of stores) putGateBackup(store, idOf(10))
    return (await askGate(stores, { policy: own })).decision
  }
  it.each([[['file:./backups']], [['artifact:']], [['file:./backups', 'artifact:']]])(
    '%j are not',
    async (addresses) => {
      expect((await places(addresses)).best?.faults).toMatchObject([{ kind: 'on-site' }])
    },
  )
  it('one bucket is enough', async () => {
    expect((await places(['file:./backups', 's3://far'])).verdict).toBe('allowed')
  })
  it('need not be asked for', async () => {
    expect((await places(['file:./backups'], { requireOffSite: false })).verdict).toBe('allowed')
  })
  it('an artifact alone is never enough', async () => {
    expect((await places(['artifact:'], { requireOffSite: false })).best?.faults).toMatchObject([
      { kind: 'on-site', sentence: 'it is stored only where backups expire: artifact:' },
    ])
  })
  it('a copy in a bucket that is not whole does not count', async () => {
    const [near, far] = [makeStore('file:./backups'), makeStore()]
    for (const store of [near, far]) putGateBackup(store, idOf(10))
    far.objects.delete(`shop/${idOf(10)}/database.dump.zst`)
    const { decision } = await askGate([near, far])
    expect(decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
    expect(decision.warnings).toEqual([`${idOf(10)}: database.dump.zst is missing in s3://far.`])
  })
  it('copies with different manifests are not copies', async () => {
    const [near, far] = [makeStore('file:./backups'), makeStore()]
    putGateBackup(near, idOf(10))
    putGateBackup(far, idOf(10), { manifest: { notes: ['another'] } })
    expect((await askGate([near, far])).decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
  })
  it('a failed drill counts wherever it is recorded', async () => {
    const [near, far] = [makeStore('file:./backups'), makeStore()]
    putGateBackup(near, idOf(10), { drills: [[2, 'failed']] })
    putGateBackup(far, idOf(10))
    expect((await askGate([near, far])).decision.best?.faults).toMatchObject([{ kind: 'drill-failed' }])
  })
})
