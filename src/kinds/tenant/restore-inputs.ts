// Input rows of a restore of one tenant.
import { inputTable } from '../../inputs/kinds.ts'
import { codeInputs, databaseInputs, isolationInputs } from '../../inputs/shared.ts'
import { tenantInputs } from '../../inputs/tenants.ts'
import { restoreRows } from '../restore-rows.ts'

const tenant = 'One tenant'

export const restoreInputs = inputTable({
  ...databaseInputs,
  mode: restoreRows.mode,
  'skip-safety-backup': restoreRows['skip-safety-backup'],
  jobs: restoreRows.jobs,
  ...codeInputs,
  tenant: { kind: 'text', summary: 'ID of the tenant to restore', group: tenant, placeholder: 'ID' },
  from: {
    kind: 'text',
    summary: 'Take the tenant from this backup of the whole platform: latest, an ID or its unique beginning',
    group: tenant,
    placeholder: 'ID',
  },
  'new-tenant-id': { kind: 'text', summary: 'Restore under a different tenant ID', group: tenant, placeholder: 'ID' },
  'remap-keys': {
    kind: 'flag',
    fallback: false,
    summary: 'With new-tenant-id: give each row a new primary key, so that the copy and the original can both exist',
    group: tenant,
  },
  triggers: {
    kind: 'choice',
    choices: ['on', 'off'],
    fallback: 'on',
    summary: 'off: disable triggers of the tables during the restore, which blocks other writers until it ends',
    group: tenant,
  },
  'include-shared': {
    kind: 'flag',
    fallback: false,
    summary: 'Also insert shared rows of the backup that are missing',
    group: tenant,
  },
  ...isolationInputs,
  'lock-timeout': { kind: 'duration', fallback: 60, summary: 'How long to wait for a lock', group: tenant },
  ...tenantInputs,
})
