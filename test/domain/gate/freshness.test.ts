// How old data is, and which times are never believed.
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
])('data taken %i minutes from now is fresh', (minutes, ageSeconds) => {
  expect(of(minutes)).toEqual({ ageSeconds })
})

it('is too old a second after the limit', () => {
  expect(of(-60 - 1 / 60)).toMatchObject({
    ageSeconds: 3601,
    fault: { kind: 'old', sentence: expect.stringContaining('1 h') },
  })
})

it('clocks may differ by minutes, and age is never negative', () => {
  expect(of(4, { stored: [0] })).toEqual({ ageSeconds: 0 })
})

it.each([
  ['a snapshot from the future', of(6)],
  ['a snapshot an hour ahead', of(60)],
  ['an id from the future', of(0, { started: 6 })],
  ['a snapshot that is younger than its manifest', of(-10, { stored: [-70] })],
  ['a snapshot that is younger than its manifest in one of two stores', of(-10, { stored: [-5, -70] })],
])('%s is never fresh', (_, { fault }) => {
  expect(fault?.kind).toBe('clock')
})
