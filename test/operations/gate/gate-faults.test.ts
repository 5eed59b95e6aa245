// Faults for which the gate refuses a backup: age, drill, contents, copies, clocks and location.
import { describe, expect, it, test } from 'vitest'
import type { GatePolicy } from '../../../src/domain/gate/gate.ts'
import { type GateBackup, putGateBackup } from '../../support/gate-backups.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, sampleManifest } from '../../support/sample-backups.ts'
import { type Asked, askGate, decideAbout, idOf, makeStore, minutesAgo } from './gate-decision.ts'

describe('faults for which a backup is refused', () => {
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
    ['that is older than the maximum age', {}, 'old', { id: idOf(61) }],
    ['without a successful drill', { drills: [] }, 'not-proven'],
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
      'with a proven and a failed drill of the same second',
      {
        drills: [
          [1, 'proven'],
          [1, 'failed'],
        ],
      },
      'drill-failed',
    ],
    ['with a drill date in the future', { drills: [[60, 'proven']] }, 'not-proven'],
    ['with a drill record of another manifest', { record: { manifestSha256: '0'.repeat(64) } }, 'not-proven'],
    ['whose drill record is of another backup', { record: { backup: idOf(11) } }, 'not-proven'],
    ['whose drill record says failed', { record: { verdict: 'failed' } }, 'not-proven'],
    ['whose drill record has an unknown format', { record: { format: 'mine/1' } }, 'not-proven'],
    ['that is marked suspect', { marks: ['suspect'] }, 'suspect'],
    ['whose manifest says it is suspect', { manifest: { suspect: 'rows fell by 90%' } }, 'suspect'],
    ['of the schema only', dump({ parts: 'schema-only' }), 'partial'],
    ['of the data only', dump({ parts: 'data-only' }), 'partial'],
    ['of selected tables', dump({ tables: ['public.a'] }), 'partial'],
    ['without the rows of a table', dump({ excludeTableData: ['public.log'] }), 'partial'],
    [
      'of another database',
      { manifest: { database: { ...sampleManifest().database, name: 'blog' } } },
      'other-database',
    ],
    [
      'of another server',
      { manifest: { server: { ...sampleManifest().server, systemIdentifier: '1' } } },
      'other-database',
    ],
    ['with an ID in the future', { drills: [[-31, 'proven']] }, 'clock', { id: idOf(-30) }],
    [
      'with a snapshot time in the future',
      { manifest: { snapshot: { taken: minutesAgo(-60).toISOString(), standby: false } } },
      'clock',
    ],
    ['whose files are older than its snapshot', { modified: minutesAgo(80) }, 'clock'],
    [
      'whose snapshot is older than the maximum age, although its ID is not',
      { manifest: { snapshot: { taken: minutesAgo(90).toISOString(), standby: false } } },
      'old',
    ],
    ['that is a safety backup of a restore', {}, 'safety', { id: idText(minutesAgo(10), 'safety') }],
    ['of single tenants', {}, 'other-kind', { id: idOf(10, 1, 'tenant') }],
  ])('refuses a backup %s', async (_, backup, kind, asked) => {
    const decision = await decideAbout(backup, asked)
    expect(decision).toMatchObject({ verdict: 'refused', refusedFor: 'backup' })
    expect(decision.best?.faults.map((fault) => fault.kind)).toEqual([kind])
    expect(decision.reason).toContain(decision.best?.faults[0]?.sentence)
  })

  test('refuses a backup without a manifest', async () => {
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
      'a payload is missing',
      (store: MemoryStore, place: string) => store.objects.delete(`${place}/database.dump.zst`),
      'is missing in',
    ],
    [
      'a payload is too short',
      (store: MemoryStore, place: string) => rewrite(store, `${place}/database.dump.zst`, 'x'),
      'has 1 bytes instead',
    ],
    [
      'its manifest is damaged',
      (store: MemoryStore, place: string) => rewrite(store, `${place}/manifest.json`, '{'),
      'manifest.json',
    ],
  ])('refuses a backup if %s', async (_, damage, sentence) => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    damage(store, `shop/${idOf(10)}`)
    const { decision } = await askGate([store])
    expect(decision.best?.faults).toMatchObject([{ kind: 'damaged', sentence: expect.stringContaining(sentence) }])
  })

  test('refuses if the store contains no backup', async () => {
    expect((await askGate([makeStore()])).decision.reason).toBe('there is no backup in s3://far')
  })
})

function rewrite(store: MemoryStore, key: string, text: string): void {
  store.objects.set(key, { content: Buffer.from(text), modified: minutesAgo(9) })
}

describe('clock differences', () => {
  it('the age is measured with the later clock, so a runner an hour behind the store does not reduce it', async () => {
    const store = memoryStore({ address: 's3://far', now: () => minutesAgo(-60) })
    putGateBackup(store, idOf(10))
    const { decision } = await askGate([store])
    expect(decision.best).toMatchObject({ ageSeconds: 4200, faults: [{ kind: 'old' }] })
  })
})

describe('off-site requirement', () => {
  const places = async (addresses: readonly string[], own: Partial<GatePolicy> = {}) => {
    const stores = addresses.map(makeStore)
    for (const store of stores) putGateBackup(store, idOf(10))
    return (await askGate(stores, { policy: own })).decision
  }
  it.each([[['file:./backups']], [['artifact:']], [['file:./backups', 'artifact:']]])(
    'backups stored only in %j are not off-site',
    async (addresses) => {
      expect((await places(addresses)).best?.faults).toMatchObject([{ kind: 'on-site' }])
    },
  )
  it('one bucket among the stores is enough', async () => {
    expect((await places(['file:./backups', 's3://far'])).verdict).toBe('allowed')
  })
  it('a local backup is accepted if no off-site copy is required', async () => {
    expect((await places(['file:./backups'], { requireOffSite: false })).verdict).toBe('allowed')
  })
  it('a backup stored only as an artifact is always refused', async () => {
    expect((await places(['artifact:'], { requireOffSite: false })).best?.faults).toMatchObject([
      { kind: 'on-site', sentence: 'it is stored only where backups expire: artifact:' },
    ])
  })
  it('an incomplete copy in a bucket does not count as off-site', async () => {
    const [near, far] = [makeStore('file:./backups'), makeStore()]
    for (const store of [near, far]) putGateBackup(store, idOf(10))
    far.objects.delete(`shop/${idOf(10)}/database.dump.zst`)
    const { decision } = await askGate([near, far])
    expect(decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
    expect(decision.warnings).toEqual([`${idOf(10)}: database.dump.zst is missing in s3://far.`])
  })
  it('a copy with a different manifest does not count as off-site', async () => {
    const [near, far] = [makeStore('file:./backups'), makeStore()]
    putGateBackup(near, idOf(10))
    putGateBackup(far, idOf(10), { manifest: { notes: ['another'] } })
    expect((await askGate([near, far])).decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
  })
  it('a failed drill counts even if only one store has its record', async () => {
    const [near, far] = [makeStore('file:./backups'), makeStore()]
    putGateBackup(near, idOf(10), { drills: [[2, 'failed']] })
    putGateBackup(far, idOf(10))
    expect((await askGate([near, far])).decision.best?.faults).toMatchObject([{ kind: 'drill-failed' }])
  })
})
