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
    summary: 'How old the last save of a Redis that has changed since may be',
    group: 'Examination',
  },
})
