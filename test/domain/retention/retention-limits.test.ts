// Retention at its exact limits, and the separation of groups.
import { describe, expect, test } from 'vitest'
import type { BackupEntry } from '../../../src/domain/backups/catalogue.ts'
import { defaultPolicy, type RetentionPolicy } from '../../../src/domain/retention/retention.ts'
import { planRetention } from '../../../src/domain/retention/retention-plan.ts'
import { idText, sampleEntry } from '../../support/sample-backups.ts'

const now = new Date('2026-11-24T12:00:00Z')
const before = (days: number) => new Date(now.getTime() - days * 86_400_000)
const backup = (days: number, differs: Partial<BackupEntry> = {}, trigger: 'scheduled' | 'safety' = 'scheduled') =>
  sampleEntry(idText(before(days), trigger, Math.floor(days * 10)), differs)
const policy: RetentionPolicy = { ...defaultPolicy, keepAtLeast: 1 }
const plan = (entries: readonly BackupEntry[], differs: Partial<RetentionPolicy> = {}) =>
  planRetention(entries, { ...policy, ...differs }, now)
/** Reasons of the backups that are kept, newest first; undefined for those that are removed. */
const reasons = (entries: readonly BackupEntry[], differs: Partial<RetentionPolicy> = {}) =>
  plan(entries, differs).decisions.map((decision) => (decision.action === 'keep' ? decision.reasons : undefined))
const newest = backup(0)
const untrusted = { trust: { isTrusted: false, reason: 'the signature is of another key' } } as const

describe('backups at the exact end of their retention', () => {
  test.each([
    ['its retention days', backup(30)],
    ['its retention days in the store', backup(60, { stored: before(30) })],
    ['its keep-until date', backup(60, { keepUntil: now })],
    ['its pin', backup(60, { pins: [{ reason: 'audit', until: now }] as unknown as BackupEntry['pins'] })],
  ])('a backup is kept at the exact end of %s', (_, entry) => {
    expect(reasons([newest, entry])[1]).toHaveLength(1)
  })
})

test('an age is given in hours below one day, and in days from one day', () => {
  expect(reasons([backup(0.9)])[0]?.[0]).toContain('21 h old')
  expect(reasons([backup(1)])[0]?.[0]).toContain('1 day old')
})

test('a pin without a valid signature keeps its backup and causes a warning', () => {
  const pinned = (isUnsigned: boolean) =>
    backup(60, { pins: [{ reason: 'audit', isUnsigned }] as unknown as BackupEntry['pins'] })
  expect(reasons([newest, pinned(true)])[1]).toEqual(['pinned (not signed): audit'])
  expect(plan([newest, pinned(true)]).warnings).toEqual([expect.stringContaining(pinned(true).id.text)])
  expect(reasons([newest, pinned(false)])[1]).toEqual(['pinned: audit'])
  expect(plan([newest, pinned(false)]).warnings).toEqual([])
})

test('an untrusted backup does not replace a trusted one, and it causes a warning', () => {
  const entries = [backup(40, untrusted), backup(50, untrusted), backup(60), backup(70)]
  expect(reasons(entries).map((kept) => kept !== undefined)).toEqual([true, false, true, false])
  expect(plan(entries).warnings).toEqual([expect.stringMatching(/^2 backups .*: the signature is of another key\.$/)])
})

test('backups of all tenants are one group, regardless of the number of tenants', () => {
  const ofAll = (days: number, tenants: readonly string[]) => {
    const id = idText(before(days), 'scheduled', days, 'tenant')
    const keys = tenants.map((tenant) => ({ key: `shop/${id}/tenants/${tenant}.zip`, bytes: 1 }))
    return sampleEntry(id, { keys, allTenants: true })
  }
  expect(reasons([ofAll(40, ['acme', 'globex']), ofAll(50, ['acme'])])).toEqual([['newest good backup'], undefined])
})

test('a backup of an unknown kind states its kind as the reason', () => {
  const { decisions } = planRetention([backup(400)], policy, now, () => false)
  expect(decisions[0]?.reasons).toEqual(['this version does not know kind platform'])
})

test('--keep-last counts backups of the same second separately', () => {
  const twins = [1, 2].map((random) => sampleEntry(idText(before(60), 'scheduled', random)))
  expect(reasons(twins, { keep: { ...policy.keep, last: 2 } }).every((kept) => kept !== undefined)).toBe(true)
})

test('a safety backup counts as one of the newest good ones if there are not enough others', () => {
  const entries = [backup(20, {}, 'safety'), backup(40)]
  const kept = ['one of the 2 newest good backups']
  expect(reasons(entries, { keepAtLeast: 2 })).toEqual([kept, kept])
  expect(reasons([backup(40), backup(50, {}, 'safety')], { keepAtLeast: 2 })).toEqual([kept, kept])
  expect(reasons(entries)).toEqual([undefined, ['newest good backup']])
})

test('if the last proven backup is suspect, the last proven one that is not suspect is also kept', () => {
  const drills = [{ verdict: 'proven', time: now }] as const
  const entries = [newest, backup(40, { drills, suspect: true }), backup(50, { drills }), backup(60, { drills })]
  const proven = ['last backup proven by a drill']
  expect(reasons(entries).slice(1)).toEqual([proven, proven, undefined])
})
