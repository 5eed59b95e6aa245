// Choosing a backup: latest, by id, by time.
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

describe('latest', () => {
  it('is the newest', () => {
    expect(chooseBackup(entries, { backup: 'latest' }).id.text).toBe(fourth)
  })
  it('passes over suspect ones and says so', () => {
    const those = marked(fourth, { suspect: true })
    const chosen = chooseBackup(those, { backup: 'latest' })
    expect(chosen.id.text).toBe(third)
    expect(choiceNotes(those, chosen, { backup: 'latest' })).toEqual([`Skipped the newer backup ${fourth}: suspect.`])
  })
  it('is a suspect one if there is no other, and says so', () => {
    const those = entries.map((e) => ({ ...e, suspect: true }))
    const chosen = chooseBackup(those, { backup: 'latest' })
    expect(chosen.id.text).toBe(fourth)
    expect(choiceNotes(those, chosen, { backup: 'latest' })).toEqual([expect.stringContaining('is marked suspect')])
  })
  it('is none from the future where the time is known', () => {
    const choice = { backup: 'latest', now: new Date('2026-11-23T12:00:00Z') }
    const chosen = chooseBackup(entries, choice)
    expect(chosen.id.text).toBe(third)
    expect(choiceNotes(entries, chosen, choice)).toEqual([expect.stringContaining('is in the future')])
  })
  it('is complete, and of the kind asked for', () => {
    const tenant = sampleEntry(idText('2026-11-25T02:00:05Z', 'manual', 1, 'tenant'))
    const those = [...marked(fourth, { complete: false }), tenant]
    expect(chooseBackup(those, { backup: 'latest', kind: 'platform' }).id.text).toBe(third)
    expect(chooseBackup(those, { backup: 'latest', kind: 'tenant' })).toBe(tenant)
    expect(() => chooseBackup(those, { backup: 'latest', kind: 'redis' })).toThrow(failure('backup/none', 'redis'))
  })
  it('says when its last drill failed', () => {
    const those = marked(fourth, { drills: [{ time: new Date(), verdict: 'failed' }] })
    const chosen = chooseBackup(those, { backup: 'latest' })
    expect(choiceNotes(those, chosen, { backup: 'latest' })).toEqual([`The last drill of ${fourth} failed.`])
  })
})

describe('a time', () => {
  it.each([
    ['2026-11-23T02:00:05Z', third],
    ['2026-11-23T02:00:04Z', second],
    ['2030-01-01T00:00:00Z', fourth],
  ])('%s gives the newest started at or before it', (at, id) => {
    expect(chooseBackup(entries, { backup: 'latest', at: new Date(at) }).id.text).toBe(id)
  })
  it('before the first backup is a usage failure that names the oldest', () => {
    expect(() => chooseBackup(entries, { backup: 'latest', at: new Date('2020-01-01') })).toThrow(
      failure('backup/none-before', '2020-01-01', first),
    )
  })
  it('goes with no id', () => {
    expect(() => chooseBackup(entries, { backup: first, at: new Date() })).toThrow(failure('input/conflict'))
  })
})

describe('an id', () => {
  it('may be whole, or a beginning that fits one', () => {
    expect(chooseBackup(entries, { backup: second }).id.text).toBe(second)
    expect(chooseBackup(entries, { backup: '20261122' }).id.text).toBe(second)
  })
  it('may be that of a suspect backup', () => {
    expect(chooseBackup(marked(second, { suspect: true }), { backup: second }).id.text).toBe(second)
  })
  it('that fits several is a usage failure listing up to five', () => {
    const many = Array.from({ length: 7 }, (_, i) => sampleEntry(idText('2026-11-24T02:00:05Z', 'manual', i)))
    expect(() => chooseBackup(many, { backup: '20261124' })).toThrow(failure('backup/ambiguous', '7'))
    expect(() => chooseBackup(many, { backup: '20261124' })).toThrow(failure('backup/ambiguous', '000006, 20261124'))
    expect(() => chooseBackup(many, { backup: '20261124' })).toThrow(failure('backup/ambiguous', 'and 2 more'))
  })
  it('that is unknown is a usage failure with the closest ids', () => {
    expect(() => chooseBackup(entries, { backup: '20261123T99' })).toThrow(
      failure('backup/not-found', '"20261123T99"', third),
    )
    expect(() => chooseBackup(entries, { backup: '20261123T99' })).toThrow(
      failure('backup/not-found', '', 'resguardo list'),
    )
  })
  it.each(['', '../', '%'])('%j is a usage failure', (backup) => {
    expect(() => chooseBackup(entries, { backup })).toThrow(failure('backup/not-found'))
  })
})

it('with no backups at all says how to make one', () => {
  expect(() => chooseBackup([], { backup: 'latest' })).toThrow(failure('backup/none', '', 'resguardo backup'))
})

describe('a name', () => {
  const blog = sampleEntry(idText('2026-11-20T02:00:05Z'), { name: 'blog' })
  it('is the only one there, or the one given', () => {
    expect(chooseName(entries)).toBe('shop')
    expect(chooseName([...entries, blog], 'blog')).toBe('blog')
  })
  it('must be given where there are several', () => {
    expect(() => chooseName([...entries, blog])).toThrow(failure('backup/ambiguous-name', 'blog, shop', '--name'))
  })
  it('that is unknown is a usage failure with those there are', () => {
    expect(() => chooseName(entries, 'shopp')).toThrow(failure('backup/not-found', '"shopp"', 'shop'))
  })
})

describe('a hint', () => {
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

  it.each(pairs)('names no flag that restores $kind where $wanted was asked for', ({ wanted, kind }) => {
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
