// Properties that a retention plan has for every catalogue and every policy.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { triggers } from '../../../src/domain/backups/backup.ts'
import type { BackupEntry } from '../../../src/domain/backups/catalogue.ts'
import { endOfDay } from '../../../src/domain/backups/marks.ts'
import type { RetentionPolicy } from '../../../src/domain/retention/retention.ts'
import { planRetention } from '../../../src/domain/retention/retention-plan.ts'
import { idText, sampleEntry } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const hours = (count: number) => new Date(now.getTime() - count * 3600_000)

describe('any catalogue with any policy', () => {
  const count = fc.nat(4)
  const entry = fc
    .record({
      hours: fc.integer({ min: -48, max: 24 * 400 }),
      storedHours: fc.nat(24 * 400),
      trigger: fc.constantFrom(...triggers),
      name: fc.constantFrom('shop', 'blog'),
      suspect: fc.boolean(),
      drill: fc.constantFrom('proven', 'failed', undefined),
      pin: fc.constantFrom(undefined, '', '2026-11-24', '2026-11-01'),
      keepUntil: fc.constantFrom(undefined, '2026-11-24', '2026-11-01'),
    })
    .map(
      (at) => (random: number) =>
        sampleEntry(idText(hours(at.hours), at.trigger, random), {
          name: at.name,
          suspect: at.suspect,
          stored: hours(at.storedHours),
          drills: at.drill ? [{ verdict: at.drill, time: now }] : [],
          pins: at.pin === undefined ? [] : [{ reason: 'x', ...(at.pin ? { until: endOfDay(at.pin) as Date } : {}) }],
          ...(at.keepUntil ? { keepUntil: endOfDay(at.keepUntil) as Date } : {}),
        }),
    )
  const entries = fc.array(entry, { maxLength: 25 }).map((makers) => makers.map((make, random) => make(random)))
  const anyPolicy = fc.record({
    days: fc.record({
      scheduled: count,
      'pre-migration': count,
      manual: fc.option(count, { nil: undefined }),
      safety: count,
    }),
    keep: fc.record({ last: count, daily: count, weekly: count, monthly: count, yearly: count }),
    keepAtLeast: fc.integer({ min: 1, max: 4 }),
  })
  const kept = (all: BackupEntry[], with_: RetentionPolicy) =>
    planRetention(all, with_, now)
      .decisions.filter(({ action }) => action === 'keep')
      .map(({ entry }) => entry)
  const isGood = (e: BackupEntry) => !e.suspect && e.drills[0]?.verdict !== 'failed'

  it('every backup gets one decision with reasons', () => {
    fc.assert(
      fc.property(entries, anyPolicy, (all, with_) => {
        const { decisions } = planRetention(all, with_, now)
        expect(new Set(decisions.map(({ entry }) => entry))).toEqual(new Set(all))
        expect(decisions.every(({ reasons }) => reasons.length > 0 && reasons.every((reason) => reason !== ''))).toBe(
          true,
        )
      }),
    )
  })
  it('pinned backups and IDs from the future are kept, and each name keeps at least one backup', () => {
    fc.assert(
      fc.property(entries, anyPolicy, (all, with_) => {
        const stays = new Set(kept(all, with_))
        for (const e of all) {
          if (e.pins.some(({ until }) => !until || until >= now)) expect(stays).toContain(e)
          if (e.id.time.getTime() > now.getTime() + 3600_000) expect(stays).toContain(e)
          expect([...stays].some(({ name }) => name === e.name)).toBe(true)
        }
      }),
    )
  })
  it('each name keeps its minimum number of good backups and its last proven backup', () => {
    fc.assert(
      fc.property(entries, anyPolicy, (all, with_) => {
        const stays = kept(all, with_)
        for (const name of ['shop', 'blog']) {
          const own = all.filter((e) => e.name === name && e.id.time.getTime() <= now.getTime() + 3600_000)
          const good = own.filter(isGood)
          expect(stays.filter((e) => e.name === name && isGood(e)).length).toBeGreaterThanOrEqual(
            Math.min(with_.keepAtLeast, good.length),
          )
          const proven = own
            .filter((e) => e.drills[0]?.verdict === 'proven')
            .sort((a, b) => (a.id.text < b.id.text ? 1 : -1))
          if (proven[0]) expect(stays).toContain(proven[0])
        }
      }),
    )
  })
  it('a second plan for the kept backups removes nothing', () => {
    fc.assert(
      fc.property(entries, anyPolicy, (all, with_) => {
        const once = kept(all, with_)
        expect(kept(once, with_)).toEqual(once)
      }),
    )
  })
})
