// The report of a drill: verdict, objectives, differences and checks.
import { expect, test } from 'vitest'
import { drillReport } from '../../../src/commands/drill/drill-report.ts'
import { type DrillRecord, drillFormat } from '../../../src/domain/drill/drill.ts'
import { dataAge, restoreTime } from '../../../src/domain/drill/objectives.ts'
import { factsOf, headingsOf, partsOf, tableWith } from '../../support/report-text.ts'
import { idText } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')
const record: DrillRecord = {
  format: drillFormat,
  backup: id,
  name: 'shop',
  manifestSha256: '0'.repeat(64),
  verdict: 'proven',
  differences: [],
  checks: [],
  notes: [],
  phases: [],
  started: '2026-11-24T03:00:00.000Z',
  finished: '2026-11-24T03:01:00.000Z',
  bytes: 8,
  contentBytes: 20,
  tables: 1,
  isolation: 'root',
  rows: 41,
  scratch: 'shop on 127.0.0.1:1',
  rtoSeconds: 60,
  rtoObjectiveSeconds: 14_400,
}
const objectives = [restoreTime(60, 14_400), dataAge('2026-11-24T02:00:05Z', new Date('2026-11-26T02:00:05Z'), 86_400)]
const drilled = (more: Partial<DrillRecord>) =>
  drillReport(
    { record: { ...record, ...more }, recorded: ['file:./backups'], snapshotTaken: '2026-11-24T02:00:05Z' },
    objectives,
  )

test('the report of a proven drill compares restore time and data age with RTO and RPO', () => {
  const parts = drilled({})
  expect(headingsOf(parts)).toEqual([`Proven: ${id}`])
  expect(tableWith(parts, 'Objective')).toEqual([
    ['RTO', '4 h', '1 min to restore', 'met'],
    ['RPO', '24 h', '2 days old', 'MISSED'],
  ])
  expect(factsOf(parts).Compared).toBe('1 table with 41 rows, equal to the backup')
  expect(tableWith(parts, 'Differs')).toBeUndefined()
})

test('the report of a failed drill shows the differences, the checks and the restore error', () => {
  const parts = drilled({
    verdict: 'failed',
    problem: 'the server refuses its data',
    differences: [{ what: 'table', name: 'public.t', sentence: 'public.t: 2 rows in the backup, 1 restored' }],
    checks: [{ kind: 'sql', check: 'SELECT false', passed: false, detail: 'it gave false' }],
    notes: ['no extensions'],
  })
  expect(headingsOf(parts)).toEqual([`Drill failed: ${id}`])
  expect(tableWith(parts, 'Differs')).toEqual([['table', 'public.t', 'public.t: 2 rows in the backup, 1 restored']])
  expect(tableWith(parts, 'Passed')).toEqual([['SELECT false', 'NO', 'it gave false']])
  expect(partsOf(parts, 'paragraph').map(({ text }) => text)).toEqual(['the server refuses its data'])
  expect(factsOf(parts).Note).toBe('no extensions')
})
