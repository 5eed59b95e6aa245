// Input rows of a restore of Redis.
import { inputTable } from '../../inputs/kinds.ts'
import { redisInputs } from '../../inputs/redis.ts'
import { restoreRows } from '../restore-rows.ts'

const redis = 'Redis'

export const restoreInputs = inputTable({
  ...redisInputs,
  mode: restoreRows.mode,
  'skip-safety-backup': restoreRows['skip-safety-backup'],
  'redis-pattern': {
    kind: 'lines',
    summary: 'Restore only keys that match, such as bull:*',
    group: redis,
    placeholder: 'PATTERN',
  },
  'redis-database': {
    kind: 'count',
    summary: 'Restore only this database of the backup',
    group: redis,
    placeholder: 'NUMBER',
  },
  'to-redis-database': {
    kind: 'count',
    summary: 'With redis-database: number of the database to restore its keys into',
    group: redis,
    placeholder: 'NUMBER',
  },
  'resume-queues': {
    kind: 'flag',
    fallback: false,
    summary: 'Do not pause restored BullMQ queues; by default they are paused, because jobs have side effects',
    group: redis,
  },
  'to-file': {
    kind: 'text',
    summary:
      'Write the RDB to this new file (cluster: folder) for a stopped server, instead of restoring into a live one',
    group: redis,
    placeholder: 'PATH',
  },
})
