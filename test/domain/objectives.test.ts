// What was measured against what is allowed.
import { expect, test } from 'vitest'
import { dataAge, isMet, objectiveLine, restoreTime } from '../../src/domain/objectives.ts'

const taken = '2026-11-24T02:00:00Z'

test('the time to restore stands against its objective', () => {
  expect(objectiveLine(restoreTime(185, 14_400))).toBe('RTO: 3 min 5 s to restore, objective 4 h: met')
  expect(objectiveLine(restoreTime(15_000, 14_400))).toMatch(/: MISSED$/)
})

test('the age of the data counts from the snapshot', () => {
  expect(objectiveLine(dataAge(taken, new Date('2026-11-24T05:20:00Z'), 86_400))).toBe(
    'RPO: 3 h 20 min old, objective 24 h: met',
  )
  expect(isMet(dataAge(taken, new Date('2026-11-25T02:00:00Z'), 86_400))).toBe(true)
  expect(isMet(dataAge(taken, new Date('2026-11-25T02:00:01Z'), 86_400))).toBe(false)
})

test('a snapshot from a clock that runs ahead is no younger than now', () => {
  expect(dataAge(taken, new Date('2026-11-24T01:00:00Z'), 86_400).measured).toBe(0)
})
