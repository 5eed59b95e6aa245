// Adds up vitest's results: `node scripts/count-tests.ts FOLDER [FAILED STEP…]` reads unit.json, services.json and
// versions.json there, repeats the failed tests and the errors of failed steps (STEP.stderr there), because a long log
// is often cut to its end, ends with the line `N passed, N failed`, and fails if anything failed or if no service test
// ran.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The part of vitest's JSON report that is counted. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    /** Of the file itself, if it could not be loaded or a hook failed. */
    readonly message?: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName?: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

interface Count {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Counts tests; a file that failed without a failed test (it could not be loaded, a hook broke) counts as one failure.
 */
export function countTests({ testResults }: Report): Count {
  const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status))
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  )
  const passed = statuses.filter((status) => status === 'passed').length
  const failed = statuses.filter((status) => status === 'failed').length
  return { passed, failed: failed + brokenFiles.length, skipped: statuses.length - passed - failed }
}

/** Each failed test, and each file that failed without one, with the first lines of its error. */
export function describeFailures({ testResults }: Report): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed')
      if (failed.length === 0) return [`${name}\n${beginningOf(message ?? '')}`]
      return failed.map((test) => `${name} > ${test.fullName}\n${beginningOf(test.failureMessages?.join('\n') ?? '')}`)
    })
}

const shownLines = 15
const shownErrorLines = 40

function beginningOf(text: string): string {
  return text
    .split('\n')
    .slice(0, shownLines)
    .map((line) => `  ${line}`)
    .join('\n')
}

/** The reasons to fail besides failed tests, and the sum. A report that is missing is a run that broke. */
export function sumUp(
  unit: Report | undefined,
  services: Report | undefined,
  versions: Report | undefined,
  failedSteps: readonly string[],
): { readonly count: Count; readonly reasons: readonly string[] } {
  const counts = [unit, services, versions].map((report) =>
    report ? countTests(report) : { passed: 0, failed: 0, skipped: 0 },
  )
  const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0)
  const reasons = [
    ...(unit ? [] : ['the unit tests left no results']),
    ...(services ? [] : ['the service tests left no results']),
    ...(versions ? [] : ['the tests of versions left no results']),
    ...(services && counts[1]?.passed === 0 ? ['no service test passed: all were skipped or failed'] : []),
  ]
  if (failedSteps.length > 0 && sum('failed') === 0 && reasons.length === 0)
    reasons.push(`failed: ${failedSteps.join(', ')}`)
  return { count: { passed: sum('passed'), failed: sum('failed') + reasons.length, skipped: sum('skipped') }, reasons }
}

if (import.meta.main) {
  const [folder = '.', ...failedSteps] = process.argv.slice(2)
  const read = async (name: string) =>
    JSON.parse(await readFile(join(folder, name), 'utf8').catch(() => 'null')) as Report | null
  const [unit, services, versions] = await Promise.all(['unit.json', 'services.json', 'versions.json'].map(read))
  const { count, reasons } = sumUp(unit ?? undefined, services ?? undefined, versions ?? undefined, failedSteps)
  for (const report of [unit, services, versions])
    if (report) for (const failure of describeFailures(report)) console.log(`failed: ${failure}`)
  for (const step of failedSteps) {
    const errors = await readFile(join(folder, `${step}.stderr`), 'utf8').catch(() => '')
    console.log(`stderr of ${step} ends with:\n${errors.trimEnd().split('\n').slice(-shownErrorLines).join('\n')}`)
  }
  for (const reason of reasons) console.log(`error: ${reason}`)
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
  console.log(`${count.passed} passed, ${count.failed} failed${skipped}`)
  process.exitCode = count.failed > 0 || failedSteps.length > 0 ? 1 : 0
}
