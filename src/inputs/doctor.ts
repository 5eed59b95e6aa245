// Input rows of `doctor`.
import { inputTable } from './kinds.ts'

export const doctorInputs = inputTable({
  kind: {
    kind: 'choice',
    choices: ['redis'],
    fallback: 'redis',
    summary: 'What to examine: redis',
    group: 'Examination',
  },
  'max-age': {
    kind: 'duration',
    fallback: 86_400,
    summary: 'Maximum age of the last RDB save, if Redis has unsaved changes',
    group: 'Examination',
  },
})
