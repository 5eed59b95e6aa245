// The sum of all test results, and what makes a run fail that no test failed in.
import { expect, test } from 'vitest'
import { countTests, describeFailures, type Report, sumUp } from '../../scripts/count-tests.ts'

function report(...files: string[][]): Report {
  return {
    testResults: files.map((statuses, index) => ({
      name: `${index}`,
      status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
      assertionResults: statuses.map((status) => ({ status })),
    })),
  }
}

test('passed, failed and skipped tests are counted, todo among the skipped', () => {
  const counted = countTests(report(['passed', 'passed', 'failed'], ['skipped', 'todo', 'pending']))
  expect(counted).toEqual({ passed: 2, failed: 1, skipped: 3 })
})

test('a file that could not be loaded is a failure', () => {
  expect(countTests(report([]))).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a good run has nothing to complain about', () => {
  expect(sumUp(report(['passed']), report(['passed', 'skipped']), report(['passed']), [])).toEqual({
    count: { passed: 3, failed: 0, skipped: 1 },
    reasons: [],
  })
})

test('a run whose service tests were all skipped fails', () => {
  const { count, reasons } = sumUp(report(['passed']), report(['skipped']), report(['passed']), [])
  expect(count.failed).toBe(1)
  expect(reasons).toEqual(['no service test passed: all were skipped or failed'])
})

test('missing results and failed steps fail', () => {
  expect(sumUp(undefined, undefined, undefined, ['check']).count.failed).toBe(3)
  expect(sumUp(report(['passed']), report(['passed']), report(['passed']), ['shellcheck']).reasons).toEqual([
    'failed: shellcheck',
  ])
})

test('a run whose tests of versions were all skipped is good, and they are counted', () => {
  const { count, reasons } = sumUp(report(['passed']), report(['passed']), report(['skipped', 'skipped']), [])
  expect(count).toEqual({ passed: 2, failed: 0, skipped: 2 })
  expect(reasons).toEqual([])
})

test('failed tests are named again, with the beginning of their errors', () => {
  const lines = Array.from({ length: 40 }, (_, at) => `line ${at}`)
  const failed = { status: 'failed', fullName: 'restores', failureMessages: [lines.join('\n')] }
  const assertionResults = [{ status: 'passed', fullName: 'backs up' }, failed]
  const [failure = '', ...others] = describeFailures({
    testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults }],
  })
  expect(others).toEqual([])
  expect(failure.split('\n').slice(0, 2)).toEqual(['a.test.ts > restores', '  line 0'])
  expect(failure).not.toContain('line 39')
})

test('a file that could not be loaded is named with its error', () => {
  const broken = { name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] }
  expect(describeFailures({ testResults: [broken] })).toEqual(['b.test.ts\n  no such module'])
})
