// Inputs of `test-restore`, besides the stores and the choice of a backup.
import { inputTable } from './kinds.ts'
import { isolationInputs } from './shared.ts'

export const testRestoreInputs = inputTable({
  jobs: {
    kind: 'count',
    summary: "Parallel workers and connections; default: the machine's processors",
    least: 1,
    most: 64,
  },
  'scratch-url': {
    kind: 'secret',
    summary: 'URL of a PostgreSQL server to drill on; default: a temporary server of the installed binaries',
    group: 'Scratch',
    placeholder: 'URL',
  },
  'scratch-database': {
    kind: 'text',
    summary: 'Name of the database to make on that server and drop again; never one that exists',
    environment: ['TEST_DB_NAME'],
    group: 'Scratch',
    placeholder: 'NAME',
  },
  ...isolationInputs,
  'allow-missing-extensions': {
    kind: 'flag',
    summary: 'Leave out extensions that scratch lacks, and what needs them: "proven except"',
    fallback: false,
    group: 'Scratch',
  },
  tenant: { kind: 'lines', summary: 'Of a backup of tenants only these; default: all', group: 'Tenants', placeholder: 'ID' },
  'tenant-sample': {
    kind: 'count',
    least: 1,
    summary: 'Of a backup of tenants so many, chosen at random',
    group: 'Tenants',
    placeholder: 'COUNT',
  },
  'check-sql': {
    kind: 'lines',
    summary: 'SQL that must answer true (every row), or one number above zero; several are fine',
    group: 'Checks',
    placeholder: 'SQL',
  },
  'check-command': {
    kind: 'text',
    summary: 'A shell command that must exit with 0; its DATABASE_URL (of Redis REDIS_URL) points at scratch',
    group: 'Checks',
    placeholder: 'COMMAND',
  },
  rto: {
    kind: 'duration',
    summary: 'How long restoring may take (objective)',
    fallback: 14_400,
    group: 'Checks',
  },
  rpo: {
    kind: 'duration',
    summary: 'How old the data of the newest proven backup may be (objective)',
    fallback: 86_400,
    group: 'Checks',
  },
})
