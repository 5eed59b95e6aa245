// Prune with object locks, store failures, wrong clocks and an interruption.
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { Store } from '../../../src/ports/common.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'
import { backupsIn, daily, filled, hoursAgo, run, store } from './pruned-stores.ts'

describe('object locks', () => {
  it('an object lock on the manifest keeps all files of the backup and is not a failure', async () => {
    const inner = filled(33)
    const until = new Date('2027-01-01T00:00:00Z')
    inner.cues.retain = { key: `${daily(33)[32]}/manifest.json`, until }
    const { results } = await run([inner])
    expect(results).toMatchObject([{ failures: [], retained: [{ until }], removed: [{}] }])
    expect([...inner.objects.keys()].filter((key) => key.includes(daily(33)[32] as string))).toHaveLength(3)
  })
})

describe('partial removal', () => {
  it('without its manifest a backup counts as removed, even if a lock or a failure keeps its payload', async () => {
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

describe('failures during a prune', () => {
  it('a store whose clock differs by more than an hour is not pruned, other stores are', async () => {
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
  it('a plan that would leave no good backup is refused, and nothing is removed', async () => {
    const inner = store()
    for (const id of daily(33).slice(31)) putBackup(inner, id, { marks: ['suspect'] })
    const { results } = await run([inner])
    expect(results[0]).toMatchObject({ failures: [{ code: 'prune/no-good-backup-left' }], removed: [] })
    expect(backupsIn(inner)).toBe(2)
  })
  it('a failed removal does not stop other removals', async () => {
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
  it('after three failed removals, a store is skipped', async () => {
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
  it('an interruption stops the prune after the current batch', async () => {
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
  it('a backup with an ID in the future is kept, with a warning', async () => {
    const inner = filled(3)
    putBackup(inner, idText(hoursAgo(-100), 'scheduled', 99), { modified: hoursAgo(24 * 50) })
    const { reporter, results } = await run([inner])
    expect(results[0]?.removed).toEqual([])
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('is in the future')])
  })
})
