// Input rows of backups that read a PostgreSQL database.
import { inputTable } from '../inputs/kinds.ts'
import { codeInputs, databaseInputs } from '../inputs/shared.ts'

export const postgresRows = inputTable({
  ...databaseInputs,
  ...codeInputs,
  'source-counts': {
    kind: 'flag',
    fallback: true,
    summary: 'Count every table in the same snapshot and fail if the dump differs',
    group: 'Proof',
  },
  'lock-timeout': {
    kind: 'duration',
    fallback: 300,
    summary: 'How long to wait for the lock on a table',
  },
  'wait-for-other-run': {
    kind: 'duration',
    fallback: 14_400,
    summary: 'How long to wait for another run that dumps the same database; 0s fails at once',
  },
  'ignore-other-run': {
    kind: 'flag',
    fallback: false,
    summary: 'Back up even if another session holds the backup lock, which any role that can connect can take',
  },
})
