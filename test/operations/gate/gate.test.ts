// The gate's decision from what stores hold: which backup passes, and why the others do not.
import { describe, expect, it, test } from 'vitest'
import { mainChecksum } from '../../../src/domain/backups/main-checksum.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { GateChange, GatePolicy } from '../../../src/domain/gate/gate.ts'
import { manifestSha256 } from '../../../src/domain/manifest/manifest-json.ts'
import { findMigrations } from '../../../src/domain/migrations/find-migrations.ts'
import { backupKinds } from '../../../src/kinds/kinds.ts'
import { decide, type GateRequest } from '../../../src/operations/gate/gate.ts'
import { gateKindOf } from '../../../src/operations/kind-of.ts'
import { placeOf } from '../../../src/operations/stores/store-kinds.ts'
import type { Store } from '../../../src/ports/common.ts'
import type { RunRow } from '../../../src/ports/record.ts'
import { storeKinds } from '../../../src/stores/stores.ts'
import { fakeClock } from '../../support/fakes.ts'
import { type GateBackup, putGateBackup, shop } from '../../support/gate-backups.ts'
import { memoryRecord } from '../../support/memory-record.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, sampleManifest } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const idOf = (minutes: number, random = 1, kind = 'platform') =>
  idText(minutesAgo(minutes), 'pre-migration', random, kind)
const make = (address = 's3://far') => memoryStore({ address, now: () => now })

const policy: GatePolicy = {
  kind: gateKindOf(backupKinds),
  placeOf: (address) => placeOf(storeKinds, address),
  requireOffSite: true,
  requireDrill: true,
  maxAge: 3600,
  maxAgeOfOwnBackup: 86_400,
}
const commits = { base: 'b'.repeat(40), head: 'd'.repeat(40), mergeBase: 'a'.repeat(40), files: 1 }
const changeOf = (...paths: string[]): GateChange => ({
  ...commits,
  ...findMigrations(paths.map((path) => ({ change: 'added', path, sort: 'file' }))),
})

interface Asked extends Partial<Omit<GateRequest, 'policy'>> {
  readonly policy?: Partial<GatePolicy>
}

const ask = (stores: readonly Store[], { policy: own, ...request }: Asked = {}) =>
  decide(
    {
      change: changeOf('migrations/1.js'),
      edited: 'warn',
      rehearsal: undefined,
      origin: {},
      name: undefined,
      openStores: async () => stores,
      identify: async () => shop,
      ...request,
      policy: { ...policy, ...own },
    },
    { clock: fakeClock(now), signal: new AbortController().signal },
  )

/** The decision about one backup, ten minutes old unless told. */
async function about(backup: GateBackup, { id = idOf(10), ...asked }: Asked & { id?: string } = {}) {
  const store = make()
  putGateBackup(store, id, backup)
  return (await ask([store], asked)).decision
}

describe('a change without migrations', () => {
  const unasked = async () => {
    throw new Error('asked for what it does not need')
  }
  it('needs no backup, and asks neither stores nor database', async () => {
    const { decision } = await ask([], { change: changeOf('src/a.ts'), openStores: unasked, identify: unasked })
    expect(decision).toMatchObject({
      verdict: 'not-needed',
      reason: 'no migrations among 1 changed file',
      candidates: [],
    })
  })
  it('is never assumed: without a base a backup is needed', async () => {
    expect((await ask([make()], { change: undefined })).decision.verdict).toBe('refused')
  })
})

describe('a change of migrations that the base has', () => {
  const change: GateChange = {
    ...commits,
    ...findMigrations([{ change: 'edited', path: 'migrations/1.js', sort: 'file' }]),
  }
  it('is a warning', async () => {
    const store = make()
    putGateBackup(store, idOf(10))
    const { decision } = await ask([store], { change })
    expect(decision.verdict).toBe('allowed')
    expect(decision.warnings).toEqual([
      expect.stringContaining('edited a migration that its base already has: "migrations/1.js"'),
    ])
  })
  it('is refused where that is wanted, whatever backups there are', async () => {
    const store = make()
    putGateBackup(store, idOf(10))
    const { decision } = await ask([store], { change, edited: 'refuse' })
    expect(decision).toMatchObject({ verdict: 'refused', refusedFor: 'edited' })
  })
})

it('a fresh, proven, off-site backup of that very database passes', async () => {
  const store = make()
  putGateBackup(store, idOf(10))
  const { decision, places } = await ask([store])
  expect(decision).toMatchObject({
    verdict: 'allowed',
    reason: `${idOf(10)} is 10 min old, proven by a drill, in s3://far`,
    accepted: { id: idOf(10), ageSeconds: 600, identity: 'server', until: new Date('2026-11-24T12:50:00Z') },
    warnings: [],
  })
  expect(places.map(({ store: { address } }) => address)).toEqual(['s3://far'])
})

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
    const decision = await about(backup, asked)
    expect(decision).toMatchObject({ verdict: 'refused', refusedFor: 'backup' })
    expect(decision.best?.faults.map((fault) => fault.kind)).toEqual([kind])
    expect(decision.reason).toContain(decision.best?.faults[0]?.sentence)
  })

  test('that has no manifest', async () => {
    const store = make()
    putGateBackup(store, idOf(10))
    store.objects.delete(`shop/${idOf(10)}/manifest.json`)
    const { decision } = await ask([store])
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
    const store = make()
    putGateBackup(store, idOf(10))
    damage(store, `shop/${idOf(10)}`)
    const { decision } = await ask([store])
    expect(decision.best?.faults).toMatchObject([{ kind: 'damaged', sentence: expect.stringContaining(sentence) }])
  })

  test('if there is none at all', async () => {
    expect((await ask([make()])).decision.reason).toBe('there is no backup in s3://far')
  })
})

function rewrite(store: MemoryStore, key: string, text: string): void {
  store.objects.set(key, { content: Buffer.from(text), modified: minutesAgo(9) })
}

describe('the clocks', () => {
  it('count by the one that is furthest: a runner that is an hour slow makes nothing young', async () => {
    const store = memoryStore({ address: 's3://far', now: () => minutesAgo(-60) })
    putGateBackup(store, idOf(10))
    const { decision } = await ask([store])
    expect(decision.best).toMatchObject({ ageSeconds: 4200, faults: [{ kind: 'old' }] })
  })
})

describe('off-site', () => {
  const places = async (addresses: readonly string[], own: Partial<GatePolicy> = {}) => {
    const stores = addresses.map(make)
    for (const store of stores) putGateBackup(store, idOf(10))
    return (await ask(stores, { policy: own })).decision
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
    const [near, far] = [make('file:./backups'), make()]
    for (const store of [near, far]) putGateBackup(store, idOf(10))
    far.objects.delete(`shop/${idOf(10)}/database.dump.zst`)
    const { decision } = await ask([near, far])
    expect(decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
    expect(decision.warnings).toEqual([`${idOf(10)}: database.dump.zst is missing in s3://far.`])
  })
  it('copies with different manifests are not copies', async () => {
    const [near, far] = [make('file:./backups'), make()]
    putGateBackup(near, idOf(10))
    putGateBackup(far, idOf(10), { manifest: { notes: ['another'] } })
    expect((await ask([near, far])).decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
  })
  it('a failed drill counts wherever it is recorded', async () => {
    const [near, far] = [make('file:./backups'), make()]
    putGateBackup(near, idOf(10), { drills: [[2, 'failed']] })
    putGateBackup(far, idOf(10))
    expect((await ask([near, far])).decision.best?.faults).toMatchObject([{ kind: 'drill-failed' }])
  })
})

describe('a backup made for this very change', () => {
  const id = idOf(180)
  const made = { policy: { backupFromThisRun: id }, id }
  it('passes whatever dump and drill took, and for as long as any verdict', async () => {
    expect(await about({}, made)).toMatchObject({
      verdict: 'allowed',
      reason: expect.stringContaining('made for this change'),
      accepted: { until: new Date('2026-11-24T13:00:00Z') },
    })
  })
  it('passes up to a day only', async () => {
    const old = idOf(24 * 60 + 1)
    expect((await about({}, { policy: { backupFromThisRun: old }, id: old })).best?.faults).toMatchObject([
      { kind: 'old' },
    ])
  })
  it('must be proven like any other', async () => {
    expect((await about({ drills: [] }, made)).best?.faults).toMatchObject([{ kind: 'not-proven' }])
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
    const decision = await about({ manifest: { origin } }, { ...made, origin: here })
    expect(decision.best?.faults.map(({ kind }) => kind) ?? []).toEqual(passes ? [] : ['other-run'])
  })
  it('that is not there leaves the others', async () => {
    const decision = await about({}, { policy: { backupFromThisRun: id } })
    expect(decision).toMatchObject({ verdict: 'allowed', accepted: { id: idOf(10) } })
  })
})

describe('of several backups', () => {
  it('the newest that passes is taken, and newer ones say why not', async () => {
    const store = make()
    putGateBackup(store, idOf(30))
    putGateBackup(store, idOf(10), { drills: [] })
    const { decision } = await ask([store])
    expect(decision.accepted?.id).toBe(idOf(30))
    expect(decision.candidates.map(({ id, faults }) => [id, faults.length])).toEqual([
      [idOf(10), 1],
      [idOf(30), 0],
    ])
  })
  it('the best is the one that lacks least: a drill rather than age, age rather than what nothing mends', async () => {
    const store = make()
    putGateBackup(store, idOf(10), { marks: ['suspect'] })
    putGateBackup(store, idOf(20), { drills: [] })
    putGateBackup(store, idOf(90))
    expect((await ask([store])).decision.best?.id).toBe(idOf(20))
    store.objects.clear()
    putGateBackup(store, idOf(10), { marks: ['suspect'] })
    putGateBackup(store, idOf(90))
    expect((await ask([store])).decision.best?.id).toBe(idOf(90))
  })
  it('the best is never one of another database, however little else it lacks', async () => {
    const store = make()
    const blog = { manifest: { database: { ...sampleManifest().database, name: 'blog' } }, drills: [] }
    for (let n = 0; n < 3; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
    putGateBackup(store, idOf(90))
    expect((await ask([store])).decision.best).toMatchObject({ id: idOf(90), faults: [{ kind: 'old' }] })
  })
  it('all that the best one lacks is told', async () => {
    const decision = await about({ drills: [] }, { id: idOf(90) })
    expect(decision.best?.faults.map(({ kind }) => kind)).toEqual(['not-proven', 'old'])
  })
  it('one whose run began long ago, but waited for its snapshot, is as fresh as that', async () => {
    const store = make()
    const snapshot = { taken: minutesAgo(10).toISOString(), standby: false }
    putGateBackup(store, idOf(180), { manifest: { snapshot }, drills: [[175, 'proven']], modified: minutesAgo(8) })
    putGateBackup(store, idOf(20), { drills: [] })
    expect((await ask([store])).decision.accepted).toMatchObject({ id: idOf(180), ageSeconds: 600 })
  })
  it('manifests are read of those only that names do not rule out', async () => {
    const store = make()
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
    expect((await ask([watched])).decision.verdict).toBe('allowed')
    expect(read.every((key) => key.includes(idOf(10)))).toBe(true)
  })
  describe('of which more look good than are read', () => {
    const blog = { manifest: { database: { ...sampleManifest().database, name: 'blog' } } }
    const behind = async (others: number) => {
      const store = make()
      for (let n = 0; n < others; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
      putGateBackup(store, idOf(10))
      return (await ask([store])).decision
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
    const store = make()
    const blog = { name: 'blog', manifest: { name: 'blog', database: { ...sampleManifest().database, name: 'blog' } } }
    for (let n = 0; n < 25; n += 1) putGateBackup(store, idOf(5, n + 2), blog)
    putGateBackup(store, idOf(10))
    expect((await ask([store])).decision.accepted).toMatchObject({ id: idOf(10), name: 'shop' })
  })
})

describe('which database', () => {
  it('is known by its name alone where a server keeps its identifier to itself, and that is told', async () => {
    const decision = await about({}, { identify: async () => ({ database: 'shop' }) })
    expect(decision.accepted?.identity).toBe('database-name')
    expect(decision.warnings).toEqual([expect.stringContaining('by the name of the database only')])
  })
  it('is taken by the backups’ name where nothing else is given, and that is told', async () => {
    const decision = await about({}, { identify: async () => ({}) })
    expect(decision.accepted?.identity).toBe('backup-name')
    expect(decision.warnings).toEqual([expect.stringContaining('by the name of the backup (shop) only')])
  })
  it('must be said where a store holds several', async () => {
    const store = make()
    for (const name of ['shop', 'blog']) putGateBackup(store, idOf(10), { name })
    await expect(ask([store], { identify: async () => ({}) })).rejects.toMatchObject({ code: 'backup/ambiguous-name' })
    expect((await ask([store], { identify: async () => ({}), name: 'blog' })).decision.accepted?.name).toBe('blog')
  })
})

describe('a store that is down', () => {
  const down = (address: string): Store => ({
    ...make(address),
    list: () => {
      throw new Failure('redis/connection-refused', `no answer from ${address}`)
    },
  })
  it('does not count, and that is told', async () => {
    const near = make('file:./backups')
    putGateBackup(near, idOf(10))
    const { decision } = await ask([near, down('s3://far')])
    expect(decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
    expect(decision.warnings).toEqual([expect.stringContaining('s3://far cannot be read')])
  })
  it('is a failure, and no verdict, if it is the only one', async () => {
    await expect(ask([down('s3://far')])).rejects.toMatchObject({ code: 'redis/connection-refused' })
  })
})

describe('a gate that demands isolation', () => {
  const isolated = { policy: { requireIsolation: true } }
  it.each(['root', 'sudo', 'user-namespace', 'external'])('accepts a drill that ran by %s', async (isolation) => {
    expect(await about({ record: { isolation } }, isolated)).toMatchObject({ verdict: 'allowed' })
  })
  it.each(['none', 'something', undefined, true])(
    'does not accept a drill whose record states %s',
    async (isolation) => {
      const decision = await about({ record: { isolation } }, isolated)
      expect(decision.best?.faults).toEqual([{ kind: 'not-proven', sentence: 'its drill ran without isolation' }])
    },
  )
  it('without that demand, a drill without isolation counts', async () => {
    expect(await about({ record: { isolation: 'none' } })).toMatchObject({ verdict: 'allowed' })
  })
})

describe('a gate that compares with the record of runs', () => {
  const askWith = async (row: Partial<RunRow> | undefined, failure?: Failure) => {
    const [store, record] = [make(), memoryRecord()]
    const manifest = putGateBackup(store, idOf(10))
    const good = { manifest: manifestSha256(manifest), checksum: mainChecksum(manifest) }
    const run = {
      id: idOf(10),
      kind: 'platform',
      trigger: 'pre-migration',
      status: 'completed',
      startedAt: now,
    } as const
    if (row) record.rows.set(run.id, { ...run, ...good, ...row })
    record.failure = failure
    return (await ask([store], { openRecord: async () => record })).decision
  }

  it('lets a backup pass whose row has the same digests', async () => {
    expect((await askWith({})).verdict).toBe('allowed')
  })

  it.each([
    ['has another digest of the manifest', { manifest: 'f'.repeat(64) }, undefined],
    ['has another checksum', { checksum: 'f'.repeat(64) }, undefined],
    ['has no digest yet', { manifest: undefined, status: 'running' }, undefined],
    ['does not exist', undefined, undefined],
    ['cannot be read', {}, new Failure('postgres/connection-refused', 'nothing answers there')],
  ] as const)('refuses a backup whose row %s', async (_, row, failure) => {
    const decision = await askWith(row, failure)
    expect(decision).toMatchObject({ verdict: 'refused', refusedFor: 'backup' })
    expect(decision.best?.faults.map(({ kind }) => kind)).toEqual(['not-recorded'])
  })
})
