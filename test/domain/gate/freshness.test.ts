// The age of data, and times that are rejected as clock errors.
import { expect, it } from 'vitest'
import { freshness } from '../../../src/domain/gate/freshness.ts'

const now = new Date('2026-11-24T12:00:00Z')
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const of = (minutes: number, { started = minutes - 1, stored = [minutes + 5] } = {}) =>
  freshness({ taken: at(minutes), started: at(started), stored: stored.map(at) }, now, 3600)

it.each([
  [0, 0],
  [-59, 59 * 60],
  [-60, 3600],
])('a snapshot at %i minutes relative to now is fresh', (minutes, ageSeconds) => {
  expect(of(minutes)).toEqual({ ageSeconds })
})

it('data is too old one second after the limit', () => {
  expect(of(-60 - 1 / 60)).toMatchObject({
    ageSeconds: 3601,
    fault: { kind: 'old', sentence: expect.stringContaining('1 h') },
  })
})

it('a snapshot four minutes in the future is accepted with an age of 0', () => {
  expect(of(4, { stored: [0] })).toEqual({ ageSeconds: 0 })
})

it.each([
  ['a snapshot from the future', of(6)],
  ['a snapshot an hour ahead', of(60)],
  ['an ID from the future', of(0, { started: 6 })],
  ['a snapshot that is younger than its manifest', of(-10, { stored: [-70] })],
  ['a snapshot that is younger than its manifest in one of two stores', of(-10, { stored: [-5, -70] })],
])('%s is reported as a clock error', (_, { fault }) => {
  expect(fault?.kind).toBe('clock')
})
