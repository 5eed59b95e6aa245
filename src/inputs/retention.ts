// Input rows of the retention policy, for `prune` and for whatever prunes at the end of its work.
import { inputTable } from './kinds.ts'

const longest = 36_500
const days = 'How long backups are kept'
const periods = 'What is kept besides, per name and kind'

export const retentionInputs = inputTable({
  'retention-days': {
    kind: 'count',
    fallback: 30,
    most: longest,
    summary: 'Days that scheduled backups are kept',
    environment: ['BACKUP_RETENTION_DAYS'],
    group: days,
    placeholder: 'DAYS',
  },
  'pre-migration-days': {
    kind: 'count',
    fallback: 90,
    most: longest,
    summary: 'Days that backups made before a migration are kept',
    group: days,
    placeholder: 'DAYS',
  },
  'safety-days': {
    kind: 'count',
    fallback: 7,
    most: longest,
    summary: 'Days that backups made before a restore are kept',
    group: days,
    placeholder: 'DAYS',
  },
  'manual-days': {
    kind: 'count',
    most: longest,
    summary: 'Days that backups made by hand are kept; without it until told otherwise',
    group: days,
    placeholder: 'DAYS',
  },
  'keep-at-least': {
    kind: 'count',
    fallback: 3,
    least: 1,
    summary: 'So many of the newest good backups of a name and kind are never removed',
    group: days,
  },
  'keep-last': { kind: 'count', fallback: 0, summary: 'Keep so many of the latest backups', group: periods },
  'keep-daily': {
    kind: 'count',
    fallback: 0,
    summary: 'Keep the newest backup of each of so many days that have one (UTC)',
    group: periods,
  },
  'keep-weekly': {
    kind: 'count',
    fallback: 0,
    summary: 'Keep the newest backup of each of so many ISO weeks that have one',
    group: periods,
  },
  'keep-monthly': {
    kind: 'count',
    fallback: 0,
    summary: 'Keep the newest backup of each of so many months that have one',
    group: periods,
  },
  'keep-yearly': {
    kind: 'count',
    fallback: 0,
    summary: 'Keep the newest backup of each of so many years that have one',
    group: periods,
  },
})
