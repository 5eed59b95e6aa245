// Input rows of a restore of Redis, other than its address.
import { inputTable } from './kinds.ts'

const redis = 'Redis'

export const redisRestoreInputs = inputTable({
  'redis-pattern': {
    kind: 'lines',
    summary: 'Restore only keys that match, such as bull:*',
    group: redis,
    onlyFor: ['redis'],
    placeholder: 'PATTERN',
  },
  'redis-database': {
    kind: 'count',
    summary: 'Restore only this database of the backup',
    group: redis,
    onlyFor: ['redis'],
    placeholder: 'NUMBER',
  },
  'to-redis-database': {
    kind: 'count',
    summary: 'With redis-database: number of the database to restore its keys into',
    group: redis,
    onlyFor: ['redis'],
    placeholder: 'NUMBER',
  },
  'resume-queues': {
    kind: 'flag',
    fallback: false,
    summary: 'Do not pause restored BullMQ queues; by default they are paused, because jobs have side effects',
    group: redis,
    onlyFor: ['redis', 'all'],
  },
  'to-file': {
    kind: 'text',
    summary:
      'Write the RDB to this new file (cluster: folder) for a stopped server, instead of restoring into a live one',
    group: redis,
    onlyFor: ['redis'],
    placeholder: 'PATH',
  },
})
