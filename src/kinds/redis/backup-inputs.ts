// Input rows of a backup of Redis: how its data is read, and which keys.
import { inputTable, type Values } from '../../inputs/kinds.ts'
import { redisInputs } from '../../inputs/redis.ts'

const redis = 'Redis'

export const backupInputs = inputTable({
  ...redisInputs,
  'redis-method': {
    kind: 'choice',
    choices: ['auto', 'replica', 'bgsave', 'scan'],
    fallback: 'auto',
    summary:
      'How to read the data: replica (replication protocol), bgsave (RDB file of the server), scan (key by key, not a consistent snapshot) or auto (the first of these that works)',
    group: redis,
  },
  'redis-rdb-path': {
    kind: 'text',
    summary: 'For bgsave: path of the RDB file of the server on this machine',
    group: redis,
    placeholder: 'PATH',
  },
  'redis-replica': {
    kind: 'flag',
    fallback: true,
    summary: 'Read from a replica if one is in sync',
    group: redis,
  },
  'redis-pattern': {
    kind: 'lines',
    summary: 'Only keys that match, such as bull:* (method scan); needs its own name',
    group: redis,
    placeholder: 'PATTERN',
  },
  'redis-database': {
    kind: 'lines',
    summary: 'Only this database (method scan); needs its own name',
    group: redis,
    placeholder: 'NUMBER',
  },
})

type BackupValues = Values<typeof backupInputs>

/** Returns a sentence for each violated rule across these inputs. */
export function checkBackupInputs(values: BackupValues & { readonly name: string | undefined }): string[] {
  const { redisMethod, redisRdbPath, redisPattern, redisDatabase, name } = values
  const isPart = redisPattern.length + redisDatabase.length > 0
  return [
    ...redisDatabase
      .filter((text) => !/^\d{1,5}$/.test(text))
      .map((text) => `--redis-database: ${JSON.stringify(text)} is not a database number`),
    ...(isPart && name === undefined
      ? [
          '--redis-pattern and --redis-database need --name: a partial backup must not replace full backups of the same name',
        ]
      : []),
    ...(isPart && (redisMethod === 'replica' || redisMethod === 'bgsave')
      ? ['--redis-pattern and --redis-database need --redis-method scan or auto']
      : []),
    ...(redisMethod === 'bgsave' && redisRdbPath === undefined
      ? ['--redis-method bgsave needs --redis-rdb-path, the path of the RDB file of the server']
      : []),
  ]
}
