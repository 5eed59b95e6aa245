// Input rows of the retention policy, for `prune` and for commands that prune at their end.
import { inputTable } from './kinds.ts'

const longest = 36_500
const days = 'Retention by trigger'
const periods = 'Retention by period, per name and kind'

export const retentionInputs = inputTable({
  'retention-days': {
    kind: 'count',
    fallback: 30,
    most: longest,
    summary: 'Number of days to keep scheduled backups',
    environment: ['BACKUP_RETENTION_DAYS'],
    group: days,
    placeholder: 'DAYS',
  },
  'pre-migration-days': {
    kind: 'count',
    fallback: 90,
    most: longest,
    summary: 'Number of days to keep backups made before a migration',
    group: days,
    placeholder: 'DAYS',
  },
  'safety-days': {
    kind: 'count',
    fallback: 7,
    most: longest,
    summary: 'Number of days to keep backups made before a restore',
    group: days,
    placeholder: 'DAYS',
  },
  'manual-days': {
    kind: 'count',
    most: longest,
    summary: 'Number of days to keep manual backups; default: no limit',
    group: days,
    placeholder: 'DAYS',
  },
  'keep-at-least': {
    kind: 'count',
    fallback: 3,
    least: 1,
    summary: 'Number of the newest good backups of each name and kind that are always kept',
    group: days,
  },
  'keep-last': { kind: 'count', fallback: 0, summary: 'Number of latest backups to keep', group: periods },
  'keep-daily': {
    kind: 'count',
    fallback: 0,
    summary: 'Number of daily backups to keep (UTC)',
    group: periods,
  },
  'keep-weekly': {
    kind: 'count',
    fallback: 0,
    summary: 'Number of weekly backups to keep (ISO weeks)',
    group: periods,
  },
  'keep-monthly': {
    kind: 'count',
    fallback: 0,
    summary: 'Number of monthly backups to keep',
    group: periods,
  },
  'keep-yearly': {
    kind: 'count',
    fallback: 0,
    summary: 'Number of yearly backups to keep',
    group: periods,
  },
})
