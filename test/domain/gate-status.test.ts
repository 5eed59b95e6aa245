// The commit status says which backup it rests on and until when, in 140 signs.
import { expect, it } from 'vitest'
import type { Decision } from '../../src/domain/gate.ts'
import { expiredStatus, restsOn, statusOf, statusText } from '../../src/domain/gate-status.ts'
import { idText } from '../support/sample-backups.ts'

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
  expect(restsOn(description)).toEqual({ id, until: new Date('2026-11-24T12:05:00Z') })
})

it('one that rests on no backup never expires', () => {
  const { state, description } = statusOf(decision({ verdict: 'not-needed', reason: 'no migrations among 3 changed files' }))
  expect(state).toBe('success')
  expect(restsOn(description)).toBeUndefined()
})

it('a refusal is red, on one line, cut to 140 signs', () => {
  const { state, description } = statusOf(decision({ verdict: 'refused', reason: `no\nbackup ${'🐘'.repeat(200)}` }))
  expect(state).toBe('failure')
  expect([...description]).toHaveLength(140)
  expect(description).toMatch(/^no backup 🐘+…$/u)
})

it.each(['', 'x, good until 2026-11-24T12:05Z', `${id}, good until soon`, `${id}, good until 2026-13-24T12:05Z`, `say ${id}`])(
  '%j rests on nothing',
  (description) => {
    expect(restsOn(description)).toBeUndefined()
  },
)

it('an expired one is red and says what to do', () => {
  const status = expiredStatus({ id, until })
  expect(status).toEqual(statusText('failure', `${id} was good until 2026-11-24T12:05Z: run the gate again`))
  expect(status.description.length).toBeLessThanOrEqual(140)
})
