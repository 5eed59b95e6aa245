// Input rows of `nightly`: those of its steps, and which of them it takes.
import { dumpInputs } from './dump.ts'
import { inputTable } from './kinds.ts'
import { retentionInputs } from './retention.ts'
import { testRestoreInputs } from './test-restore.ts'

const steps = 'Steps'

export const nightlyInputs = inputTable({
  drill: {
    kind: 'flag',
    fallback: false,
    summary:
      'Restore this very backup into scratch and compare all of it (of kind all also tenants and Redis); if that fails, nothing is pruned',
    group: steps,
  },
  prune: {
    kind: 'flag',
    fallback: true,
    summary: 'Remove what retention no longer keeps of the backups of this name',
    group: steps,
  },
  ...dumpInputs,
  ...testRestoreInputs,
  ...retentionInputs,
  tenant: dumpInputs.tenant,
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
      "Parallel workers and connections, of the directory format and of the drill; default: 2 for the one, the machine's processors for the other",
  },
})
