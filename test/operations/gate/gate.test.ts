// The gate's decision: which changes need a backup, and which database, stores, drills and records it accepts.
import { describe, expect, it } from 'vitest'
import { mainChecksum } from '../../../src/domain/backups/main-checksum.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { GateChange } from '../../../src/domain/gate/gate.ts'
import { manifestSha256 } from '../../../src/domain/manifest/manifest-json.ts'
import { findMigrations } from '../../../src/domain/migrations/find-migrations.ts'
import type { Store } from '../../../src/ports/common.ts'
import type { RunRow } from '../../../src/ports/record.ts'
import { putGateBackup } from '../../support/gate-backups.ts'
import { memoryRecord } from '../../support/memory-record.ts'
import { askGate, changeOf, commits, decideAbout, idOf, makeStore, now } from './gate-decision.ts'

describe('changes without migrations', () => {
  const unasked = async () => {
    throw new Error('asked for what it does not need')
  }
  it('no backup is needed, and neither stores nor database are read', async () => {
    const { decision } = await askGate([], { change: changeOf('src/a.ts'), openStores: unasked, identify: unasked })
    expect(decision).toMatchObject({
      verdict: 'not-needed',
      reason: 'no migrations among 1 changed file',
      candidates: [],
    })
  })
  it('without a base commit to compare with, a backup is needed', async () => {
    expect((await askGate([makeStore()], { change: undefined })).decision.verdict).toBe('refused')
  })
})

describe('edits of migrations that exist in the base', () => {
  const change: GateChange = {
    ...commits,
    ...findMigrations([{ change: 'edited', path: 'migrations/1.js', sort: 'file' }]),
  }
  it('an edit is a warning by default', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    const { decision } = await askGate([store], { change })
    expect(decision.verdict).toBe('allowed')
    expect(decision.warnings).toEqual([
      expect.stringContaining('edited a migration that its base already has: "migrations/1.js"'),
    ])
  })
  it('an edit is refused with edited: refuse, even with a good backup', async () => {
    const store = makeStore()
    putGateBackup(store, idOf(10))
    const { decision } = await askGate([store], { change, edited: 'refuse' })
    expect(decision).toMatchObject({ verdict: 'refused', refusedFor: 'edited' })
  })
})

it('a recent, proven, off-site backup of the same database is accepted', async () => {
  const store = makeStore()
  putGateBackup(store, idOf(10))
  const { decision, places } = await askGate([store])
  expect(decision).toMatchObject({
    verdict: 'allowed',
    reason: `${idOf(10)} is 10 min old, proven by a drill, in s3://far`,
    accepted: { id: idOf(10), ageSeconds: 600, identity: 'server', until: new Date('2026-11-24T12:50:00Z') },
    warnings: [],
  })
  expect(places.map(({ store: { address } }) => address)).toEqual(['s3://far'])
})

describe('identification of the database', () => {
  it('without a system identifier, only the database name is compared, with a warning', async () => {
    const decision = await decideAbout({}, { identify: async () => ({ database: 'shop' }) })
    expect(decision.accepted?.identity).toBe('database-name')
    expect(decision.warnings).toEqual([expect.stringContaining('by the name of the database only')])
  })
  it('without a database name, the name of the backups is used, with a warning', async () => {
    const decision = await decideAbout({}, { identify: async () => ({}) })
    expect(decision.accepted?.identity).toBe('backup-name')
    expect(decision.warnings).toEqual([expect.stringContaining('by the name of the backup (shop) only')])
  })
  it('with several names in a store, a name must be given', async () => {
    const store = makeStore()
    for (const name of ['shop', 'blog']) putGateBackup(store, idOf(10), { name })
    await expect(askGate([store], { identify: async () => ({}) })).rejects.toMatchObject({
      code: 'backup/ambiguous-name',
    })
    expect((await askGate([store], { identify: async () => ({}), name: 'blog' })).decision.accepted?.name).toBe('blog')
  })
})

describe('stores that are down', () => {
  const down = (address: string): Store => ({
    ...makeStore(address),
    list: () => {
      throw new Failure('redis/connection-refused', `no answer from ${address}`)
    },
  })
  it('a copy in a store that is down does not count, and a warning names the store', async () => {
    const near = makeStore('file:./backups')
    putGateBackup(near, idOf(10))
    const { decision } = await askGate([near, down('s3://far')])
    expect(decision.best?.faults).toMatchObject([{ kind: 'on-site' }])
    expect(decision.warnings).toEqual([expect.stringContaining('s3://far cannot be read')])
  })
  it('if the only store is down, the gate fails without a verdict', async () => {
    await expect(askGate([down('s3://far')])).rejects.toMatchObject({ code: 'redis/connection-refused' })
  })
})

describe('isolation requirement', () => {
  const isolated = { policy: { requireIsolation: true } }
  it.each(['root', 'sudo', 'user-namespace', 'external'])('a drill isolated by %s is accepted', async (isolation) => {
    expect(await decideAbout({ record: { isolation } }, isolated)).toMatchObject({ verdict: 'allowed' })
  })
  it.each(['none', 'something', undefined, true])('a drill with isolation %s is refused', async (isolation) => {
    const decision = await decideAbout({ record: { isolation } }, isolated)
    expect(decision.best?.faults).toEqual([{ kind: 'not-proven', sentence: 'its drill ran without isolation' }])
  })
  it('a drill without isolation is accepted if isolation is not required', async () => {
    expect(await decideAbout({ record: { isolation: 'none' } })).toMatchObject({ verdict: 'allowed' })
  })
})

describe('comparison with the run table', () => {
  const askWith = async (row: Partial<RunRow> | undefined, failure?: Failure) => {
    const [store, record] = [makeStore(), memoryRecord()]
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
    return (await askGate([store], { openRecord: async () => record })).decision
  }

  it('a backup with the same digests as its row is accepted', async () => {
    expect((await askWith({})).verdict).toBe('allowed')
  })

  it.each([
    ['has another manifest digest', { manifest: 'f'.repeat(64) }, undefined],
    ['has another checksum', { checksum: 'f'.repeat(64) }, undefined],
    ['has no digest yet', { manifest: undefined, status: 'running' }, undefined],
    ['does not exist', undefined, undefined],
    ['cannot be read', {}, new Failure('postgres/connection-refused', 'nothing answers there')],
  ] as const)('a backup is refused if its row %s', async (_, row, failure) => {
    const decision = await askWith(row, failure)
    expect(decision).toMatchObject({ verdict: 'refused', refusedFor: 'backup' })
    expect(decision.best?.faults.map(({ kind }) => kind)).toEqual(['not-recorded'])
  })
})
