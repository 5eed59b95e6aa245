// `prune`: removes what retention no longer keeps; `--dry-run` shows the plan.
import { retentionInputs } from '../../inputs/retention.ts'
import { storeInputs } from '../../inputs/shared.ts'
import { command } from '../command.ts'
import { checkStores, openStores } from '../stores/stores-of.ts'
import { outputsOfPrune, pruneBy } from './prune-stores.ts'

export const prune = command({
  name: 'prune',
  summary: 'Remove backups that retention does not keep, and leftovers of unfinished runs',
  examples: ['prune --dry-run', 'prune --retention-days 14 --keep-weekly 8 --keep-monthly 12'],
  inputs: {
    'dry-run': {
      kind: 'flag',
      fallback: false,
      summary: 'Print the plan with the reason for each backup and remove nothing',
    },
    name: { kind: 'text', summary: 'Only backups of this name', placeholder: 'NAME' },
    ...retentionInputs,
    ...storeInputs,
  },
  outputs: outputsOfPrune,
  check: checkStores,
  run: async (values, world) => {
    const { name, dryRun } = values
    const strict = values.store.length > 0
    return pruneBy(values, { stores: await openStores(values, world), name, dryRun, strict }, world)
  },
})
