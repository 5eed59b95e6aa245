// A backup of Redis as the inputs request it.

import type { BackupValues, World } from '../../commands/world.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { RedisManifest } from '../../domain/manifest/manifest.ts'
import type { Values } from '../../inputs/kinds.ts'
import { checkRedisInputs, type RedisInputs, redisAddressOf } from '../../inputs/redis.ts'
import { type BackUpRedisRequest, backUpRedis, type RedisDumpOptions } from '../../operations/backup/back-up-redis.ts'
import type { BackedUp } from '../../operations/backup/backup-run.ts'
import type { Store } from '../../ports/common.ts'
import type { RedisAddress } from '../../ports/redis.ts'
import { type backupInputs, checkBackupInputs } from './backup-inputs.ts'

type RedisBackupValues = BackupValues & Values<typeof backupInputs>

/** The message if a command needs Redis and no address was given. */
export const noRedis = '--redis-url is missing; set REDIS_URL to redis://user:password@host:6379, or REDIS_HOST'

/** Rules across the inputs of a backup of Redis. */
export function checkBackup(values: RedisBackupValues): string[] {
  return [...(redisAddressOf(values) ? [] : [noRedis]), ...checkRedisInputs(values), ...checkBackupInputs(values)]
}

/** Returns the address. Throws a failure of kind usage that says how to give it if there is none. */
export function requireRedisAddress(values: RedisInputs): RedisAddress {
  const address = redisAddressOf(values)
  if (address) return address
  throw new Failure('redis/no-url', noRedis, { hint: 'Percent-encode special characters of the password.' })
}

/** Which keys to read, and how; absent patterns and databases mean all. */
export function dumpOptionsOf(
  values: Pick<RedisBackupValues, 'redisMethod' | 'redisRdbPath' | 'redisReplica'> & Partial<RedisBackupValues>,
): RedisDumpOptions {
  const { redisMethod, redisRdbPath, redisPattern = [], redisDatabase = [], redisReplica } = values
  return {
    method: redisMethod,
    ...(redisRdbPath !== undefined && { rdbPath: redisRdbPath }),
    patterns: redisPattern,
    databases: redisDatabase.map(Number),
    preferReplica: redisReplica,
  }
}

export async function backUpRedisTo(
  stores: readonly Store[],
  values: RedisBackupValues,
  world: World,
): Promise<BackedUp<RedisManifest>> {
  const { trigger, compressionLevel, confirmBytes, shrinkLimit, keepDays, recoveryPoint } = values
  const redis = await world.openRedis(requireRedisAddress(values))
  return backUpRedis(
    {
      ...{ redis, stores, dumpOptions: dumpOptionsOf(values), name: values.name ?? defaultName },
      ...{ trigger, compressionLevel, confirmBytes, shrinkLimit, keepDays, recoveryPoint },
    },
    { ...world, temporary: values.temporary ?? world.temporary },
  )
}

const defaultName = 'redis'

/** Backs up all data of a Redis before a restore changes it, under the name of the backup that is restored. */
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
