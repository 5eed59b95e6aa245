// Prune: removed objects, their order, and kept backups.
import { describe, expect, it } from 'vitest'
import type { Leftover, Store } from '../../../src/ports/common.ts'
import type { MemoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'
import { backupsIn, daily, filled, hoursAgo, now, run, watched } from './pruned-stores.ts'

describe('removal by policy', () => {
  it('backups outside the policy are removed, manifests first, oldest first', async () => {
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
  it('a dry run removes nothing and lists the backups to remove', async () => {
    const inner = filled(33)
    const { store: seen, removed } = watched(inner)
    const { results, reporter } = await run([seen], { dryRun: true })
    expect(removed).toEqual([])
    expect(results[0]?.removed).toHaveLength(2)
    expect(results[0]?.freed).toBeGreaterThan(2000)
    expect(reporter.texts('phase')).toEqual([])
  })
  it('a dry run reads no manifest and lists each store once', async () => {
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
  it('a second prune removes nothing', async () => {
    const inner = filled(40)
    await run([inner])
    const { store: seen, removed } = watched(inner)
    expect((await run([seen])).results[0]?.removed).toEqual([])
    expect(removed).toEqual([])
  })
  it('with a name, backups with other names stay', async () => {
    const inner = filled(33)
    for (const id of daily(33)) putBackup(inner, id, { name: 'blog' })
    await run([inner], { name: 'blog' })
    expect(backupsIn(inner)).toBe(33 + 31)
  })
})

describe('pins written after the plan', () => {
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
  it('a newly pinned backup is kept with a note, and the others are removed', async () => {
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
  it('one listing per thousand objects checks for new pins', async () => {
    const inner = filled(31 + 700)
    const { store: seen, listed } = late(inner, 'pins/audit')
    expect((await run([seen])).results[0]?.removed).toHaveLength(699)
    expect(listed).toEqual(['', 'shop/', 'shop/', 'shop/'])
  })
  it('an expired pin or a drill record does not keep a backup', async () => {
    const inner = filled(32)
    putBackup(inner, daily(33)[32] as string, { marks: ['pins/audit-until-2026-11-01'] })
    await run([late(inner, 'drills/20261124T110000Z-failed.json').store])
    expect(backupsIn(inner)).toBe(31)
  })
})

describe('remains of unfinished runs', () => {
  const unfinished = (hours: number, marks: string[] = []) => {
    const inner = filled(3)
    putBackup(inner, idText(hoursAgo(hours), 'manual', 1), { manifest: false, marks })
    return inner
  }
  it('an unfinished backup is removed one day after its last write', async () => {
    const inner = unfinished(25)
    const { results } = await run([inner])
    expect(results[0]?.removed.map(({ complete }) => complete)).toEqual([false])
    expect(inner.objects.size).toBe(9)
  })
  it('an unfinished backup younger than a day or with a pin stays', async () => {
    for (const inner of [unfinished(23), unfinished(50, ['pins/forensics'])]) {
      const before = inner.objects.size
      expect((await run([inner])).results[0]?.removed).toEqual([])
      expect(inner.objects.size).toBe(before)
    }
  })
  it('unfinished uploads of backups and probes are removed after one day, other uploads stay', async () => {
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
