// A backup of Redis as the inputs ask for it.
import { Failure } from '../domain/failure.ts'
import type { dumpInputs } from '../inputs/dump.ts'
import type { Values } from '../inputs/kinds.ts'
import { checkRedisInputs, type RedisInputs, redisAddressOf } from '../inputs/redis.ts'
import { checkRedisBackupInputs } from '../inputs/redis-backup.ts'
import type { BackedUp, BackUpRequest } from '../operations/back-up.ts'
import {
  type BackUpRedisRequest,
  backUpRedis,
  openRedisDump,
  type RedisDumpOptions,
} from '../operations/back-up-redis.ts'
import type { Store } from '../operations/ports.ts'
import type { Redis, RedisAddress } from '../operations/redis-ports.ts'
import type { World } from './command.ts'

type BackupValues = Values<typeof dumpInputs> & RedisInputs

/** The message if a command needs Redis and no address was given. */
export const noRedis = '--redis-url is missing; set REDIS_URL to redis://user:password@host:6379, or REDIS_HOST'

/** Rules across the inputs of a backup that may be of Redis. */
export function rulesOfRedis(values: BackupValues): string[] {
  const { kind, redisPattern, redisDatabase, redisMethod, redisRdbPath } = values
  if (kind === 'platform' || kind === 'tenant') {
    const given = redisPattern.length + redisDatabase.length > 0 || redisMethod !== 'auto' || redisRdbPath !== undefined
    return given
      ? ['--redis-method, --redis-rdb-path, --redis-pattern and --redis-database need --kind redis or all']
      : []
  }
  const isPart = redisPattern.length + redisDatabase.length > 0
  return [
    ...(kind === 'redis' && !redisAddressOf(values) ? [noRedis] : []),
    ...(kind === 'all' && isPart ? ['--redis-pattern and --redis-database need --kind redis'] : []),
    ...checkRedisInputs(values),
    ...checkRedisBackupInputs(values),
  ]
}

/** The address, or a usage failure that says how to give it. */
export function requireRedisAddress(values: RedisInputs): RedisAddress {
  const address = redisAddressOf(values)
  if (address) return address
  throw new Failure('redis/no-url', noRedis, { hint: 'Percent-encode special characters of the password.' })
}

function dumpOptionsOf(values: BackupValues): RedisDumpOptions {
  const { redisMethod, redisRdbPath, redisPattern, redisDatabase, redisReplica } = values
  return {
    method: redisMethod,
    ...(redisRdbPath !== undefined && { rdbPath: redisRdbPath }),
    patterns: redisPattern,
    databases: redisDatabase.map(Number),
    preferReplica: redisReplica,
  }
}

/** For kind `all`: Redis beside the platform, where one is named; undefined otherwise. */
export async function companionRedis(
  values: BackupValues,
  world: World,
): Promise<{ readonly open: NonNullable<BackUpRequest['redis']>; readonly redis: Redis } | undefined> {
  const address = values.kind === 'all' ? redisAddressOf(values) : undefined
  if (!address) return undefined
  const redis = await world.openRedis(address)
  return { redis, open: openRedisDump(redis, dumpOptionsOf(values)) }
}

/** Kind `redis`: a Redis alone. */
export async function backUpRedisTo(stores: readonly Store[], values: BackupValues, world: World): Promise<BackedUp> {
  const { trigger, compressionLevel, confirmBytes, shrinkLimit, keepDays, recoveryPoint } = values
  const redis = await world.openRedis(requireRedisAddress(values))
  return backUpRedis(
    {
      ...{ redis, stores, dumpOptions: dumpOptionsOf(values), name: values.name ?? defaultName },
      ...{ trigger, compressionLevel, confirmBytes, shrinkLimit, keepDays, recoveryPoint },
    },
    world,
  )
}

const defaultName = 'redis'

/** Everything of a Redis, before a restore changes it, under the name of the backup that is restored. */
export async function redisSafetyBackup(
  { address, stores, name }: { address: RedisAddress; stores: readonly Store[]; name: string },
  settings: Omit<BackUpRedisRequest, 'redis' | 'dumpOptions' | 'stores' | 'name'>,
  world: World,
): Promise<string> {
  const dumpOptions: RedisDumpOptions = { method: 'auto', patterns: [], databases: [], preferReplica: false }
  const { manifest, failure } = await backUpRedis(
    { ...settings, redis: await world.openRedis(address), dumpOptions, stores, name },
    world,
  )
  if (failure) throw failure
  return manifest.id
}
