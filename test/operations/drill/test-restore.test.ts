// Drills on fakes: verdict, record, and the result if a drill fails or cannot run.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { Difference } from '../../../src/domain/fingerprint/fingerprint.ts'
import { lastDrill } from '../../../src/domain/gate/gate-faults.ts'
import { findBackup } from '../../../src/operations/catalogue/find-backup.ts'
import type { MemoryStore } from '../../support/memory-store.ts'
import { id, runDrill, scratchWorld, storeWithBackup } from './fake-drill.ts'

const difference: Difference = {
  what: 'table',
  name: 'public.t',
  sentence: 'public.t: 2 rows in the backup, 1 restored',
}

const drills = (store: MemoryStore) => [...store.objects.keys()].filter((key) => key.includes('/drills/'))
const rejected = async (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error) => error as Failure,
  )

describe('successful drills', () => {
  test('a successful drill is recorded as proven, with its phases and the restore time', async () => {
    const store = storeWithBackup()
    const { world, log } = scratchWorld()
    const { record, failure } = await runDrill([store], world)
    expect(failure).toBeUndefined()
    expect(record).toMatchObject({
      ...{
        format: 'resguardo-drill/1',
        backup: id,
        verdict: 'proven',
        rtoSeconds: 1,
        rows: 41,
        tables: 1,
        notes: ['a note'],
      },
      phases: [0, 0, 1, 2, 0].map((seconds) => ({ seconds })),
    })
    expect(drills(store)).toEqual([`shop/${id}/drills/20261124T020005Z-proven.json`])
    const manifest = store.objects.get(`shop/${id}/manifest.json`)?.content ?? ''
    expect(record.manifestSha256).toBe(createHash('sha256').update(manifest).digest('hex'))
    expect(log.dropped).toBe(1)
    expect(JSON.stringify(record)).not.toContain('secret')
  })

  test('the record is written to all stores, and a store that fails is a warning', async () => {
    const stores = [storeWithBackup(), storeWithBackup('memory:b')]
    const { world } = scratchWorld()
    for (const store of stores) store.cues = { failCreate: 1 }
    if (stores[1]) stores[1].cues = {}
    const { recorded } = await runDrill(stores, world)
    expect(recorded).toEqual(['memory:b'])
    expect(world.reporter.texts('warn')[0]).toContain('memory:a')
  })

  test('two drills in the same second get two records', async () => {
    const store = storeWithBackup()
    await runDrill([store], scratchWorld().world)
    await runDrill([store], scratchWorld({ load: async () => ['another note'] }).world)
    expect(drills(store)).toHaveLength(2)
  })
})

describe('failed drills', () => {
  test('the error names the first five differences, and the record contains all', async () => {
    const store = storeWithBackup()
    const many = Array.from({ length: 7 }, () => difference)
    const { world, log } = scratchWorld({ compare: async () => many })
    const { record, failure } = await runDrill([store], world)
    expect(failure).toMatchObject({
      code: 'drill/failed',
      message: expect.stringMatching(/public\.t: 2 rows.*and 2 more$/),
    })
    expect(record).toMatchObject({ verdict: 'failed', differences: many })
    expect(drills(store)).toEqual([`shop/${id}/drills/20261124T020005Z-failed.json`])
    expect(log.dropped).toBe(1)
  })

  test('a failed check of the user fails the drill', async () => {
    const { world } = scratchWorld({ checkSql: async () => ({ passed: false, detail: 'it gave no rows' }) })
    const { record } = await runDrill(
      [storeWithBackup()],
      { ...world, runUserCommand: async () => 3 },
      { checkSql: ['SELECT 1'], checkCommand: 'x' },
    )
    expect(record.verdict).toBe('failed')
    expect(record.checks.map(({ detail }) => detail)).toEqual(['it gave no rows', 'exit code 3'])
  })

  test('a restore error is recorded as a failed drill in every store', async () => {
    const stores = [storeWithBackup(), storeWithBackup('memory:b')]
    const { world, log } = scratchWorld({
      load: async () => {
        throw new Failure('restore/inconsistent-backup', 'the backup does not restore')
      },
    })
    const { record, failure } = await runDrill(stores, world)
    expect(record).toMatchObject({ verdict: 'failed', problem: 'the backup does not restore' })
    expect(failure?.code).toBe('drill/failed')
    expect(stores.map((store) => drills(store).length)).toEqual([1, 1])
    expect(log.dropped).toBe(1)
  })

  test.each(['load', 'compare'] as const)('an unknown error in %s is recorded as a failed drill', async (method) => {
    const store = storeWithBackup()
    const unknown = async () => {
      throw new Failure('tool/failed', 'pg_restore exited with 1: ERROR: it is odd', { hint: 'look' })
    }
    const { world, log } = scratchWorld({ [method]: unknown })
    const { record, failure } = await runDrill([store], world)
    expect(record).toMatchObject({ verdict: 'failed', problem: 'pg_restore exited with 1: ERROR: it is odd' })
    expect(failure).toMatchObject({ code: 'drill/failed', hint: 'look' })
    expect(drills(store)).toEqual([`shop/${id}/drills/20261124T020005Z-failed.json`])
    expect(log.dropped).toBe(1)
  })

  test('a damaged payload is recorded as a failed drill only in the store with that copy', async () => {
    const stores = [storeWithBackup(), storeWithBackup('memory:b')]
    const { world } = scratchWorld({
      load: async (_, payloads) => {
        for await (const _chunk of (await payloads[0]?.open()) ?? []);
        return []
      },
    })
    const content = stores[0]?.objects.get(`shop/${id}/database.dump.zst`)?.content
    content?.writeUInt8(0, 0)
    const { record } = await runDrill(stores, world)
    expect(record.verdict).toBe('failed')
    expect(stores.map((store) => drills(store).length)).toEqual([1, 0])
  })
})

describe('drills on a server without a required module', () => {
  const missing = new Failure('drill/missing-module', 'not drilled here: the scratch server lacks the module vectorset')
  const lacking = () =>
    scratchWorld({
      load: async () => {
        throw missing
      },
    })

  test('the backup is recorded as not drilled in every store, and the drill fails with the reason', async () => {
    const stores = [storeWithBackup(), storeWithBackup('memory:b')]
    const { world, log } = lacking()
    const { record, failure } = await runDrill(stores, world)
    expect(record).toMatchObject({ verdict: 'not-drilled', problem: missing.message, differences: [], checks: [] })
    expect(failure).toBe(missing)
    expect(stores.map(drills)).toEqual(Array(2).fill([`shop/${id}/drills/20261124T020005Z-not-drilled.json`]))
    expect(log.dropped).toBe(1)
  })

  test.each([
    ['does not count as a drill', undefined],
    ['does not replace an earlier proof', 'proven'],
    ['does not replace an earlier failure', 'failed'],
  ] as const)('a not-drilled record %s', async (_, before) => {
    const store = storeWithBackup()
    const earlier = scratchWorld(before === 'failed' ? { compare: async () => [difference] } : {})
    if (before) await runDrill([store], earlier.world)
    const { world } = lacking()
    world.clock.advance(60)
    await runDrill([store], world)
    const [place] = await findBackup([store], { backup: id })
    expect(place.entry.drills.map(({ verdict }) => verdict)).toEqual(before ? [before] : [])
    const now = new Date('2026-11-24T04:00:00Z')
    expect(lastDrill([{ address: store.address, entry: place.entry }], now)?.verdict).toBe(before)
  })
})

describe('drills that cannot run', () => {
  const tool = async () => {
    throw new Failure('disk/full', 'the disk is full')
  }
  test.each(['load', 'compare', 'checkSql'] as const)(
    'if the disk is full in %s, no record is written, and scratch is dropped',
    async (method) => {
      const store = storeWithBackup()
      const { world, log } = scratchWorld({ [method]: tool })
      expect(await rejected(runDrill([store], world, { checkSql: ['SELECT 1'] }))).toMatchObject({ code: 'disk/full' })
      expect(drills(store)).toEqual([])
      expect(log.dropped).toBe(1)
    },
  )

  test('if SHA256SUMS does not match the manifest, scratch is not created', async () => {
    const store = storeWithBackup()
    store.objects.get(`shop/${id}/SHA256SUMS`)?.content.write('0')
    const { world } = scratchWorld()
    const failure = await rejected(runDrill([store], { ...world, openScratch: tool as never }))
    expect(failure).toMatchObject({ code: 'store/object-damaged', message: expect.stringContaining('SHA256SUMS') })
    expect(drills(store)).toEqual([])
  })

  test('after an interruption, the failure is the interruption, not a later error', async () => {
    const stop = new AbortController()
    const { world, log } = scratchWorld({
      load: async () => {
        stop.abort(new Failure('interrupted', 'interrupted'))
        throw new Error('the pipe broke')
      },
    })
    expect((await rejected(runDrill([storeWithBackup()], { ...world, signal: stop.signal }))).code).toBe('interrupted')
    expect(log.dropped).toBe(1)
  })
})
