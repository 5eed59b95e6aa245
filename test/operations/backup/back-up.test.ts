import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { parseManifest } from '../../../src/domain/manifest/manifest-json.ts'
import { type BackUpRequest, backUp } from '../../../src/operations/backup/back-up.ts'
import type { DumpRequest } from '../../../src/ports/platform.ts'
import { fakePlatform } from '../../support/fake-platform.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'

const everything = {
  schemas: [],
  excludeSchemas: [],
  tables: [],
  excludeTables: [],
  excludeTableData: [],
  parts: 'all' as const,
}

function request(stores: MemoryStore[], more: Partial<BackUpRequest> = {}): BackUpRequest {
  return {
    platform: fakePlatform(),
    stores,
    name: undefined,
    trigger: 'manual',
    dump: { format: 'custom', selection: everything, jobs: 1, sourceCounts: true, globals: true, lockTimeout: 5 },
    compressionLevel: 1,
    confirmBytes: 'auto',
    shrinkLimit: 50,
    allowEmpty: false,
    keepDays: undefined,
    recoveryPoint: undefined,
    ...more,
  }
}

const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
  const thrown = await work.then(
    () => undefined,
    (error) => error,
  )
  expect(thrown).toBeInstanceOf(Failure)
  return thrown as Failure
}

const prefix = 'shop/20261124T020005Z-platform-manual-000001/'
const files = (store: MemoryStore): string[] => [...store.objects.keys()].map((key) => key.replace(prefix, '')).sort()

describe('files and confirmation of a backup', () => {
  test('each store contains the payloads, SHA256SUMS and a manifest with the digests', async () => {
    const stores = [memoryStore({ address: 'memory:a' }), memoryStore({ address: 'memory:b' })]
    const done = await backUp(request(stores), fakeWorld())
    for (const store of stores) {
      expect(files(store)).toEqual(['SHA256SUMS', 'database.dump.zst', 'globals.sql.zst', 'manifest.json'])
      const manifest = parseManifest(store.objects.get(`${prefix}manifest.json`)?.content.toString() ?? '')
      for (const payload of manifest.payloads) {
        const content = store.objects.get(prefix + payload.file)?.content ?? Buffer.alloc(0)
        expect(createHash('sha256').update(content).digest('hex')).toBe(payload.sha256)
        expect(store.objects.get(`${prefix}SHA256SUMS`)?.content.toString()).toContain(
          `${payload.sha256}  ${payload.file}\n`,
        )
      }
    }
    expect(done.stores).toEqual([
      { address: 'memory:a', confirmed: 'digest' },
      { address: 'memory:b', confirmed: 'digest' },
    ])
  })

  test('the ID contains the time at which the backup lock was acquired, not the time before the wait', async () => {
    const world = fakeWorld()
    const platform = fakePlatform()
    const waiting = {
      ...platform,
      openDump: async (asked: DumpRequest) => {
        asked.backupLock?.note('Waiting for another run.')
        world.clock.advance(3600)
        await asked.backupLock?.onLockAcquired()
        world.clock.advance(5)
        return platform.openDump(asked)
      },
    }
    const { manifest } = await backUp(request([memoryStore()], { platform: waiting, waitForOtherRun: 7200 }), world)
    expect([manifest.id, manifest.started]).toEqual([
      '20261124T030005Z-platform-manual-000001',
      '2026-11-24T03:00:05.000Z',
    ])
    expect(world.reporter.texts('note')).toContain('Waiting for another run.')
    expect(platform.requests[0]?.backupLock?.seconds).toBe(7200)
  })

  test('without a wait time, no backup lock is requested', async () => {
    const platform = fakePlatform()
    await backUp(request([memoryStore()], { platform }), fakeWorld())
    expect(platform.requests[0]).not.toHaveProperty('backupLock')
  })

  test('the manifest is written after all other objects', async () => {
    const store = memoryStore()
    await backUp(request([store], { keepDays: 90 }), fakeWorld())
    expect([...store.objects.keys()].at(-1)).toBe(`${prefix}manifest.json`)
    expect(files(store)).toContain('keep-until-2027-02-22')
  })

  test('without digests from the store, payloads are read back, and a corrupt payload fails the backup', async () => {
    const store = memoryStore({ digestConfirmed: false, corrupt: 'database.dump.zst' })
    const failure = await failureOf(backUp(request([store]), fakeWorld()))
    expect(failure.code).toBe('store/object-damaged')
    expect(failure.message).toContain('database.dump.zst')
    expect(files(store)).toEqual([])
  })

  test('with full confirmation, payloads are read back even if the store returned a digest', async () => {
    const store = memoryStore({ corrupt: 'database.dump.zst' })
    const failure = await failureOf(backUp(request([store], { confirmBytes: 'full' }), fakeWorld()))
    expect(failure.code).toBe('store/object-damaged')
  })
})

describe('failures during a backup', () => {
  test('if the dump fails, no object stays in any store, and the failure of the dump is reported', async () => {
    const stores = [memoryStore(), memoryStore()]
    const breaks = new Failure('tool/failed', 'pg_dump exited with 1')
    const platform = fakePlatform({ breaks, content: Buffer.alloc(3_000_000, 'x') })
    const failure = await failureOf(backUp(request(stores, { platform }), fakeWorld()))
    expect(failure).toBe(breaks)
    for (const store of stores) expect([files(store), [...store.unfinished]]).toEqual([[], []])
    expect(platform.closed).toBeGreaterThan(0)
  })

  test('if the dump does not match the row counts, the backup fails, and no object stays in the store', async () => {
    const store = memoryStore()
    const platform = fakePlatform({
      disagrees: new Failure('postgres/dump-mismatch', 'public."Tenant" has 2 rows, the dump 1'),
    })
    const failure = await failureOf(backUp(request([store], { platform }), fakeWorld()))
    expect([failure.kind, files(store)]).toEqual(['integrity', []])
  })

  test.each(['failWrite', 'failFinish', 'failCreate'] as const)(
    'if one of two stores fails (%s), the other keeps the backup, and the hint is an upload command',
    async (cue) => {
      const good = memoryStore({ address: 'memory:good' })
      const bad = memoryStore({ address: 'memory:bad', [cue]: 1 })
      const failure = await failureOf(backUp(request([bad, good]), fakeWorld()))
      expect(failure.code).toBe('s3/unreachable')
      expect(failure.hint).toContain(
        'upload 20261124T020005Z-platform-manual-000001 --name shop --from memory:good --to memory:bad',
      )
      expect(files(good)).toContain('manifest.json')
      expect(files(bad)).toEqual([])
      expect([...bad.unfinished]).toEqual([])
    },
  )

  test('a store that fails its check is skipped with a warning, and the run fails after the backup', async () => {
    const good = memoryStore()
    const world = fakeWorld()
    const failure = await failureOf(
      backUp(request([memoryStore({ address: 'memory:bad', failCheck: true }), good]), world),
    )
    expect(failure.message).toContain('memory:bad')
    expect(files(good)).toContain('manifest.json')
    expect(world.reporter.texts('warn').join()).toContain('memory:bad')
  })

  test('if all stores fail, the failure of the first store is reported', async () => {
    const failure = await failureOf(
      backUp(request([memoryStore({ failFinish: 1 }), memoryStore({ failFinish: 1 })]), fakeWorld()),
    )
    expect([failure.kind, failure.message.includes('on cue')]).toEqual(['unreachable', true])
  })

  test('after an interruption, no object stays in the store, even if a write stalls', async () => {
    const interrupted = new AbortController()
    const store = memoryStore({ stallWrite: 1 })
    const work = backUp(request([store]), fakeWorld({ signal: interrupted.signal }))
    setTimeout(() => interrupted.abort(new Failure('interrupted', 'interrupted by SIGINT')), 50)
    const failure = await failureOf(work)
    expect([failure.kind, files(store), [...store.unfinished]]).toEqual(['interrupted', [], []])
  })
})

describe('checks of tables and row counts', () => {
  test('a database without tables is refused', async () => {
    const store = memoryStore()
    const failure = await failureOf(backUp(request([store], { platform: fakePlatform({ tables: 0 }) }), fakeWorld()))
    expect([failure.kind, files(store)]).toEqual(['refused', []])
    expect(failure.hint).toContain('--allow-empty')
  })

  test('with allowEmpty, a backup without tables is stored and marked suspect', async () => {
    const store = memoryStore()
    await backUp(request([store], { platform: fakePlatform({ tables: 0 }), allowEmpty: true }), fakeWorld())
    expect(files(store)).toContain('suspect')
  })

  test('a large drop in rows marks a backup suspect, and the next one is compared with the last good one', async () => {
    const store = memoryStore()
    const world = fakeWorld()
    await backUp(request([store]), world)
    world.clock.advance(60)
    await backUp(request([store], { platform: fakePlatform({ rows: 49 }) }), world)
    world.clock.advance(60)
    const third = await backUp(request([store], { platform: fakePlatform({ rows: 49 }) }), world)
    expect([...store.objects.keys()].filter((key) => key.endsWith('/suspect'))).toHaveLength(2)
    expect(third.manifest.suspect).toContain('51%')
  })

  test('the manifest of the previous backup is read before the dump starts', async () => {
    const store = memoryStore()
    const world = fakeWorld()
    await backUp(request([store]), world)
    world.clock.advance(60)
    const { promise, resolve } = Promise.withResolvers<void>()
    const watched: MemoryStore = {
      ...store,
      readUnverified(key, options) {
        if (key.endsWith('manifest.json')) resolve()
        return store.readUnverified(key, options)
      },
    }
    const platform = fakePlatform({ rows: 49, startsAfter: promise })
    expect((await backUp(request([watched], { platform }), world)).manifest.suspect).toContain('51%')
  })

  test('a backup of selected tables is not compared with an earlier backup', async () => {
    const store = memoryStore()
    const world = fakeWorld()
    await backUp(request([store]), world)
    world.clock.advance(60)
    const part = { ...request([store]).dump, selection: { ...everything, tables: ['public."Tenant"'] } }
    const done = await backUp(request([store], { platform: fakePlatform({ rows: 1 }), dump: part }), world)
    expect(done.manifest.suspect).toBeUndefined()
  })
})
