import { describe, expect, test } from 'vitest'
import { doctorOutcome } from '../../../src/commands/doctor/doctor-outcome.ts'
import type { Finding } from '../../../src/ports/redis.ts'
import { textOf } from '../../support/report-text.ts'

const good: Finding = { state: 'good', title: 'Password', detail: 'a password is required' }
const warning: Finding = { state: 'warning', title: 'Last save', detail: '2 days ago', remedy: 'BGSAVE' }
const bad: Finding = {
  state: 'bad',
  title: 'Persistence',
  detail: 'nothing is written',
  remedy: 'CONFIG SET appendonly yes',
}
const unknown: Finding = { state: 'unknown', title: 'Settings', detail: 'CONFIG is refused' }

describe('the verdict is the worst state of all findings', () => {
  test.each([
    [[good], 'good', 0],
    [[good, unknown], 'good', 0],
    [[good, warning, unknown], 'warning', 1],
    [[bad, warning, good], 'bad', 2],
  ] as const)('findings %o', (findings, verdict, count) => {
    expect(doctorOutcome('cache:6379', findings).outputs).toEqual({ verdict, findings: count })
  })
})

test('only bad findings fail the command, with the first setting to change as the hint', () => {
  expect(doctorOutcome('cache:6379', [warning, unknown]).failure).toBeUndefined()
  const { failure } = doctorOutcome('cache:6379', [warning, bad])
  expect(failure?.code).toBe('redis/unsafe')
  expect(failure?.message).toBe('cache:6379 is not safe: 1 bad finding, listed above')
  expect(failure?.hint).toContain('CONFIG SET appendonly yes')
})

test('the report lists all findings, and each setting to change once, those for bad findings first', () => {
  expect(textOf(doctorOutcome('cache:6379', [warning, bad, bad, good, unknown]))).toBe(`\
Data safety of cache:6379: 2 bad, 1 warning, 1 unknown
  [warning] Last save: 2 days ago
  [bad]     Persistence: nothing is written
  [bad]     Persistence: nothing is written
  [ok]      Password: a password is required
  [unknown] Settings: CONFIG is refused

Settings to change; CONFIG REWRITE makes them permanent:
  CONFIG SET appendonly yes
  BGSAVE`)
})
