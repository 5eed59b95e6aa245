// Input rows of a restore of one tenant.
import { inputTable } from './kinds.ts'
import { isolationInputs } from './shared.ts'

const tenant = 'One tenant'

export const tenantRestoreInputs = inputTable({
  tenant: { kind: 'text', summary: "The tenant's id", group: tenant, placeholder: 'ID' },
  from: {
    kind: 'text',
    summary: 'Take the tenant out of this backup of the whole platform: latest, an id or the unique beginning of one',
    group: tenant,
    placeholder: 'ID',
  },
  as: { kind: 'text', summary: 'Put it in under another id', group: tenant, placeholder: 'ID' },
  'remap-keys': {
    kind: 'flag',
    fallback: false,
    summary: 'With as: give every row a new primary key, so that the copy can stand beside the original',
    group: tenant,
  },
  triggers: {
    kind: 'choice',
    choices: ['on', 'off'],
    fallback: 'on',
    summary: 'off: triggers of the tables do not fire meanwhile; blocks other writers until the end',
    group: tenant,
  },
  'include-shared': {
    kind: 'flag',
    fallback: false,
    summary: 'Put in shared rows of the backup too, where they are missing',
    group: tenant,
  },
  ...isolationInputs,
  'lock-timeout': { kind: 'duration', fallback: 60, summary: 'How long to wait for a lock', group: tenant },
})
