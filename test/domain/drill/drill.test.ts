import { expect, test } from 'vitest'
import { type DrillCheck, faultsOf, isNotDrilled, verdictOf } from '../../../src/domain/drill/drill.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { Difference } from '../../../src/domain/fingerprint/fingerprint.ts'

const difference: Difference = {
  what: 'table',
  name: 'public.t',
  sentence: 'public.t: 2 rows in the backup, 1 restored',
}
const check = (passed: boolean): DrillCheck => ({
  kind: 'sql',
  check: 'SELECT\n  false',
  passed,
  detail: 'it gave false',
})

test('a drill without differences and with all checks passed proves the backup', () => {
  expect(verdictOf([], [])).toBe('proven')
  expect(verdictOf([], [check(true)])).toBe('proven')
})

test('a difference or a failed check fails the drill', () => {
  expect(verdictOf([difference], [])).toBe('failed')
  expect(verdictOf([], [check(true), check(false)])).toBe('failed')
})

test.each([
  ['drill/missing-module', true],
  ['drill/missing-extension', true],
  ['drill/redis-too-old', false],
  ['redis/rdb-damaged', false],
] as const)('%s means that the drill did not take place: %s', (code, isSo) => {
  expect(isNotDrilled(new Failure(code, 'x'))).toBe(isSo)
})

test('the faults of a drill are sentences, with the load error first', () => {
  expect(
    faultsOf({ problem: 'it is damaged', differences: [difference], checks: [check(true), check(false)] }),
  ).toEqual(['it is damaged', difference.sentence, 'check did not pass: SELECT false (it gave false)'])
})
