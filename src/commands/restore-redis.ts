// `restore --kind redis`: keys back into a live Redis, or an RDB for one that is stopped; and Redis' part of `--kind
// all`.
import { commandText } from '../domain/command-line.ts'
import { Failure } from '../domain/failure.ts'
import { checkRedisInputs, redisAddressOf } from '../inputs/redis.ts'
import type { Found } from '../operations/find-backup.ts'
import type { RedisMode, RedisTarget } from '../operations/redis-ports.ts'
import {
  type RedisRestoreOrder,
  redisUndoCommand,
  restoreRedis,
  restoreRedisToFile,
} from '../operations/restore-redis.ts'
import type { Outcome, World } from './command.ts'
import { noRedis, redisSafetyBackup, requireRedisAddress } from './redis-request.ts'
import { outcomeOfRedisFile, outcomeOfRedisRestore } from './redis-restore-report.ts'
import { hooksOf } from './restore-hooks.ts'
import type { RestoreValues } from './restore-inputs.ts'
import type { outputsOfRestore } from './restore-outcome.ts'
import { wayBackFlags } from './restore-platform.ts'
import { safetyFailed, safetySettings } from './safety-backup.ts'
import { openFirstStoreWith, openStores } from './stores-of.ts'

/** Rules across the inputs of a restore of Redis. */
export function rulesOfRedisRestore(values: RestoreValues): string[] {
  const { kind, mode, redisPattern, redisDatabase, toRedisDatabase, resumeQueues, toFile } = values
  const narrowed = redisPattern.length > 0 || redisDatabase !== undefined || toRedisDatabase !== undefined
  if (kind !== 'redis' && kind !== 'all') {
    const given = narrowed || resumeQueues || toFile !== undefined
    return given
      ? ['--redis-pattern, --redis-database, --to-redis-database, --resume-queues and --to-file need --kind redis']
      : []
  }
  const { undo, strategy, targetDatabase, targetSchema, table, schema } = values
  const ofDatabases = (targetDatabase ?? targetSchema) !== undefined || table.length + schema.length > 0
  const broken: string[] = []
  if (mode === 'insert') broken.push('--mode insert needs --kind tenant')
  if (undo) broken.push('--undo needs --kind platform; to undo a restore of Redis, restore its safety backup')
  if (kind === 'all') {
    if (narrowed || toFile !== undefined)
      broken.push('--redis-pattern, --redis-database, --to-redis-database and --to-file need --kind redis')
    if (strategy === 'new' || ofDatabases)
      broken.push(
        '--kind all cannot be used together with --strategy new, --target-database, --target-schema, --table or --schema',
      )
  } else {
    if (strategy !== 'swap' || ofDatabases)
      broken.push('--strategy, --target-database, --target-schema, --table and --schema need --kind platform')
    if (toRedisDatabase !== undefined && redisDatabase === undefined)
      broken.push('--to-redis-database needs --redis-database')
    if (toFile !== undefined && (narrowed || mode !== undefined || resumeQueues || values.dryRun)) {
      broken.push(
        '--to-file cannot be used together with --mode, --redis-pattern, --redis-database, --resume-queues or --dry-run',
      )
    }
  }
  if (toFile === undefined && !redisAddressOf(values)) broken.push(noRedis)
  return [...broken, ...checkRedisInputs(values)]
}

export async function runRedisRestore(
  values: RestoreValues,
  world: World,
): Promise<Outcome<typeof outputsOfRestore> & { readonly confirm: string | undefined }> {
  const found = await openFirstStoreWith(values, world, 'redis')
  const here = { ...world, temporary: values.temporary ?? world.temporary }
  if (values.toFile !== undefined) {
    const order = { found, path: values.toFile, address: redisAddressOf(values), write: world.writeRedisFile }
    return { ...outcomeOfRedisFile(await restoreRedisToFile(order, here)), confirm: undefined }
  }
  const target = await world.openRedisTarget(requireRedisAddress(values))
  try {
    const order = redisOrder({ values, found, target, mode: modeOf(values, 'merge') }, here)
    const restoreResult = await restoreRedis({ ...order, confirm: values.confirm, hooks: hooksOf(values) }, here)
    return {
      ...outcomeOfRedisRestore(restoreResult, target, wayBackFlags(values, found, world)),
      confirm: target.display,
    }
  } finally {
    await target.close()
  }
}

/** The mode that was asked for, or this one. */
export function modeOf({ mode }: RestoreValues, fallback: RedisMode): RedisMode {
  if (mode === 'insert') throw new Failure('input/conflict', '--mode insert needs --kind tenant')
  return mode ?? fallback
}

interface RedisParts {
  readonly values: RestoreValues
  readonly found: Found
  readonly target: RedisTarget
  readonly mode: RedisMode
}

export function redisOrder({ values, found, target, mode }: RedisParts, world: World): RedisRestoreOrder {
  const { redisPattern, redisDatabase, toRedisDatabase, resumeQueues, dryRun, skipSafetyBackup } = values
  return {
    ...{ target, found, mode, patterns: redisPattern, resumeQueues, dryRun },
    ...(redisDatabase !== undefined && { database: redisDatabase }),
    ...(toRedisDatabase !== undefined && { toDatabase: toRedisDatabase }),
    safetyCommand: (id) =>
      commandText(redisUndoCommand(id, found.entry.name, target, wayBackFlags(values, found, world))),
    safetyBackup: skipSafetyBackup ? undefined : () => safetyBackup(values, found.entry.name, world),
  }
}

async function safetyBackup(values: RestoreValues, name: string, world: World): Promise<string> {
  try {
    const request = { address: requireRedisAddress(values), stores: await openStores(values, world), name }
    return await redisSafetyBackup(request, safetySettings, world)
  } catch (error) {
    world.signal.throwIfAborted()
    throw safetyFailed(error)
  }
}
