// Input rows of `nightly`: which steps to run, and the inputs of each step.
import { dumpInputs } from './dump.ts'
import { inputTable } from './kinds.ts'
import { retentionInputs } from './retention.ts'
import { databaseInputs } from './shared.ts'
import { tenantDrillInputs, testRestoreInputs } from './test-restore.ts'

const steps = 'Steps'

/** Of the database, with the summary of an input that the drill has as well. */
export const nightlyDatabaseInputs = inputTable({
  ...databaseInputs,
  'install-tools': {
    ...databaseInputs['install-tools'],
    summary:
      'Install the PostgreSQL client of the major version of the server if it is missing, and the server if no installed server fits the drill',
  },
})

export const nightlyInputs = inputTable({
  drill: {
    kind: 'flag',
    fallback: false,
    summary:
      'Drill this backup: restore it into a scratch server and compare it (kind all: also tenants and Redis). If the drill fails, nothing is pruned',
    group: steps,
  },
  prune: {
    kind: 'flag',
    fallback: true,
    summary: 'Prune the backups of this name',
    group: steps,
  },
  ...dumpInputs,
  ...testRestoreInputs,
  ...retentionInputs,
  'tenant-sample': tenantDrillInputs['tenant-sample'],
  trigger: {
    ...dumpInputs.trigger,
    fallback: 'scheduled',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not of JavaScript.
    inAction: "${{ github.event_name == 'workflow_dispatch' && 'manual' || 'scheduled' }}",
  },
  jobs: {
    kind: 'count',
    least: 1,
    most: 64,
    summary:
      'Parallel connections of pg_dump in directory format (default: 2) and workers of the drill (default: number of processors)',
  },
})
