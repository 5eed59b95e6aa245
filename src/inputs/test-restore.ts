// Inputs of `test-restore`, other than the stores and the choice of a backup.
import { inputTable } from './kinds.ts'
import { databaseInputs, isolationInputs } from './shared.ts'

export const testRestoreInputs = inputTable({
  jobs: {
    kind: 'count',
    summary: 'Parallel workers and connections; default: number of processors',
    least: 1,
    most: 64,
  },
  'scratch-url': {
    kind: 'secret',
    summary: 'URL of a PostgreSQL server for the drill; default: a temporary server of the installed version',
    group: 'Scratch',
    placeholder: 'URL',
  },
  'scratch-database': {
    kind: 'text',
    summary: 'Name of the database to create and drop on that server; it must not exist',
    environment: ['TEST_DB_NAME'],
    group: 'Scratch',
    placeholder: 'NAME',
  },
  'install-tools': {
    ...databaseInputs['install-tools'],
    summary: 'Install the PostgreSQL server of the major version of the backup if no installed server fits',
    group: 'Scratch',
  },
  ...isolationInputs,
  'allow-missing-extensions': {
    kind: 'flag',
    summary:
      'Skip extensions that the scratch server does not have, and objects that need them; the drill record lists them',
    fallback: false,
    group: 'Scratch',
  },
  'check-sql': {
    kind: 'lines',
    summary: 'Query that must return true (in every row) or one number above zero',
    group: 'Checks',
    placeholder: 'SQL',
  },
  'check-command': {
    kind: 'text',
    summary: 'Shell command that must exit with 0; its DATABASE_URL (Redis: REDIS_URL) names the scratch server',
    group: 'Checks',
    placeholder: 'COMMAND',
  },
  rto: {
    kind: 'duration',
    summary: 'Recovery time objective: maximum duration of a restore',
    fallback: 14_400,
    group: 'Checks',
  },
  rpo: {
    kind: 'duration',
    summary: 'Recovery point objective: maximum age of the data of the newest proven backup',
    fallback: 86_400,
    group: 'Checks',
  },
})

/** Which tenants of a backup of tenants are drilled. */
export const tenantDrillInputs = inputTable({
  tenant: {
    kind: 'lines',
    summary: 'Tenants to drill, for a backup of tenants; default: all',
    group: 'Tenants',
    placeholder: 'ID',
  },
  'tenant-sample': {
    kind: 'count',
    least: 1,
    summary: 'Number of random tenants to drill, for a backup of tenants',
    group: 'Tenants',
    placeholder: 'COUNT',
  },
})
