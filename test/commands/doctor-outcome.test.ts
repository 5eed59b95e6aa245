import { describe, expect, test } from 'vitest'
import { doctorOutcome } from '../../src/commands/doctor-outcome.ts'
import type { Finding } from '../../src/operations/redis-ports.ts'

const good: Finding = { state: 'good', title: 'Password', detail: 'a password is required' }
const warning: Finding = { state: 'warning', title: 'Last save', detail: '2 days ago', remedy: 'BGSAVE' }
const bad: Finding = {
  state: 'bad',
  title: 'Persistence',
  detail: 'nothing is written',
  remedy: 'CONFIG SET appendonly yes',
}
const unknown: Finding = { state: 'unknown', title: 'Settings', detail: 'CONFIG is refused' }

describe('the verdict is the worst of what was found', () => {
  test.each([
    [[good], 'good', 0],
    [[good, unknown], 'good', 0],
    [[good, warning, unknown], 'warning', 1],
    [[bad, warning, good], 'bad', 2],
  ] as const)('%o', (findings, verdict, count) => {
    expect(doctorOutcome('cache:6379', findings).outputs).toEqual({ verdict, findings: count })
  })
})

test('only what is bad fails, as a refusal whose hint is the first setting to change', () => {
  expect(doctorOutcome('cache:6379', [warning, unknown]).failure).toBeUndefined()
  const { failure } = doctorOutcome('cache:6379', [warning, bad])
  expect(failure?.code).toBe('redis/unsafe')
  expect(failure?.message).toBe('cache:6379 is not safe: 1 bad finding, listed above')
  expect(failure?.hint).toContain('CONFIG SET appendonly yes')
})

test('lines are a checklist with the setting to change below', () => {
  expect(doctorOutcome('cache:6379', [bad, warning, good, unknown]).lines).toEqual([
    'cache:6379: 1 bad, 1 warning, 1 unknown',
    '  ✗ Persistence: nothing is written',
    '      CONFIG SET appendonly yes',
    '  ! Last save: 2 days ago',
    '      BGSAVE',
    '  ✓ Password: a password is required',
    '  ? Settings: CONFIG is refused',
  ])
})

test('the summary has the same checklist, and the settings to copy: what is bad first, each once', () => {
  const { summary = [] } = doctorOutcome('cache:6379', [warning, bad, bad, good])
  expect(summary.find(({ kind }) => kind === 'code')).toEqual({
    kind: 'code',
    text: 'CONFIG SET appendonly yes\nBGSAVE',
    language: 'text',
  })
  expect(summary.find(({ kind }) => kind === 'checklist')).toMatchObject({ items: { length: 4 } })
})

test('what a server says of itself plays no tricks on a terminal', () => {
  const { lines } = doctorOutcome('cache:6379', [{ ...good, detail: 'queue \u001b[31mred' }])
  expect(lines[1]).toBe('  ✓ Password: queue \\x1b[31mred')
})
