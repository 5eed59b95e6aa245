// Input rows of the record that the application keeps of every run, in a table of its own.
import { inputTable } from './kinds.ts'

const group = 'Record'

export const recordInputs = inputTable({
  record: {
    kind: 'flag',
    fallback: false,
    summary: "Record runs in the application's own table (docs/backup-run.md), and compare checksums with it",
    group,
  },
  'record-table': {
    kind: 'text',
    fallback: '"BackupRun"',
    summary: 'Its name, such as "BackupRun" or audit."BackupRun"',
    group,
    placeholder: 'NAME',
  },
  'record-create': { kind: 'flag', fallback: false, summary: 'Make the table where there is none', group },
  'record-url': {
    kind: 'secret',
    summary: 'URL of the PostgreSQL database that holds the table; default: database-url',
    environment: ['RECORD_DATABASE_URL'],
    group,
    placeholder: 'URL',
  },
})
