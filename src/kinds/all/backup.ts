// A backup of a recovery point: a database, its tenants and Redis, read at the same time.
import type { World } from '../../commands/world.ts'
import type { Values } from '../../inputs/kinds.ts'
import { checkRedisInputs, redisAddressOf } from '../../inputs/redis.ts'
import { openRedisDump } from '../../operations/backup/back-up-redis.ts'
import type { BackupSet } from '../../operations/backup/backup-run.ts'
import type { Store } from '../../ports/common.ts'
import { checkBackup as checkPlatform, dumpOf, type PlatformValues } from '../platform/backup.ts'
import { backUpDatabase } from '../postgres-backup.ts'
import { dumpOptionsOf } from '../redis/backup.ts'
import { checkBackupInputs, type backupInputs as redisRows } from '../redis/backup-inputs.ts'
import { checkSelection, namesNoTenants, type TenantValues, tenantsOf } from '../tenant/backup.ts'

type AllValues = PlatformValues & TenantValues & Values<typeof redisRows>

const allKeys = { redisPattern: [], redisDatabase: [] }

/** Rules across the inputs of all parts. */
export function checkBackup(values: AllValues): string[] {
  return [
    ...checkPlatform(values),
    ...checkSelection(values),
    ...checkRedisInputs(values),
    ...checkBackupInputs({ ...values, ...allKeys }),
  ]
}

/** Redis is backed up if it has an address, and tenants if the database has any or the inputs name some. */
export async function backUpAll(stores: readonly Store[], values: AllValues, world: World): Promise<BackupSet> {
  const address = redisAddressOf(values)
  if (!address) world.reporter.note('Redis is not backed up, because REDIS_URL is not set.')
  const redis = address && (await world.openRedis(address))
  const parts = {
    dump: dumpOf(values),
    allowEmpty: values.allowEmpty,
    tenants: { only: false, ifAny: namesNoTenants(values), open: tenantsOf(values, world) },
    ...(redis && { redis: openRedisDump(redis, dumpOptionsOf({ ...values, ...allKeys })) }),
  }
  try {
    return await backUpDatabase(parts, stores, values, world)
  } finally {
    await redis?.close()
  }
}
