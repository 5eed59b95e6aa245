import { expect, test } from 'vitest'
import { parseRecordTable } from '../../src/domain/record-table.ts'

test.each([
  ['"BackupRun"', { schema: undefined, table: 'BackupRun' }],
  ['BackupRun', { schema: undefined, table: 'BackupRun' }],
  ['public.BackupRun', { schema: 'public', table: 'BackupRun' }],
  ['"odd.schema"."Backup ""Run"""', { schema: 'odd.schema', table: 'Backup "Run"' }],
  ['"a.b"', { schema: undefined, table: 'a.b' }],
])('%s is parsed as a table name, with a schema only if it contains one', (text, name) => {
  expect(parseRecordTable(text)).toEqual(name)
})

test.each(['', '.', 'a.b.c', '"', '"a', `"${'é'.repeat(32)}"`, 'a\0b'])('%j is rejected as a table name', (text) => {
  expect(parseRecordTable(text)).toBeUndefined()
})
