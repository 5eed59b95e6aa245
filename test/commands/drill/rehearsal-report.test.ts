// Inputs and report of a migration rehearsal.
import { expect, test } from 'vitest'
import { rehearsalOutputs, rehearsalReport, rehearsalRequest } from '../../../src/commands/drill/rehearsal-report.ts'
import type { Rehearsal } from '../../../src/domain/drill/rehearsal.ts'
import { checkRehearsal, type RehearsalValues } from '../../../src/inputs/rehearsal.ts'
import { markdownOf } from '../../../src/report/markdown.ts'
import { textOf } from '../../support/report-text.ts'

const values: RehearsalValues = {
  ...{ migrateCommand: 'migrate', setupCommand: undefined, migrateDirectory: '.', migrateTimeout: 1800 },
  ...{ connectionVariables: ['SHOP_URL?schema=app'], rehearsalConfinement: 'required' },
}
const rehearsal: Rehearsal = {
  ...{
    verdict: 'failed',
    command: 'migrate',
    decidedBy: 'migrate-command',
    exitCode: 1,
    seconds: 3.2,
    timeoutSeconds: 60,
  },
  ...{ confinement: 'another user', lastLines: ['| no'], bytesBefore: 1000, bytesAfter: 2000, notes: ['a note'] },
  tables: [{ table: 'public.t', change: 'dropped', rowsBefore: 2, bytesBefore: 100 }],
  locks: {
    ...{ samples: 9, every: 0.05, everyStatement: true },
    locks: [{ table: 'public.t', mode: 'ShareLock', exclusiveSeconds: 0 }],
  },
  findings: Array.from({ length: 25 }, (_, index) => `finding ${index}`),
}

test('without a migrate command, there is no rehearsal request and no report', () => {
  expect(rehearsalRequest({ ...values, migrateCommand: undefined })).toBeUndefined()
  expect(rehearsalReport({})).toEqual([])
  expect(rehearsalOutputs({})).toEqual({ rehearsal: 'not-run', 'rehearsal-seconds': undefined })
})

test('the request contains the values of the inputs', () => {
  expect(rehearsalRequest(values)).toEqual({
    ...{
      migrateCommand: 'migrate',
      setupCommand: undefined,
      directory: '.',
      timeoutSeconds: 1800,
      confinement: 'required',
    },
    connectionVariables: [{ name: 'SHOP_URL', parameters: 'schema=app' }],
  })
})

test('invalid inputs are reported by flag', () => {
  expect(checkRehearsal(values)).toEqual([])
  expect(
    checkRehearsal({ ...values, migrateCommand: undefined, setupCommand: 'npm ci', connectionVariables: ['a b'] }),
  ).toEqual(['--setup-command needs --migrate-command', '--connection-variables: "a b" is not NAME or NAME?parameters'])
})

test('the report shows verdict, findings, notes, sizes and locks, and cuts long lists', () => {
  const report = rehearsalReport({ rehearsal })
  const text = textOf({ report })
  expect(text).toMatch(/^Rehearsal of the migration: failed: migrate-command exited with 1\n {2}migrate\n/)
  for (const part of ['finding 19\nand 5 more', '1.00 KB before', '9 samples, one every 50 ms', 'a note', 'ShareLock'])
    expect(text).toContain(part)
  expect(text).not.toContain('finding 20')
  const page = report.map((part) => markdownOf(part, (each) => each)).join('\n')
  for (const part of ['failed: migrate-command', 'finding 0', '| no', 'dropped', 'ShareLock'])
    expect(page).toContain(part)
})
