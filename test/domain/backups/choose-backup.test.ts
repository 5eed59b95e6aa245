// Choice of a backup: the latest, by ID, or by time.
import { describe, expect, it } from 'vitest'
import { choiceNotes, chooseBackup } from '../../../src/domain/backups/choose-backup.ts'
import { chooseName } from '../../../src/domain/backups/choose-name.ts'
import type { Failure } from '../../../src/domain/failures/failure.ts'
import type { FailureCode } from '../../../src/domain/failures/failure-codes.ts'
import { idText, sampleEntry } from '../../support/sample-backups.ts'

const days = ['2026-11-21', '2026-11-22', '2026-11-23', '2026-11-24'].map((day) => idText(`${day}T02:00:05Z`))
const [first, second, third, fourth] = days as [string, string, string, string]
const entries = days.map((id) => sampleEntry(id))
const marked = (id: string, differs: object) => entries.map((e) => (e.id.text === id ? { ...e, ...differs } : e))
const failure = (code: FailureCode, named = '', hint = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(named), hint: expect.stringContaining(hint) })

describe('the choice of the latest backup', () => {
  it('the newest backup is chosen', () => {
    expect(chooseBackup(entries, { backup: 'latest' }).id.text).toBe(fourth)
  })
  it('a suspect backup is skipped with a note', () => {
    const those = marked(fourth, { suspect: true })
    const chosen = chooseBackup(those, { backup: 'latest' })
    expect(chosen.id.text).toBe(third)
    expect(choiceNotes(those, chosen, { backup: 'latest' })).toEqual([`Skipped the newer backup ${fourth}: suspect.`])
  })
  it('a suspect backup is chosen with a note if all backups are suspect', () => {
    const those = entries.map((e) => ({ ...e, suspect: true }))
    const chosen = chooseBackup(those, { backup: 'latest' })
    expect(chosen.id.text).toBe(fourth)
    expect(choiceNotes(those, chosen, { backup: 'latest' })).toEqual([expect.stringContaining('is marked suspect')])
  })
  it('a backup from the future is skipped with a note if the current time is given', () => {
    const choice = { backup: 'latest', now: new Date('2026-11-23T12:00:00Z') }
    const chosen = chooseBackup(entries, choice)
    expect(chosen.id.text).toBe(third)
    expect(choiceNotes(entries, chosen, choice)).toEqual([expect.stringContaining('is in the future')])
  })
  it('only complete backups of the requested kind are chosen', () => {
    const tenant = sampleEntry(idText('2026-11-25T02:00:05Z', 'manual', 1, 'tenant'))
    const those = [...marked(fourth, { complete: false }), tenant]
    expect(chooseBackup(those, { backup: 'latest', kind: 'platform' }).id.text).toBe(third)
    expect(chooseBackup(those, { backup: 'latest', kind: 'tenant' })).toBe(tenant)
    expect(() => chooseBackup(those, { backup: 'latest', kind: 'redis' })).toThrow(failure('backup/none', 'redis'))
  })
  it('a note is given if the last drill of the chosen backup failed', () => {
    const those = marked(fourth, { drills: [{ time: new Date(), verdict: 'failed' }] })
    const chosen = chooseBackup(those, { backup: 'latest' })
    expect(choiceNotes(those, chosen, { backup: 'latest' })).toEqual([`The last drill of ${fourth} failed.`])
  })
})

describe('the choice by time', () => {
  it.each([
    ['2026-11-23T02:00:05Z', third],
    ['2026-11-23T02:00:04Z', second],
    ['2030-01-01T00:00:00Z', fourth],
  ])('%s selects the newest backup started at or before it', (at, id) => {
    expect(chooseBackup(entries, { backup: 'latest', at: new Date(at) }).id.text).toBe(id)
  })
  it('a time before the first backup fails, and the hint names the oldest backup', () => {
    expect(() => chooseBackup(entries, { backup: 'latest', at: new Date('2020-01-01') })).toThrow(
      failure('backup/none-before', '2020-01-01', first),
    )
  })
  it('a time together with an ID is a conflict', () => {
    expect(() => chooseBackup(entries, { backup: first, at: new Date() })).toThrow(failure('input/conflict'))
  })
})

describe('the choice by ID', () => {
  it('a complete ID or a unique prefix selects the backup', () => {
    expect(chooseBackup(entries, { backup: second }).id.text).toBe(second)
    expect(chooseBackup(entries, { backup: '20261122' }).id.text).toBe(second)
  })
  it('a suspect backup can be selected by its ID', () => {
    expect(chooseBackup(marked(second, { suspect: true }), { backup: second }).id.text).toBe(second)
  })
  it('a prefix of several IDs fails, and the error lists up to five of them', () => {
    const many = Array.from({ length: 7 }, (_, i) => sampleEntry(idText('2026-11-24T02:00:05Z', 'manual', i)))
    expect(() => chooseBackup(many, { backup: '20261124' })).toThrow(failure('backup/ambiguous', '7'))
    expect(() => chooseBackup(many, { backup: '20261124' })).toThrow(failure('backup/ambiguous', '000006, 20261124'))
    expect(() => chooseBackup(many, { backup: '20261124' })).toThrow(failure('backup/ambiguous', 'and 2 more'))
  })
  it('an unknown ID fails, and the hint lists similar IDs', () => {
    expect(() => chooseBackup(entries, { backup: '20261123T99' })).toThrow(
      failure('backup/not-found', '"20261123T99"', third),
    )
    expect(() => chooseBackup(entries, { backup: '20261123T99' })).toThrow(
      failure('backup/not-found', '', 'resguardo list'),
    )
  })
  it.each(['', '../', '%'])('the ID %j fails because it matches no backup', (backup) => {
    expect(() => chooseBackup(entries, { backup })).toThrow(failure('backup/not-found'))
  })
})

it('without any backup, the hint says how to create one', () => {
  expect(() => chooseBackup([], { backup: 'latest' })).toThrow(failure('backup/none', '', 'resguardo backup'))
})

describe('the choice of the backup name', () => {
  const blog = sampleEntry(idText('2026-11-20T02:00:05Z'), { name: 'blog' })
  it('the given name is used, or else the only name in the store', () => {
    expect(chooseName(entries)).toBe('shop')
    expect(chooseName([...entries, blog], 'blog')).toBe('blog')
  })
  it('several names in the store fail with a hint to give --name', () => {
    expect(() => chooseName([...entries, blog])).toThrow(failure('backup/ambiguous-name', 'blog, shop', '--name'))
  })
  it('an unknown name fails, and the hint lists the existing names', () => {
    expect(() => chooseName(entries, 'shopp')).toThrow(failure('backup/not-found', '"shopp"', 'shop'))
  })
})

describe('hints about backups of another kind', () => {
  const kinds = ['platform', 'tenant', 'redis']
  const id = (kind: string) => idText('2026-11-25T02:00:05Z', 'manual', 1, kind)
  const pairs = kinds.flatMap((wanted) => kinds.filter((kind) => kind !== wanted).map((kind) => ({ wanted, kind })))
  const hintOf = (choose: () => unknown): string => {
    try {
      choose()
    } catch (error) {
      return (error as Failure).hint ?? ''
    }
    throw new Error('nothing failed')
  }

  const alternative = { kind: 'platform', hint: (backup: string) => `Use --from ${backup}.` }

  it.each(pairs)('a request for $wanted suggests no flag that restores $kind', ({ wanted, kind }) => {
    const those = [sampleEntry(id(kind))]
    const hints = [
      hintOf(() => chooseBackup(those, { backup: 'latest', kind: wanted, alternative })),
      hintOf(() => chooseBackup(those, { backup: id(kind), kind: wanted, alternative })),
      hintOf(() => chooseName(those, undefined, wanted, alternative)),
    ]
    for (const hint of hints) expect(hint).not.toContain(`--kind ${kind}`)
    if (kind === 'platform') for (const hint of hints) expect(hint).toContain('--from ')
  })
})
