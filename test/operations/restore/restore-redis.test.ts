import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { requireRedis } from '../../../src/domain/manifest/manifest.ts'
import { backUpRedis } from '../../../src/operations/backup/back-up-redis.ts'
import { findCompanion } from '../../../src/operations/backup/find-companion.ts'
import { findBackup } from '../../../src/operations/catalogue/find-backup.ts'
import { readManifest } from '../../../src/operations/catalogue/read-manifest.ts'
import {
  type RestoreRedisOrder,
  restoreRedis,
  restoreRedisToFile,
} from '../../../src/operations/restore/restore-redis.ts'
import { fakeRedis, fakeRedisTarget, sampleRestored } from '../../support/fake-redis.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { memoryStore } from '../../support/memory-store.ts'

const settings = {
  trigger: 'manual',
  compressionLevel: 1,
  confirmBytes: 'auto',
  shrinkLimit: 50,
  keepDays: undefined,
  dumpOptions: { method: 'auto', patterns: [], databases: [], preferReplica: true },
} as const

async function prepared(recoveryPoint?: string) {
  const store = memoryStore()
  const world = fakeWorld()
  await backUpRedis({ ...settings, redis: fakeRedis(), stores: [store], name: 'redis', recoveryPoint }, world)
  const [found] = await findBackup([store], { backup: 'latest', kind: 'redis' })
  const manifest = requireRedis(await readManifest(store, found.entry))
  return { store, world, found: { ...found, manifest } }
}

function order(found: RestoreRedisOrder['found'], more: Partial<RestoreRedisOrder> = {}): RestoreRedisOrder {
  return {
    ...{ target: fakeRedisTarget(), found, mode: 'replace', patterns: [], resumeQueues: false, dryRun: false },
    choice: { byId: false, option: '--backup ID' },
    confirm: 'cache.example.com:6379',
    hooks: { before: [], after: [], health: undefined },
    safetyBackup: async () => 'the-safety-backup',
    ...more,
  }
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const thrown = await work.then(
    () => undefined,
    (error) => error,
  )
  expect(thrown).toBeInstanceOf(Failure)
  return thrown as Failure
}

describe('restores of Redis', () => {
  test('without the address as confirmation, the restore fails before it connects to the target', async () => {
    const { found, world } = await prepared()
    const target = fakeRedisTarget()
    const failure = await failureOf(restoreRedis(order(found, { target, confirm: 'cache' }), world))
    expect(failure).toMatchObject({
      code: 'restore/not-confirmed',
      hint: expect.stringContaining('--confirm cache.example.com:6379'),
    })
    expect(target.asked).toEqual([])
  })

  test('the preflight runs first, then the safety backup, then the restore', async () => {
    const { found, world } = await prepared()
    const target = fakeRedisTarget()
    const restoreResult = await restoreRedis(order(found, { target }), world)
    expect(target.asked).toEqual(['preflight', 'restore'])
    expect(restoreResult).toMatchObject({ done: true, safetyBackup: 'the-safety-backup', restored: sampleRestored })
    expect(target.requests[0]?.payloads.map(({ payload }) => payload.role)).toEqual(['rdb'])
  })

  test('in merge mode, no safety backup is made', async () => {
    const { found, world } = await prepared()
    const safetyBackup = async (): Promise<string> => {
      throw new Error('asked for')
    }
    expect((await restoreRedis(order(found, { mode: 'merge', safetyBackup }), world)).safetyBackup).toBeUndefined()
  })

  test('a dry run needs no confirmation and changes nothing', async () => {
    const { found, world } = await prepared()
    const target = fakeRedisTarget()
    const restoreResult = await restoreRedis(order(found, { target, dryRun: true, confirm: undefined }), world)
    expect(target.asked).toEqual(['preflight', 'plan'])
    expect(restoreResult).toMatchObject({ done: false, safetyBackup: undefined })
  })

  test('a blocked step of the preflight fails the restore before any change', async () => {
    const { found, world } = await prepared()
    const target = fakeRedisTarget({ steps: [{ title: 'The target is older than the backup', state: 'blocked' }] })
    const failure = await failureOf(restoreRedis(order(found, { target }), world))
    expect(failure.code).toBe('restore/blocked')
    expect(failure.details.join()).toContain('older than the backup')
    expect(target.asked).toEqual(['preflight'])
  })

  test('if the restore fails, the hint names the safety backup', async () => {
    const { found, world } = await prepared()
    const fails = new Failure('redis/out-of-memory', 'out of memory after 3 of 5 keys', { hint: 'Raise maxmemory.' })
    const failure = await failureOf(restoreRedis(order(found, { target: fakeRedisTarget({ fails }) }), world))
    expect(failure.message).toBe('out of memory after 3 of 5 keys')
    expect(failure.hint).toMatch(/^Raise maxmemory\. The earlier data is in backup the-safety-backup/)
  })

  test('a damaged backup fails the restore before the preflight', async () => {
    const { store, found, world } = await prepared()
    const [key, object] = [...store.objects].find(([name]) => name.endsWith('SHA256SUMS')) ?? []
    if (!key || !object) throw new Error('no sums')
    store.objects.set(key, { ...object, content: Buffer.from(object.content.toString().replace(/^./, 'x')) })
    const target = fakeRedisTarget()
    expect((await failureOf(restoreRedis(order(found, { target }), world))).code).toBe('store/object-damaged')
    expect(target.asked).toEqual([])
  })
})

test('a restore to a file passes the verified payloads and the path to the writer', async () => {
  const { found, world } = await prepared()
  const given: unknown[] = []
  const wrote = await restoreRedisToFile(
    {
      ...{ found, path: '/r/dump.rdb', address: undefined },
      write: async (request) => {
        given.push(request.path, request.payloads.length)
        return { files: [request.path], next: ['Start it.'] }
      },
    },
    world,
  )
  expect(given).toEqual(['/r/dump.rdb', 1])
  expect(wrote).toMatchObject({ files: ['/r/dump.rdb'], manifest: { kind: 'redis' } })
})

describe('search for a companion backup', () => {
  test('a companion backup is found by its recovery point', async () => {
    const { store, found, world } = await prepared('night-1')
    world.clock.advance(60)
    await backUpRedis(
      { ...settings, redis: fakeRedis(), stores: [store], name: 'redis', recoveryPoint: 'night-2' },
      world,
    )
    const manifest = await readManifest(store, found.entry)
    const companions = await findCompanion([found], manifest, 'redis', world)
    expect(companions.entry.id.text).toBe(manifest.id)
    const other = await findCompanion([found], { ...manifest, recoveryPoint: 'night-2' }, 'redis', world)
    expect(other.entry.id.text).not.toBe(manifest.id)
  })

  test('a missing companion backup is a failure with a hint', async () => {
    const { found, world, store } = await prepared('night-1')
    const manifest = { ...(await readManifest(store, found.entry)), recoveryPoint: 'night-3' }
    const failure = await failureOf(findCompanion([found], manifest, 'redis', world))
    expect(failure).toMatchObject({ code: 'backup/no-companion', hint: expect.stringContaining(manifest.id) })
  })
})
