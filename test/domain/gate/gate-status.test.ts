// The commit status: its backup and expiry time in at most 140 characters.
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

it('a success status contains the backup and its expiry time to the minute', () => {
  const { state, description } = statusOf(decision({ accepted }))
  expect(state).toBe('success')
  expect(description.length).toBeLessThanOrEqual(140)
  expect(backupOfStatus(description)).toEqual({ id, until: new Date('2026-11-24T12:05:00Z') })
})

describe('a success status without a backup', () => {
  const about = (...bases: string[]) => {
    const change = { bases } as unknown as NonNullable<Decision['change']>
    return statusOf(decision({ verdict: 'not-needed', reason: 'no migrations among 3 changed files', change }))
  }
  it('the status has no expiry time', () => {
    expect(about().state).toBe('success')
    expect(backupOfStatus(about('main').description)).toBeUndefined()
  })
  it('the status covers only the branches that it names', () => {
    const { description } = about('main', 'release/1')
    expect(description).toBe('no migrations among 3 changed files, into main release/1')
    expect(coversBranches(description, ['release/1', 'main'])).toBe(true)
    expect(coversBranches(description, ['main'])).toBe(true)
    for (const other of ['release', 'files,', 'into', ''])
      expect(coversBranches(description, ['main', other])).toBe(false)
    expect(coversBranches(about().description, ['main'])).toBe(false)
  })
  it.each([[Array.from({ length: 40 }, (_, n) => `branch-${n}`)], [['h\u00e9']]])(
    'the status covers only the same branches if their names do not fit: case %#',
    (bases) => {
      const { description } = about(...bases)
      expect(description.length).toBeLessThanOrEqual(140)
      expect(coversBranches(description, bases.toReversed())).toBe(true)
      expect(coversBranches(description, [...bases, 'main'])).toBe(false)
      expect(coversBranches(description, ['branches'])).toBe(false)
    },
  )
})

it('a refusal is a failure status on one line, cut to 140 characters', () => {
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
])('the description %j names no backup', (description) => {
  expect(backupOfStatus(description)).toBeUndefined()
})

it('an expired status is a failure that says to run the gate again', () => {
  const status = expiredStatus({ id, until })
  expect(status).toEqual(statusText('failure', `${id} was good until 2026-11-24T12:05Z: run the gate again`))
  expect(status.description.length).toBeLessThanOrEqual(140)
})
