// `restore --kind all`: the database, and Redis as the same run backed it up, with the application's commands around
// both.
import { joinFailures } from '../domain/join-failures.ts'
import { findCompanion } from '../operations/find-companion.ts'
import { readManifest } from '../operations/read-manifest.ts'
import type { RedisTarget } from '../operations/redis-ports.ts'
import { requireConfirmation } from '../operations/restore.ts'
import type { LiveServer } from '../operations/restore-ports.ts'
import { prepareRedis, type RedisRestoreResult } from '../operations/restore-redis.ts'
import type { Outcome, World } from './command.ts'
import { requireRedisAddress } from './redis-request.ts'
import { redisRestoreDocument, redisRestoreReport } from './redis-restore-report.ts'
import type { RestoreValues } from './restore-inputs.ts'
import type { outputsOfRestore } from './restore-outcome.ts'
import { runDatabaseRestore, wayBackFlags } from './restore-platform.ts'
import { modeOf, redisOrder } from './restore-redis.ts'
import type { FirstFound } from './stores-of.ts'

interface AllParts {
  readonly values: RestoreValues
  readonly server: LiveServer
  readonly found: FirstFound
}

/**
 * Both are checked before anything changes. Redis is restored once the database is in its place; if that fails, the
 * database stays as it was restored, and the failure says so.
 */
export async function runFullRestore(
  parts: AllParts,
  world: World,
): Promise<Outcome<typeof outputsOfRestore> & { readonly confirm: string }> {
  const { values, server, found } = parts
  const here = { ...world, temporary: values.temporary ?? world.temporary }
  const platform = await readManifest(found.store, found.entry, world.signal)
  const companions = await findCompanion(found.places, platform, 'redis', world.signal)
  const target = await world.openRedisTarget(requireRedisAddress(values))
  try {
    if (!values.dryRun) requireConfirmation(both(server, target), true, values.confirm)
    const order = redisOrder({ values, found: companions, target, mode: modeOf(values, 'flush-first') }, here)
    const prepared = await prepareRedis(order, here)
    let restoreResult: RedisRestoreResult | undefined
    const also = async (): Promise<void> => {
      restoreResult = await prepared.restore()
    }
    const ofPlatform = await runDatabaseRestore(
      { ...parts, values: { ...values, confirm: server.database }, also },
      world,
    )
    if (values.dryRun) restoreResult = await prepared.plan()
    const confirm = both(server, target).database
    if (!restoreResult) return { ...ofPlatform, confirm }
    const failure = joinFailures([ofPlatform.failure, restoreResult.failure].flatMap((each) => each ?? []))
    return {
      confirm,
      outputs: {
        ...ofPlatform.outputs,
        'safety-backup-id': ofPlatform.outputs['safety-backup-id'] ?? restoreResult.safetyBackup,
      },
      report: [...ofPlatform.report, ...redisRestoreReport(restoreResult, target, wayBackFlags(values, found, world))],
      document: { ...(ofPlatform.document as object), redis: redisRestoreDocument(restoreResult, target) },
      ...(failure && { failure }),
    }
  } finally {
    await target.close()
  }
}

/** Both servers change, so --confirm needs both names: `shop,cache.example.com:6379`. */
function both(server: LiveServer, target: RedisTarget): Pick<LiveServer, 'display' | 'database'> {
  return {
    display: `${server.display} and the Redis ${target.display}`,
    database: `${server.database},${target.database}`,
  }
}
