// Prune with stores that lock objects or fail, with wrong clocks, and with an interruption.
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { Store } from '../../../src/ports/common.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'
import { backupsIn, daily, filled, hoursAgo, run, store } from './pruned-stores.ts'

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
