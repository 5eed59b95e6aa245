// The sentence about a rehearsal, and findings about growth at their exact limits.
import { describe, expect, test } from 'vitest'
import { findingsOf, type Rehearsal, reasonAgainst, rehearsalSentence } from '../../../src/domain/drill/rehearsal.ts'

const rehearsal = (differs: Partial<Rehearsal>) => {
  const base = { verdict: 'failed', decidedBy: 'migrate-command', exitCode: 1, seconds: 3, timeoutSeconds: 600 }
  return rehearsalSentence({ ...base, ...differs } as Rehearsal)
}

describe('the sentence about a rehearsal', () => {
  test.each<[Partial<Rehearsal>, string]>([
    [{ verdict: 'passed' }, 'passed in 3.0 s'],
    [{}, 'failed: migrate-command exited with 1'],
    [{ exitCode: undefined } as unknown as Partial<Rehearsal>, 'failed: migrate-command timed out after 10 min'],
    [
      { verdict: 'not-run', decidedBy: 'setup-command' } as unknown as Partial<Rehearsal>,
      'did not run: setup-command exited with 1',
    ],
  ])('%o is described as: %s', (differs, sentence) => {
    expect(rehearsal(differs)).toBe(sentence)
  })
})

const mebibyte = 1 << 20
test.each([
  ['one byte more than 1 MiB and 1.5 times', 2 * mebibyte, 3 * mebibyte + 1, 1],
  ['exactly 1 MiB, although 1.5 times is exceeded', mebibyte, 2 * mebibyte, 0],
  ['exactly 1.5 times, although 1 MiB is exceeded', 4 * mebibyte, 6 * mebibyte, 0],
  ['much more than 1 MiB, but less than 1.5 times', 100 * mebibyte, 110 * mebibyte, 0],
])('growth is a finding only above both limits: %s', (_, bytesBefore, bytesAfter, findings) => {
  expect(findingsOf({ tables: [], bytesBefore, bytesAfter })).toHaveLength(findings)
})

test('a new table that lost rows during the migration is not a finding', () => {
  const tables = [{ table: 'public.log', change: 'new', rowsBefore: 5, rowsAfter: 1 }] as const
  expect(findingsOf({ tables })).toEqual([])
})

test('an event without the repository visibility is refused with a specific reason', () => {
  expect(reasonAgainst({ inActions: true })).toContain('whether the repository is public')
  expect(reasonAgainst({ inActions: true, visibility: 'private' })).toContain('which repository')
})
