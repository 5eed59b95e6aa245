// Input rows of a restore of Redis, besides its address.
import { inputTable } from './kinds.ts'

const redis = 'Redis'

export const redisRestoreInputs = inputTable({
  'redis-pattern': {
    kind: 'lines',
    summary: 'Only keys of the backup that match, such as bull:*',
    group: redis,
    placeholder: 'PATTERN',
  },
  'redis-database': { kind: 'count', summary: 'Only this database of the backup', group: redis, placeholder: 'NUMBER' },
  'to-redis-database': {
    kind: 'count',
    summary: 'With redis-database: the number of the database that its keys come back to',
    group: redis,
    placeholder: 'NUMBER',
  },
  'resume-queues': {
    kind: 'flag',
    fallback: false,
    summary: 'Let workers take jobs at once; otherwise BullMQ queues come back paused, since jobs have side effects',
    group: redis,
  },
  'to-file': {
    kind: 'text',
    summary: 'Write the RDB into this new file (of a cluster: a folder) for a server that is stopped, instead of into a live one',
    group: redis,
    placeholder: 'PATH',
  },
})
