// `restore redis`: keys into a live Redis, or an RDB file for a stopped one.

import { safetyFailed, safetySettings } from '../../commands/backup/safety-backup.ts'
import { hooksOf } from '../../commands/restore/restore-hooks.ts'
import type { RestoreValues } from '../../commands/restore/restore-inputs.ts'
import { openStores } from '../../commands/stores/stores-of.ts'
import type { RestoreResult, World } from '../../commands/world.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { type RedisManifest, requireRedis } from '../../domain/manifest/manifest.ts'
import { commandText } from '../../domain/text/command-line.ts'
import type { Values } from '../../inputs/kinds.ts'
import { checkRedisInputs, type RedisInputs, redisAddressOf } from '../../inputs/redis.ts'
import type { FoundWithManifest } from '../../operations/catalogue/find-backup.ts'
import type { BackupChoice } from '../../operations/restore/check-origin.ts'
import {
  type RedisRestoreOrder,
  redisUndoCommand,
  restoreRedis,
  restoreRedisToFile,
} from '../../operations/restore/restore-redis.ts'
import type { RedisMode, RedisTarget } from '../../ports/redis.ts'
import { choiceOf, openBackup } from '../open-backup.ts'
import { safetyBackupFlags } from '../safety-backup-flags.ts'
import { noRedis, redisSafetyBackup, requireRedisAddress } from './backup.ts'
import type { restoreInputs } from './restore-inputs.ts'
import { outcomeOfRedisFile, outcomeOfRedisRestore } from './restore-report.ts'

type RedisValues = RestoreValues & Values<typeof restoreInputs>

/** Rules across the inputs of a restore of Redis. */
export function checkRestore(values: RedisValues): string[] {
  const { mode, redisPattern, redisDatabase, toRedisDatabase, resumeQueues, toFile, dryRun } = values
  const isNarrowed = redisPattern.length > 0 || redisDatabase !== undefined || toRedisDatabase !== undefined
  const broken: string[] = []
  if (toRedisDatabase !== undefined && redisDatabase === undefined)
    broken.push('--to-redis-database needs --redis-database')
  if (toFile !== undefined && (isNarrowed || mode !== undefined || resumeQueues || dryRun)) {
    broken.push(
      '--to-file cannot be used together with --mode, --redis-pattern, --redis-database, --resume-queues or --dry-run',
    )
  }
  if (toFile === undefined && !redisAddressOf(values)) broken.push(noRedis)
  return [...broken, ...checkRedisInputs(values)]
}

export async function runRestore(values: RedisValues, world: World): Promise<RestoreResult> {
  const found = await openBackup(values, world, 'redis', requireRedis)
  const here = { ...world, temporary: values.temporary ?? world.temporary }
  if (values.toFile !== undefined) {
    const order = { found, path: values.toFile, address: redisAddressOf(values), write: world.writeRedisFile }
    return { ...outcomeOfRedisFile(await restoreRedisToFile(order, here)), confirm: undefined }
  }
  const target = await world.openRedisTarget(requireRedisAddress(values))
  try {
    const order = redisOrder(
      { values, found, choice: choiceOf(values, found.manifest), target, mode: modeOf(values, 'merge') },
      here,
    )
    const restoreResult = await restoreRedis({ ...order, confirm: values.confirm, hooks: hooksOf(values) }, here)
    return {
      ...outcomeOfRedisRestore(restoreResult, target, safetyBackupFlags(values, found, world)),
      confirm: target.display,
    }
  } finally {
    await target.close()
  }
}

/** Returns the requested mode, or else the fallback. Throws for a mode of tenants. */
export function modeOf({ mode }: Pick<RedisValues, 'mode'>, fallback: RedisMode): RedisMode {
  if (mode === 'insert') throw new Failure('input/conflict', '--mode insert needs --kind tenant')
  return mode ?? fallback
}

/** Values of a restore of Redis; `all` has no selection of keys. */
type OrderValues = RestoreValues & RedisInputs & Pick<RedisValues, 'skipSafetyBackup' | 'resumeQueues'>

interface RedisParts {
  readonly values: OrderValues & Partial<RedisValues>
  readonly found: FoundWithManifest<RedisManifest>
  readonly choice: BackupChoice
  readonly target: RedisTarget
  readonly mode: RedisMode
}

export function redisOrder({ values, found, choice, target, mode }: RedisParts, world: World): RedisRestoreOrder {
  const { redisPattern = [], redisDatabase, toRedisDatabase, resumeQueues, dryRun, skipSafetyBackup } = values
  return {
    ...{ target, found, choice, mode, patterns: redisPattern, resumeQueues, dryRun },
    ...(redisDatabase !== undefined && { database: redisDatabase }),
    ...(toRedisDatabase !== undefined && { toDatabase: toRedisDatabase }),
    safetyCommand: (id) =>
      commandText(redisUndoCommand(id, found.entry.name, target, safetyBackupFlags(values, found, world))),
    safetyBackup: skipSafetyBackup ? undefined : () => safetyBackup(values, found.entry.name, world),
  }
}

async function safetyBackup(values: OrderValues, name: string, world: World): Promise<string> {
  try {
    const request = { address: requireRedisAddress(values), stores: await openStores(values, world), name }
    return await redisSafetyBackup(request, safetySettings, world)
  } catch (error) {
    world.signal.throwIfAborted()
    throw safetyFailed(error)
  }
}
