// Input rows of a restore of a whole database or of some of its tables.
import { inputTable } from '../../inputs/kinds.ts'
import { codeInputs, databaseInputs } from '../../inputs/shared.ts'
import { restoreRows } from '../restore-rows.ts'

const how = 'Method'
const what = 'Selection'

export const restoreInputs = inputTable({
  ...databaseInputs,
  strategy: restoreRows.strategy,
  undo: {
    kind: 'flag',
    fallback: false,
    summary: 'Swap back the database that the last restore replaced',
    group: how,
  },
  'skip-safety-backup': restoreRows['skip-safety-backup'],
  'on-error': {
    kind: 'choice',
    choices: ['stop', 'report', 'accept'],
    fallback: 'stop',
    summary:
      'What to do if an object cannot be restored: stop, report (continue, list it and exit with code 4, without a swap) or accept (report, but swap)',
    group: how,
  },
  jobs: restoreRows.jobs,
  'target-database': {
    kind: 'text',
    summary: 'For strategy new: name of the database to create; it must not exist',
    group: what,
    placeholder: 'NAME',
  },
  'target-schema': {
    kind: 'text',
    summary: 'Name of a schema to create in the live database for the selected tables',
    group: what,
    placeholder: 'NAME',
  },
  table: {
    kind: 'lines',
    summary: 'Restore only this table, such as public.Product; needs target-database or target-schema',
    group: what,
    placeholder: 'NAME',
  },
  schema: {
    kind: 'lines',
    summary: 'Restore only this schema; needs target-database or target-schema',
    group: what,
    placeholder: 'NAME',
  },
  ...codeInputs,
})
