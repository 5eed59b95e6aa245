import { expect, test } from 'vitest'
import { parseRecordTable } from '../../src/domain/record-table.ts'

test.each([
  ['"BackupRun"', { schema: undefined, table: 'BackupRun' }],
  ['BackupRun', { schema: undefined, table: 'BackupRun' }],
  ['public.BackupRun', { schema: 'public', table: 'BackupRun' }],
  ['"odd.schema"."Backup ""Run"""', { schema: 'odd.schema', table: 'Backup "Run"' }],
  ['"a.b"', { schema: undefined, table: 'a.b' }],
])('%s is a table, in a schema only where one is written', (text, name) => {
  expect(parseRecordTable(text)).toEqual(name)
})

test.each(['', '.', 'a.b.c', '"', '"a', `"${'é'.repeat(32)}"`, 'a\0b'])('%j is not the name of a table', (text) => {
  expect(parseRecordTable(text)).toBeUndefined()
})
