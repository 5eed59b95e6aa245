// Input rows of the record of runs, a table in the application's database.
import { inputTable } from './kinds.ts'

const group = 'Record'

/** For commands that compare a backup with the record. */
export const recordedInputs = inputTable({
  record: {
    kind: 'flag',
    fallback: false,
    summary: 'Compare the backup with its row in the table of runs, a table of the application (docs/backup-run.md)',
    group,
  },
  'record-table': {
    kind: 'text',
    fallback: '"BackupRun"',
    summary: 'Name of the table of runs, such as "BackupRun" or audit."BackupRun"',
    group,
    placeholder: 'NAME',
  },
  'record-url': {
    kind: 'secret',
    summary: 'URL of the PostgreSQL database with the table of runs; default: database-url',
    environment: ['RECORD_DATABASE_URL'],
    group,
    placeholder: 'URL',
  },
})

/** For commands that write the record. */
export const recordInputs = inputTable({
  ...recordedInputs,
  record: {
    ...recordedInputs.record,
    summary:
      'Record runs in the table of runs, a table of the application (docs/backup-run.md), and compare backups with it',
  },
  'record-create': { kind: 'flag', fallback: false, summary: 'Create the table of runs if it does not exist', group },
})
