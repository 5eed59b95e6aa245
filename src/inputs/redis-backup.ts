// Input rows of a backup of Redis: how its data comes out, and what of it.
import { inputTable, type Values } from './kinds.ts'

const redis = 'Redis'

export const redisBackupInputs = inputTable({
  'redis-method': {
    kind: 'choice',
    choices: ['auto', 'replica', 'bgsave', 'scan'],
    fallback: 'auto',
    summary:
      'replica (over the replication protocol), bgsave (the file that the server saves), scan (key by key: not of one instant) or auto (the first that the server allows)',
    group: redis,
  },
  'redis-rdb-path': {
    kind: 'text',
    summary: "For bgsave: where the server's RDB file can be read from here",
    group: redis,
    placeholder: 'PATH',
  },
  'redis-replica': {
    kind: 'flag',
    fallback: true,
    summary: 'Read from a replica where there is one that is in step',
    group: redis,
  },
  'redis-pattern': {
    kind: 'lines',
    summary: 'Only keys that match, such as bull:*, by scan; needs a name of its own',
    group: redis,
    placeholder: 'PATTERN',
  },
  'redis-database': {
    kind: 'lines',
    summary: 'Only this database, by scan; needs a name of its own',
    group: redis,
    placeholder: 'NUMBER',
  },
})

export type RedisBackupValues = Values<typeof redisBackupInputs>

/** Every broken rule across these inputs, as a sentence. */
export function checkRedisBackupInputs(values: RedisBackupValues & { readonly name: string | undefined }): string[] {
  const { redisMethod, redisRdbPath, redisPattern, redisDatabase, name } = values
  const isPart = redisPattern.length + redisDatabase.length > 0
  return [
    ...redisDatabase
      .filter((text) => !/^\d{1,5}$/.test(text))
      .map((text) => `redis-database: ${JSON.stringify(text)} is not the number of a database`),
    ...(isPart && name === undefined
      ? ['redis-pattern and redis-database need name: a part must not push out whole backups of the same name']
      : []),
    ...(isPart && (redisMethod === 'replica' || redisMethod === 'bgsave')
      ? ['redis-pattern and redis-database go with redis-method scan or auto']
      : []),
    ...(redisMethod === 'bgsave' && redisRdbPath === undefined
      ? ["redis-method bgsave needs redis-rdb-path: where the server's RDB file can be read"]
      : []),
  ]
}
