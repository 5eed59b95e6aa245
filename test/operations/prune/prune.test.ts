// Pruning stores: what goes, in which order, and what never goes.
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { defaultPolicy } from '../../../src/domain/retention/retention.ts'
import { backupKinds } from '../../../src/kinds/kinds.ts'
import { type PruneRequest, prune } from '../../../src/operations/prune/prune.ts'
import type { Leftover, Store } from '../../../src/ports/common.ts'
import { fakeClock, recordingReporter } from '../../support/fakes.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3600_000)
const daily = (count: number) => Array.from({ length: count }, (_, day) => idText(hoursAgo(day * 24), 'scheduled', day))

function store(address = 'memory:'): MemoryStore {
  return memoryStore({ address, now: () => now })
}

function filled(count: number, address?: string): MemoryStore {
  const made = store(address)
  for (const id of daily(count)) putBackup(made, id)
  return made
}

async function run(stores: Store[], differs: Partial<PruneRequest> = {}) {
  const reporter = recordingReporter()
  const results = await prune({
    kinds: backupKinds,
    stores,
    policy: defaultPolicy,
    dryRun: false,
    strict: true,
    clock: fakeClock(now),
    reporter,
    signal: new AbortController().signal,
    ...differs,
  })
  return { results, reporter }
}

/** Keys in the order in which the store was told to remove them. */
function watched(inner: MemoryStore): { store: Store; removed: string[] } {
  const removed: string[] = []
  return {
    removed,
    store: {
      ...inner,
      remove(keys) {
        removed.push(...keys)
        return inner.remove(keys)
      },
    },
  }
}

const backupsIn = (inner: MemoryStore) =>
  [...inner.objects.keys()].filter((key) => key.endsWith('manifest.json')).length

describe('pruning', () => {
  it('removes complete backups that the policy does not keep, manifests first, oldest first', async () => {
    const inner = filled(33)
    const { store: seen, removed } = watched(inner)
    const { results } = await run([seen])
    const [oldest, older] = daily(33).slice(-2).reverse()
    expect(removed).toEqual(
      [['manifest.json'], ['SHA256SUMS', 'database.dump.zst']].flatMap((files) =>
        [oldest, older].flatMap((id) => files.map((file) => `shop/${id}/${file}`)),
      ),
    )
    expect(backupsIn(inner)).toBe(31)
    expect(results).toMatchObject([{ removed: [{ complete: true }, { complete: true }], failures: [], retained: [] }])
    expect(results[0]?.freed).toBeGreaterThan(2000)
  })
  it('in a dry run removes nothing and says what would go', async () => {
    const inner = filled(33)
    const { store: seen, removed } = watched(inner)
    const { results, reporter } = await run([seen], { dryRun: true })
    expect(removed).toEqual([])
    expect(results[0]?.removed).toHaveLength(2)
    expect(results[0]?.freed).toBeGreaterThan(2000)
    expect(reporter.texts('phase')).toEqual([])
  })
  it('reads no manifest and lists each store once', async () => {
    let listed = 0
    const inner = filled(33)
    const counting: Store = {
      ...inner,
      list: (prefix) => {
        listed += 1
        return inner.list(prefix)
      },
      readUnverified: () => {
        throw new Error('a manifest was read')
      },
    }
    await run([counting], { dryRun: true })
    expect(listed).toBe(1)
  })
  it('again finds nothing more to do', async () => {
    const inner = filled(40)
    await run([inner])
    const { store: seen, removed } = watched(inner)
    expect((await run([seen])).results[0]?.removed).toEqual([])
    expect(removed).toEqual([])
  })
  it('of one name leaves the others alone', async () => {
    const inner = filled(33)
    for (const id of daily(33)) putBackup(inner, id, { name: 'blog' })
    await run([inner], { name: 'blog' })
    expect(backupsIn(inner)).toBe(33 + 31)
  })
})

describe('a pin that comes after the plan', () => {
  const late = (inner: MemoryStore, file: string): { store: Store; listed: string[] } => {
    const listed: string[] = []
    const store: Store = {
      ...inner,
      list(prefix) {
        listed.push(prefix)
        // The first listing is the plan's.
        if (listed.length === 2)
          inner.objects.set(`shop/${daily(33)[32]}/${file}`, { content: Buffer.from('{}'), modified: now })
        return inner.list(prefix)
      },
    }
    return { store, listed }
  }
  it('saves the backup whole, which is told, and the others go', async () => {
    const inner = filled(33)
    const { store: pinned, listed } = late(inner, 'pins/audit')
    const { results, reporter } = await run([pinned])
    const [older, oldest] = daily(33).slice(-2)
    expect([...inner.objects.keys()].filter((key) => key.includes(oldest as string))).toHaveLength(4)
    expect(results).toMatchObject([
      { removed: [{ id: { text: older } }], spared: [{ id: { text: oldest } }], failures: [], retained: [] },
    ])
    expect(reporter.texts('note')).toEqual([`memory:: ${oldest} is kept: it was pinned during the run.`])
    expect(listed).toEqual(['', 'shop/'])
  })
  it('is searched with one listing per thousand objects', async () => {
    const inner = filled(31 + 700)
    const { store: seen, listed } = late(inner, 'pins/audit')
    expect((await run([seen])).results[0]?.removed).toHaveLength(699)
    expect(listed).toEqual(['', 'shop/', 'shop/', 'shop/'])
  })
  it('is not mistaken for a pin whose time is over, nor for another mark', async () => {
    const inner = filled(32)
    putBackup(inner, daily(33)[32] as string, { marks: ['pins/audit-until-2026-11-01'] })
    await run([late(inner, 'drills/20261124T110000Z-failed.json').store])
    expect(backupsIn(inner)).toBe(31)
  })
})

describe('what unfinished runs left behind', () => {
  const unfinished = (hours: number, marks: string[] = []) => {
    const inner = filled(3)
    putBackup(inner, idText(hoursAgo(hours), 'manual', 1), { manifest: false, marks })
    return inner
  }
  it('goes when its last write is older than a day', async () => {
    const inner = unfinished(25)
    const { results } = await run([inner])
    expect(results[0]?.removed.map(({ complete }) => complete)).toEqual([false])
    expect(inner.objects.size).toBe(9)
  })
  it('stays before that, and while pinned', async () => {
    for (const inner of [unfinished(23), unfinished(50, ['pins/forensics'])]) {
      const before = inner.objects.size
      expect((await run([inner])).results[0]?.removed).toEqual([])
      expect(inner.objects.size).toBe(before)
    }
  })
  it('includes unfinished writes in backup folders and of probes older than a day, and no others', async () => {
    const gone: string[] = []
    const id = idText(hoursAgo(30), 'manual', 1)
    const busy = idText(hoursAgo(31), 'manual', 2)
    const inner = filled(3)
    putBackup(inner, busy, { manifest: false })
    const leftover = (key: string, hours: number): Leftover => ({
      key,
      started: hoursAgo(hours),
      remove: async () => void gone.push(key),
    })
    const withLeftovers: Store = {
      ...inner,
      async *leftovers() {
        yield leftover(`shop/${id}/database.dump.zst`, 25)
        yield leftover(`shop/${busy}/database.dump.zst`, 2)
        yield leftover('somebody-elses/upload.bin', 1000)
        yield leftover('.resguardo-check', 25)
        yield leftover('.resguardo-check', 23)
      },
    }
    const { results } = await run([withLeftovers])
    expect(gone).toEqual([`shop/${id}/database.dump.zst`, '.resguardo-check'])
    expect(results[0]).toMatchObject({ leftovers: gone, removed: [] })
    expect(results[0]?.plan?.unfinished).toMatchObject([{ action: 'keep', reason: 'still being written' }])
  })
})

describe('a store’s own lock', () => {
  it('on the manifest keeps the backup whole, and is no failure', async () => {
    const inner = filled(33)
    const until = new Date('2027-01-01T00:00:00Z')
    inner.cues.retain = { key: `${daily(33)[32]}/manifest.json`, until }
    const { results } = await run([inner])
    expect(results).toMatchObject([{ failures: [], retained: [{ until }], removed: [{}] }])
    expect([...inner.objects.keys()].filter((key) => key.includes(daily(33)[32] as string))).toHaveLength(3)
  })
})

describe('a backup of which only the manifest could be removed', () => {
  it('is no backup any more, whether a lock holds the rest or the store failed', async () => {
    const locked = filled(33)
    locked.cues.retain = { key: `${daily(33)[32]}/database.dump.zst`, until: undefined }
    const { results } = await run([locked])
    expect(results).toMatchObject([{ removed: [{}, {}], retained: [{}], failures: [] }])
    const inner = filled(33)
    const flaky: Store = {
      ...inner,
      remove(keys) {
        if (!keys.some((key) => key.includes(`${daily(33)[32]}/database`))) return inner.remove(keys)
        throw new Failure('s3/unreachable', 'the store failed')
      },
    }
    const [result] = (await run([flaky])).results
    expect(result).toMatchObject({ removed: [{}, {}], failures: [{ code: 's3/unreachable' }] })
    expect(backupsIn(inner)).toBe(31)
  })
})

describe('when something is wrong', () => {
  it('a clock that disagrees by more than an hour stops the store, not the others', async () => {
    const wrong = memoryStore({ address: 's3://wrong', now: () => hoursAgo(2) })
    for (const id of daily(33)) putBackup(wrong, id)
    const right = filled(33, 's3://right')
    const { results } = await run([wrong, right])
    expect(results[0]).toMatchObject({
      failures: [{ code: 'prune/clock-skew', message: expect.stringContaining('2 h') }],
      removed: [],
    })
    expect(backupsIn(wrong)).toBe(33)
    expect(backupsIn(right)).toBe(31)
  })
  it('a plan that would leave nothing is refused and nothing of it removed', async () => {
    const inner = store()
    for (const id of daily(33).slice(31)) putBackup(inner, id, { marks: ['suspect'] })
    const { results } = await run([inner])
    expect(results[0]).toMatchObject({ failures: [{ code: 'prune/no-good-backup-left' }], removed: [] })
    expect(backupsIn(inner)).toBe(2)
  })
  it('a removal that fails does not stop the others', async () => {
    const inner = filled(34)
    const flaky: Store = {
      ...inner,
      remove(keys) {
        if (!keys.some((key) => key.includes(daily(34)[33] as string))) return inner.remove(keys)
        throw new Failure('s3/unreachable', 'the store failed')
      },
    }
    const { results } = await run([flaky])
    expect(results[0]?.failures).toHaveLength(1)
    expect(backupsIn(inner)).toBe(32)
  })
  it('a store that fails again and again is left', async () => {
    const inner = filled(60)
    let calls = 0
    const down: Store = {
      ...inner,
      remove() {
        calls += 1
        throw new Failure('s3/unreachable', 'the store is down')
      },
    }
    expect((await run([down])).results[0]?.failures).toHaveLength(3)
    // Once together, and then one by one.
    expect(calls).toBe(4)
  })
  it('stops after the current batch when it is interrupted', async () => {
    const stop = new AbortController()
    const reason = new Failure('interrupted', 'interrupted')
    const inner = filled(31 + 400)
    const stopping: Store = {
      ...inner,
      remove(keys) {
        stop.abort(reason)
        return inner.remove(keys)
      },
    }
    await expect(run([stopping], { signal: stop.signal })).rejects.toBe(reason)
    expect(backupsIn(inner)).toBe(31 + 400 - 333)
  })
  it('ids from the future are kept and reported', async () => {
    const inner = filled(3)
    putBackup(inner, idText(hoursAgo(-100), 'scheduled', 99), { modified: hoursAgo(24 * 50) })
    const { reporter, results } = await run([inner])
    expect(results[0]?.removed).toEqual([])
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('is in the future')])
  })
})
