// Retention plans as golden tables: the action for each backup, with its reasons.
import { describe, expect, it } from 'vitest'
import type { Trigger } from '../../../src/domain/backups/backup.ts'
import type { BackupEntry } from '../../../src/domain/backups/catalogue.ts'
import { endOfDay } from '../../../src/domain/backups/marks.ts'
import { defaultPolicy, periodOf, type RetentionPolicy } from '../../../src/domain/retention/retention.ts'
import { planRetention } from '../../../src/domain/retention/retention-plan.ts'
import { idText, sampleEntry } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const hours = (count: number) => new Date(now.getTime() - count * 3600_000)
const daysAgo = (days: number, trigger: Trigger = 'scheduled', differs: Partial<BackupEntry> = {}, random = days) =>
  sampleEntry(idText(hours(days * 24), trigger, Math.floor(random)), differs)
const drilled = (verdict: 'proven' | 'failed', days: number) =>
  ({ drills: [{ verdict, time: hours(days * 24) }] }) as const
const policy = (
  differs: Omit<Partial<RetentionPolicy>, 'keep'> & { keep?: Partial<RetentionPolicy['keep']> } = {},
) => ({
  ...defaultPolicy,
  keepAtLeast: 1,
  ...differs,
  keep: { ...defaultPolicy.keep, ...differs.keep },
})
/** One line per backup: action, age in days, reasons. */
const table = (entries: BackupEntry[], with_ = policy()) =>
  planRetention(entries, with_, now).decisions.map(({ entry, action, reasons }) => {
    const days = Math.round((now.getTime() - entry.id.time.getTime()) / 86_400_000)
    return `${action} ${entry.id.trigger} ${days}: ${reasons.join('; ')}`
  })

describe('retention days by trigger', () => {
  it('the defaults are 30 days for scheduled, 90 for pre-migration, 7 for safety, no limit for manual', () => {
    const entries = [
      daysAgo(0),
      daysAgo(6, 'safety'),
      daysAgo(8, 'safety'),
      daysAgo(29),
      daysAgo(31),
      daysAgo(89, 'pre-migration'),
      daysAgo(91, 'pre-migration'),
      daysAgo(4000, 'manual'),
    ]
    expect(table(entries)).toEqual([
      'keep scheduled 0: scheduled, 0 h old: kept 30 days; newest good backup',
      'keep safety 6: safety, 6 days old: kept 7 days',
      'remove safety 8: safety, 8 days old: past 7 days',
      'keep scheduled 29: scheduled, 29 days old: kept 30 days',
      'remove scheduled 31: scheduled, 31 days old: past 30 days',
      'keep pre-migration 89: pre-migration, 89 days old: kept 90 days',
      'remove pre-migration 91: pre-migration, 91 days old: past 90 days',
      'keep manual 4000: manual: kept without limit',
    ])
  })
  it('a limit in days can be set for manual backups', () => {
    const days = { ...defaultPolicy.days, manual: 10 }
    expect(table([daysAgo(1), daysAgo(11, 'manual')], policy({ days }))[1]).toBe(
      'remove manual 11: manual, 11 days old: past 10 days',
    )
  })
  it('the keep-until date of a backup replaces its days, whether earlier or later', () => {
    const entries = [
      daysAgo(0),
      daysAgo(5, 'scheduled', { keepUntil: endOfDay('2026-11-23') as Date }),
      daysAgo(50, 'scheduled', { keepUntil: endOfDay('2026-11-24') as Date }),
    ]
    expect(table(entries).slice(1)).toEqual([
      'remove scheduled 5: kept only until 2026-11-23',
      'keep scheduled 50: kept until 2026-11-24',
    ])
  })
  it('the days count from the stored time if it is later than the backup', () => {
    expect(table([daysAgo(0), daysAgo(400, 'scheduled', { stored: hours(5) })])[1]).toBe(
      'keep scheduled 400: in this store for 5 h: kept 30 days',
    )
  })
})

describe('retention by period', () => {
  const nothing = { ...defaultPolicy.days, scheduled: 0, manual: 0 }
  it('the newest backup in each of the latest UTC periods with backups is kept', () => {
    const times = [
      '2026-11-24T02',
      '2026-11-23T23',
      '2026-11-23T02',
      '2026-11-19T02',
      '2026-10-31T02',
      '2026-10-01T02',
      '2025-12-31T23',
      '2025-01-01T00',
    ]
    const entries = times.map((time, i) => sampleEntry(idText(`${time}:00:00Z`, 'scheduled', i)))
    const keep = { last: 1, daily: 3, weekly: 2, monthly: 2, yearly: 2 }
    expect(
      planRetention(entries, policy({ days: nothing, keep }), now).decisions.map(({ entry, action, reasons }) => [
        entry.id.text.slice(0, 11),
        action,
        reasons.join('; '),
      ]),
    ).toEqual([
      [
        '20261124T02',
        'keep',
        'last 1 of 1; daily 1 of 3 (2026-11-24); weekly 1 of 2 (2026-W48); monthly 1 of 2 (2026-11); yearly 1 of 2 (2026); newest good backup',
      ],
      ['20261123T23', 'keep', 'daily 2 of 3 (2026-11-23)'],
      ['20261123T02', 'remove', 'scheduled, 1 day old: past 0 days'],
      ['20261119T02', 'keep', 'daily 3 of 3 (2026-11-19); weekly 2 of 2 (2026-W47)'],
      ['20261031T02', 'keep', 'monthly 2 of 2 (2026-10)'],
      ['20261001T02', 'remove', 'scheduled, 54 days old: past 0 days'],
      ['20251231T23', 'keep', 'yearly 2 of 2 (2025)'],
      ['20250101T00', 'remove', 'scheduled, 692 days old: past 0 days'],
    ])
  })
  it.each([
    ['2026-01-01T00:00:00Z', '2026-W01'],
    ['2021-01-03T23:59:59Z', '2020-W53'],
    ['2024-12-30T00:00:00Z', '2025-W01'],
    ['2027-01-01T12:00:00Z', '2026-W53'],
  ])('%s is in ISO week %s', (time, week) => {
    expect(periodOf('weekly', new Date(time))).toBe(week)
  })
  it('suspect, failed and safety backups do not count for a period', () => {
    const entries = [
      daysAgo(1, 'safety', {}, 1),
      daysAgo(1.1, 'scheduled', { suspect: true }, 2),
      daysAgo(1.2, 'scheduled', drilled('failed', 1), 3),
      daysAgo(1.3, 'scheduled', {}, 4),
    ]
    const days = { ...nothing, safety: 0 }
    expect(table(entries, policy({ days, keep: { daily: 2 } })).map((line) => line.split(' ')[0])).toEqual([
      'remove',
      'remove',
      'remove',
      'keep',
    ])
  })
})

describe('backups that are always kept', () => {
  const old = (count: number, differs: (i: number) => Partial<BackupEntry> = () => ({})) =>
    Array.from({ length: count }, (_, i) => daysAgo(100 + i, 'scheduled', differs(i)))
  it('the newest good backups are kept at any age, and suspect and failed ones do not count', () => {
    const differs = (i: number) => (i === 0 ? { suspect: true } : i === 2 ? drilled('failed', 90) : {})
    expect(table(old(6, differs), policy({ keepAtLeast: 3 })).map((line) => line.split(':')[0])).toEqual([
      'remove scheduled 100',
      'keep scheduled 101',
      'remove scheduled 102',
      'keep scheduled 103',
      'keep scheduled 104',
      'remove scheduled 105',
    ])
  })
  it('regular backups count as newest good backups before safety backups', () => {
    const entries = [daysAgo(10, 'safety'), daysAgo(11, 'safety'), ...old(2)]
    expect(table(entries, policy({ keepAtLeast: 3 })).map((line) => line.split(':')[0])).toEqual([
      'keep safety 10',
      'remove safety 11',
      'keep scheduled 100',
      'keep scheduled 101',
    ])
  })
  it('the last backup proven by a drill is kept', () => {
    const differs = (i: number) => (i === 3 ? drilled('proven', 90) : i === 4 ? drilled('proven', 95) : {})
    expect(table(old(5, differs)).slice(3)).toEqual([
      'keep scheduled 103: last backup proven by a drill',
      'remove scheduled 104: scheduled, 104 days old: past 30 days',
    ])
  })
  it('a pinned backup is kept until its pin ends', () => {
    const differs = (i: number) => ({
      pins: [{ reason: 'audit', ...(i > 0 ? { until: endOfDay(i === 1 ? '2026-11-24' : '2026-11-23') as Date } : {}) }],
    })
    expect(table([daysAgo(0), ...old(3, differs)]).slice(1)).toEqual([
      'keep scheduled 100: pinned: audit',
      'keep scheduled 101: pinned until 2026-11-24: audit',
      'remove scheduled 102: scheduled, 102 days old: past 30 days',
    ])
  })
  it('a backup from the future is kept with a warning and does not count as good', () => {
    const plan = planRetention([daysAgo(-2, 'scheduled', {}, 9), daysAgo(40), daysAgo(41)], policy(), now)
    expect(plan.decisions.map(({ action, reasons }) => [action, reasons[0]])).toEqual([
      ['keep', 'the time in its ID is in the future'],
      ['keep', 'newest good backup'],
      ['remove', 'scheduled, 41 days old: past 30 days'],
    ])
    expect(plan.warnings).toEqual([expect.stringContaining('is in the future')])
  })
  it('the newest backup of each name and kind is kept', () => {
    const entries = [
      daysAgo(0),
      daysAgo(200, 'scheduled', { name: 'blog' }),
      sampleEntry(idText(hours(4800), 'scheduled', 1, 'tenant')),
    ]
    expect(table(entries).every((line) => line.startsWith('keep'))).toBe(true)
  })
})

describe('a plan that would leave no good backup', () => {
  it('the plan for that name and kind is refused, and the other backups are planned', () => {
    const suspect = { suspect: true, name: 'blog' }
    const entries = [daysAgo(0), daysAgo(40), daysAgo(50, 'scheduled', suspect), daysAgo(60, 'scheduled', suspect)]
    const plan = planRetention(entries, policy(), now)
    expect(plan.refusals).toMatchObject([
      { code: 'prune/no-good-backup-left', message: expect.stringContaining('blog (platform), 2 in total') },
    ])
    expect(plan.decisions.map(({ action }) => action)).toEqual(['keep', 'remove', 'keep', 'keep'])
  })
  it('an empty catalogue has an empty plan without a refusal', () => {
    expect(planRetention([], policy(), now)).toEqual({ decisions: [], warnings: [], refusals: [] })
  })
})
