// Restore time and data age, compared with their objectives.
import { expect, test } from 'vitest'
import { dataAge, metText, restoreTime } from '../../../src/domain/drill/objectives.ts'

const taken = '2026-11-24T02:00:00Z'

test('the restore time is compared with the RTO', () => {
  expect(restoreTime(185, 14_400)).toMatchObject({ name: 'RTO', what: 'to restore' })
  expect(metText(restoreTime(185, 14_400))).toBe('met')
  expect(metText(restoreTime(15_000, 14_400))).toBe('MISSED')
})

test('the data age counts from the snapshot and is compared with the RPO', () => {
  const age = dataAge(taken, new Date('2026-11-24T05:20:00Z'), 86_400)
  expect(age).toMatchObject({ name: 'RPO', what: 'old', measured: 12_000 })
  expect(metText(dataAge(taken, new Date('2026-11-25T02:00:00Z'), 86_400))).toBe('met')
  expect(metText(dataAge(taken, new Date('2026-11-25T02:00:01Z'), 86_400))).toBe('MISSED')
})

test('a snapshot from the future has an age of 0', () => {
  expect(dataAge(taken, new Date('2026-11-24T01:00:00Z'), 86_400).measured).toBe(0)
})
