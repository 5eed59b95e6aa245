import { describe, expect, test } from 'vitest'
import { nightly } from '../../../src/commands/nightly/nightly.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import type { Scratch } from '../../../src/ports/drill.ts'
import { type FakePlatform, fakePlatform } from '../../support/fake-platform.ts'
import { type FakeWorld, fakeWorld } from '../../support/fakes.ts'
import { completed } from '../../support/lists.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { linesOf } from '../../support/report-text.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T02:00:05Z')
const made = '20261124T020005Z-platform-scheduled-000001'
const daysAgo = (days: number) => idText(new Date(now.getTime() - days * 86_400_000), 'scheduled', days)
const byDrill = { drill: 'true' }

/** A store with backups of the last days and one that is past its time. */
function storeWithPast(address: string, name = 'shop'): MemoryStore {
  const store = memoryStore({ address, now: () => now })
  for (const days of [1, 2, 3, 40]) putBackup(store, daysAgo(days), { name })
  return store
}

function scratch(more: Partial<Scratch> = {}): Scratch {
  return {
    url: 'postgresql://postgres:secret@127.0.0.1:1/shop',
    display: 'shop on 127.0.0.1:1',
    isolation: { isolation: 'root', reasons: [] },
    openPort: async () => ({ url: 'postgresql://postgres:secret@127.0.0.1:1/shop', close: async () => {} }),
    load: async () => [],
    compare: async () => [],
    checkSql: async () => ({ passed: true, detail: 'true' }),
    drop: async () => {},
    ...more,
  }
}

interface Night {
  readonly platform?: FakePlatform
  readonly world?: Partial<FakeWorld>
}

function night(stores: readonly MemoryStore[], given: Record<string, string> = {}, { platform, world }: Night = {}) {
  const texts: Record<string, string | string[]> = {
    'database-url': 'postgresql://localhost/shop',
    store: stores.map(({ address }) => address),
    ...given,
  }
  const values = parseInputs(completed(nightly).inputs, (name) =>
    texts[name] === undefined ? undefined : { text: texts[name], from: name },
  )
  const byAddress = new Map(stores.map((store) => [store.address, store]))
  const all = fakeWorld({
    openStore: async (address) => byAddress.get(address) ?? Promise.reject(new Error(`no ${address}`)),
    openPlatform: async () => platform ?? fakePlatform(),
    openScratch: async () => scratch(),
    ...world,
  })
  return nightly.run(values, all).then((outcome) => ({ ...outcome, lines: linesOf(outcome) }))
}

const broken = (given: Record<string, string>): readonly string[] => {
  const texts: Record<string, string> = { 'database-url': 'postgresql://localhost/shop', ...given }
  const values = parseInputs(completed(nightly).inputs, (name) =>
    texts[name] === undefined ? undefined : { text: texts[name], from: name },
  )
  return nightly.check?.(values, fakeWorld()) ?? []
}

const backups = (store: MemoryStore, name = 'shop') =>
  [...store.objects.keys()]
    .filter((key) => key.startsWith(`${name}/`) && key.endsWith('/manifest.json'))
    .map((key) => key.split('/')[1])
const drills = (store: MemoryStore) => [...store.objects.keys()].filter((key) => key.includes('/drills/'))

describe('a night', () => {
  test('backs up, drills that very backup in every store, and prunes', async () => {
    const stores = [storeWithPast('memory:a'), storeWithPast('memory:b')]
    const { outputs, failure, lines, document } = await night(stores, byDrill)
    expect(failure).toBeUndefined()
    expect(outputs).toMatchObject({ 'backup-id': made, verdict: 'proven', differences: 0, removed: 2, kept: 8 })
    for (const store of stores) {
      expect(drills(store)).toEqual([`shop/${made}/drills/20261124T020005Z-proven.json`])
      expect(backups(store)).toEqual([daysAgo(1), daysAgo(2), daysAgo(3), made])
    }
    expect(lines.join('\n')).toMatch(/^Backup \S+\n.*Proven: .*1 backup removed/s)
    expect(lines.join('\n')).not.toContain('To prove the backup')
    expect(document).toMatchObject({
      backup: { backup: made },
      drill: { verdict: 'proven' },
      prune: { stores: [{ store: 'memory:a' }, { store: 'memory:b' }] },
    })
  })

  test('is refused where every store goes with the runner, and not where one stays', async () => {
    const lost = storeWithPast('file:./backups')
    const before = lost.objects.size
    const failure = await night([lost], {}, { world: { ephemeral: true } }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'store/ephemeral', hint: expect.stringContaining('s3://') })
    expect(lost.objects.size).toBe(before)
    const outcome = await night([lost, storeWithPast('s3://b/r')], {}, { world: { ephemeral: true } })
    expect(outcome.outputs['backup-id']).toBe(made)
  })

  test('has no drill unless asked for, and says how to make one', async () => {
    const { outputs, lines, document } = await night([storeWithPast('memory:a')])
    expect(outputs).toMatchObject({ verdict: undefined, 'rto-seconds': undefined, removed: 1 })
    expect(lines).toContain(`  resguardo test-restore ${made} --name shop --store memory:a`)
    expect(document).toMatchObject({ drill: null })
  })

  test('prunes nothing if told so', async () => {
    const store = storeWithPast('memory:a')
    const { outputs, lines, document } = await night([store], { prune: 'false' })
    expect(outputs).toMatchObject({ removed: undefined, kept: undefined, 'freed-bytes': undefined })
    expect([backups(store).length, document]).toEqual([5, expect.objectContaining({ prune: null })])
    expect(lines.join()).not.toContain('pruned')
  })

  test('leaves the backups of other databases in the same store alone', async () => {
    const store = storeWithPast('memory:a')
    for (const days of [1, 2, 3, 40]) putBackup(store, daysAgo(days), { name: 'blog' })
    expect((await night([store])).outputs).toMatchObject({ removed: 1, kept: 4 })
    expect(backups(store, 'blog')).toHaveLength(4)
  })

  test('dumps as `dump` does where the number of workers is not given, and waits for other runs', async () => {
    const platform = fakePlatform()
    await night([memoryStore({ address: 'memory:a' })], {}, { platform })
    expect(platform.requests).toMatchObject([{ jobs: 2, backupLock: { seconds: 14_400 } }])
  })
})

describe('the report of a night', () => {
  const reported = async (given: Record<string, string>, more: Night = {}) =>
    JSON.stringify((await night([storeWithPast('memory:a')], given, more)).report)

  test('has the parts of the steps that were taken, in order', async () => {
    expect(await reported(byDrill)).toMatch(/Backup 2026.*Proven: 2026.*Pruned/)
    expect(await reported({ prune: 'false' })).not.toMatch(/Proven: |Pruned|pruned/)
  })

  test('asks for a proof only where no drill gave a verdict', async () => {
    const difference = { what: 'table', name: 'public.t', sentence: 'public.t differs' } as const
    const world = { openScratch: async () => scratch({ compare: async () => [difference] }) }
    expect(await reported({})).toContain('To prove the backup')
    expect(await reported(byDrill)).not.toContain('To prove the backup')
    expect(await reported(byDrill, { world })).not.toContain('To prove the backup')
  })

  test('says that nothing was pruned, where a step before it failed', async () => {
    const openScratch = async () => {
      throw new Failure('drill/no-server', 'no PostgreSQL server is installed')
    }
    expect(await reported(byDrill, { world: { openScratch } })).toContain('Nothing was pruned')
  })
})

describe('a night in which something fails', () => {
  const difference = {
    what: 'table',
    name: 'public.t',
    sentence: 'public.t: 2 rows in the backup, 1 restored',
  } as const

  test('with a drill that finds a difference prunes nothing, shows what was done, and fails', async () => {
    const store = storeWithPast('memory:a')
    const world = { openScratch: async () => scratch({ compare: async () => [difference] }) }
    const { outputs, failure, lines } = await night([store], byDrill, { world })
    expect(failure).toMatchObject({
      code: 'drill/failed',
      exitCode: 4,
      message: expect.stringContaining('public.t: 2 rows'),
    })
    expect(outputs).toMatchObject({ 'backup-id': made, verdict: 'failed', differences: 1, removed: undefined })
    expect(backups(store)).toHaveLength(5)
    expect(lines.at(-1)).toBe('Nothing was pruned, because an earlier step failed')
  })

  test('with a drill that cannot be done keeps everything and says that the backup is stored', async () => {
    const store = storeWithPast('memory:a')
    const openScratch = async () => {
      throw new Failure('drill/no-server', 'no PostgreSQL server is installed', { hint: 'Install one.' })
    }
    const { failure, outputs, document } = await night([store], byDrill, { world: { openScratch } })
    expect(failure).toMatchObject({
      code: 'drill/no-server',
      message: `${made} is stored, but could not be drilled: no PostgreSQL server is installed`,
      hint: 'Install one.',
    })
    expect(outputs).toMatchObject({ 'backup-id': made, verdict: undefined })
    expect(document).toMatchObject({ drill: { failure: { code: 'drill/no-server' } }, prune: null })
    expect(backups(store)).toHaveLength(5)
  })

  test('with one store down drills what the other holds, prunes neither, and says how to repair it', async () => {
    const [down, up] = [storeWithPast('memory:down'), storeWithPast('memory:up')]
    down.cues = { failFinish: 1 }
    const { failure, outputs } = await night([down, up], byDrill)
    expect(failure).toMatchObject({
      code: 's3/unreachable',
      hint: expect.stringContaining('--from memory:up --to memory:down'),
    })
    expect(outputs).toMatchObject({ verdict: 'proven', path: `memory:up/shop/${made}/`, removed: undefined })
    expect([drills(down).length, drills(up).length]).toEqual([0, 1])
    expect([backups(down).length, backups(up).length]).toEqual([4, 5])
  })

  test('with a store down and a failed drill is one of integrity, and tells both', async () => {
    const [down, up] = [storeWithPast('memory:down'), storeWithPast('memory:up')]
    down.cues = { failFinish: 1 }
    const world = { openScratch: async () => scratch({ compare: async () => [difference] }) }
    const { failure } = await night([down, up], byDrill, { world })
    expect(failure?.code).toBe('drill/failed')
    expect(failure?.message).toMatch(/public\.t: 2 rows.*memory:down failed/)
  })

  test('with pruning that fails keeps the backup and says so', async () => {
    const store = storeWithPast('memory:a')
    store.now = async () => new Date(now.getTime() + 7_200_000)
    const { failure, outputs } = await night([store])
    expect(failure).toMatchObject({
      code: 'prune/clock-skew',
      message: expect.stringMatching(`^${made} is stored, but pruning failed: this machine's clock`),
    })
    expect(outputs).toMatchObject({ 'backup-id': made, removed: 0 })
    expect(backups(store)).toContain(made)
  })

  test('with a dump that fails has nothing to drill or prune', async () => {
    const store = storeWithPast('memory:a')
    const platform = fakePlatform({ breaks: new Failure('tool/failed', 'pg_dump exited with 1') })
    await expect(night([store], byDrill, { platform })).rejects.toMatchObject({ code: 'tool/failed' })
    expect(backups(store)).toHaveLength(4)
  })

  test('interrupted in its drill ends as interrupted, with the backup stored', async () => {
    const store = storeWithPast('memory:a')
    const stop = new AbortController()
    const load = async () => {
      stop.abort(new Failure('interrupted', 'interrupted by SIGINT'))
      throw new Error('the pipe broke')
    }
    const world = { signal: stop.signal, openScratch: async () => scratch({ load }) }
    await expect(night([store], byDrill, { world })).rejects.toMatchObject({ code: 'interrupted' })
    expect(backups(store)).toHaveLength(5)
  })
})

describe('the inputs of a night', () => {
  test('keep the rules of their steps', () => {
    expect(broken({ drill: 'true', 'scratch-url': 'postgresql://x/y' }).join()).toContain('scratch-database')
    expect(broken({ drill: 'true', parts: 'data-only' }).join()).toContain('--parts data-only')
    expect(broken({ store: 's3://b', 's3-access-key-id': 'x' }).join()).toContain('s3-secret-access-key')
    expect(broken({ name: '../x' }).join()).toContain('name:')
  })
  test('do not ask for what a step needs that is not taken', () => {
    expect(broken({ 'scratch-url': 'postgresql://x/y', parts: 'data-only' })).toEqual([])
  })
  test('call it scheduled unless told otherwise', () => {
    expect(nightly.inputs.trigger.fallback).toBe('scheduled')
  })
})
