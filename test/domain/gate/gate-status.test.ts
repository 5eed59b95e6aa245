// The commit status says which backup it rests on and until when, in 140 signs.
import { describe, expect, it } from 'vitest'
import type { Decision } from '../../../src/domain/gate/gate.ts'
import {
  backupOfStatus,
  coversBranches,
  expiredStatus,
  statusOf,
  statusText,
} from '../../../src/domain/gate/gate-status.ts'
import { idText } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T11:00:00Z', 'pre-migration')
const until = new Date('2026-11-24T12:05:59Z')
const decision = (differs: Partial<Decision>): Decision => ({
  verdict: 'allowed',
  reason: 'because',
  candidates: [],
  warnings: [],
  ...differs,
})
const accepted = { name: 'shop', id, stores: [], ageSeconds: 60, faults: [], identity: 'server' as const, until }

it('a green one can be read back, to the minute', () => {
  const { state, description } = statusOf(decision({ accepted }))
  expect(state).toBe('success')
  expect(description.length).toBeLessThanOrEqual(140)
  expect(backupOfStatus(description)).toEqual({ id, until: new Date('2026-11-24T12:05:00Z') })
})

describe('one that rests on no backup', () => {
  const about = (...bases: string[]) => {
    const change = { bases } as unknown as NonNullable<Decision['change']>
    return statusOf(decision({ verdict: 'not-needed', reason: 'no migrations among 3 changed files', change }))
  }
  it('never expires by time', () => {
    expect(about().state).toBe('success')
    expect(backupOfStatus(about('main').description)).toBeUndefined()
  })
  it('holds for the branches that it names, and for no other', () => {
    const { description } = about('main', 'release/1')
    expect(description).toBe('no migrations among 3 changed files, into main release/1')
    expect(coversBranches(description, ['release/1', 'main'])).toBe(true)
    expect(coversBranches(description, ['main'])).toBe(true)
    for (const other of ['release', 'files,', 'into', ''])
      expect(coversBranches(description, ['main', other])).toBe(false)
    expect(coversBranches(about().description, ['main'])).toBe(false)
  })
  it.each([[Array.from({ length: 40 }, (_, n) => `branch-${n}`)], [['h\u00e9']]])(
    'holds for the same branches where their names do not fit: %#',
    (bases) => {
      const { description } = about(...bases)
      expect(description.length).toBeLessThanOrEqual(140)
      expect(coversBranches(description, bases.toReversed())).toBe(true)
      expect(coversBranches(description, [...bases, 'main'])).toBe(false)
      expect(coversBranches(description, ['branches'])).toBe(false)
    },
  )
})

it('a refusal is red, on one line, cut to 140 signs', () => {
  const { state, description } = statusOf(decision({ verdict: 'refused', reason: `no\nbackup ${'🐘'.repeat(200)}` }))
  expect(state).toBe('failure')
  expect([...description]).toHaveLength(140)
  expect(description).toMatch(/^no backup 🐘+…$/u)
})

it.each([
  '',
  'x, good until 2026-11-24T12:05Z',
  `${id}, good until soon`,
  `${id}, good until 2026-13-24T12:05Z`,
  `say ${id}`,
])('%j rests on nothing', (description) => {
  expect(backupOfStatus(description)).toBeUndefined()
})

it('an expired one is red and says what to do', () => {
  const status = expiredStatus({ id, until })
  expect(status).toEqual(statusText('failure', `${id} was good until 2026-11-24T12:05Z: run the gate again`))
  expect(status.description.length).toBeLessThanOrEqual(140)
})
