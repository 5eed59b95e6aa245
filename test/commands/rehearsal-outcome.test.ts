// A rehearsal as people read it, and from its inputs.
import { expect, test } from 'vitest'
import {
  rehearsalLines,
  rehearsalOutputs,
  rehearsalRequest,
  rehearsalSummary,
} from '../../src/commands/rehearsal-outcome.ts'
import type { Rehearsal } from '../../src/domain/rehearsal.ts'
import { checkRehearsal, type RehearsalValues } from '../../src/inputs/rehearsal.ts'

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

test('nothing is asked for without a command, and nothing shown of what was not run', () => {
  expect(rehearsalRequest({ ...values, migrateCommand: undefined })).toBeUndefined()
  expect(rehearsalLines({})).toEqual([])
  expect(rehearsalSummary({})).toEqual([])
  expect(rehearsalOutputs({})).toEqual({ rehearsal: 'not-run', 'rehearsal-seconds': undefined })
})

test('the request has what the inputs say', () => {
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

test('inputs that cannot be are named', () => {
  expect(checkRehearsal(values)).toEqual([])
  expect(
    checkRehearsal({ ...values, migrateCommand: undefined, setupCommand: 'npm ci', connectionVariables: ['a b'] }),
  ).toEqual(['--setup-command needs --migrate-command', '--connection-variables: "a b" is not NAME or NAME?parameters'])
})

test('lines and summary name verdict, findings, notes, sizes and locks, and shorten what is long', () => {
  const lines = rehearsalLines({ rehearsal })
  expect(lines[1]).toBe('REHEARSAL failed: migrate-command exited with 1: migrate')
  expect(lines).toEqual(
    expect.arrayContaining(['  - finding 19', '  - and 5 more, in the record', '  note: a note', '  Time: 3.2 s']),
  )
  expect(lines.join('\n')).toMatch(/9 samples, one every 50 ms, and the locks of every committed DDL statement/)
  expect(lines.at(-1)).toMatch(/public\.t\s+ShareLock/)
  const text = JSON.stringify(rehearsalSummary({ rehearsal }))
  for (const part of ['failed: migrate-command', 'finding 0', '| no', 'dropped', 'ShareLock', '1.00 KB before'])
    expect(text).toContain(part)
})
