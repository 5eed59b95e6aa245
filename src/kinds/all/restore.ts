// `restore all`: the database, and Redis as the same run backed it up, with hooks before and after both.

import type { RestoreValues as CommonValues } from '../../commands/restore/restore-inputs.ts'
import type { RestoreResult, World } from '../../commands/world.ts'
import { joinFailures } from '../../domain/failures/join-failures.ts'
import { requirePostgres, requireRedis } from '../../domain/manifest/manifest.ts'
import type { Values } from '../../inputs/kinds.ts'
import { checkRedisInputs, redisAddressOf } from '../../inputs/redis.ts'
import { noUrl } from '../../inputs/shared.ts'
import { findCompanion } from '../../operations/backup/find-companion.ts'
import { requireConfirmation } from '../../operations/restore/restore.ts'
import { prepareRedis, type RedisRestoreResult } from '../../operations/restore/restore-redis.ts'
import type { RedisTarget } from '../../ports/redis.ts'
import type { LiveServer } from '../../ports/restore.ts'
import { choiceOf, openBackup } from '../open-backup.ts'
import { runDatabaseRestore } from '../platform/restore.ts'
import { noRedis, requireRedisAddress } from '../redis/backup.ts'
import { modeOf, redisOrder } from '../redis/restore.ts'
import { redisRestoreDocument, redisRestoreReport } from '../redis/restore-report.ts'
import { requireUrl } from '../require-url.ts'
import { requireWholeDatabase } from '../require-whole-database.ts'
import { safetyBackupFlags } from '../safety-backup-flags.ts'
import type { restoreInputs } from './restore-inputs.ts'

type RestoreValues = CommonValues & Values<typeof restoreInputs>

/** Rules across the inputs of a restore of a recovery point. */
export function checkRestore(values: RestoreValues): string[] {
  return [
    ...(values.databaseUrl === undefined ? [noUrl] : []),
    ...(redisAddressOf(values) ? [] : [noRedis]),
    ...checkRedisInputs(values),
  ]
}

/**
 * Both are checked before anything changes. Redis is restored after the database. If Redis fails, the database stays
 * restored, and the failure says so.
 */
export async function runRestore(values: RestoreValues, world: World): Promise<RestoreResult> {
  await requireWholeDatabase(values, world)
  const server = await world.openLiveServer(requireUrl(values), { installTools: values.installTools })
  try {
    return await restoreBoth(values, server, world)
  } finally {
    await server.close()
  }
}

async function restoreBoth(values: RestoreValues, server: LiveServer, world: World): Promise<RestoreResult> {
  const found = await openBackup(values, world, 'platform', requirePostgres)
  const here = { ...world, temporary: values.temporary ?? world.temporary }
  const companion = await findCompanion(found.places, found.manifest, 'redis', world)
  const target = await world.openRedisTarget(requireRedisAddress(values))
  try {
    if (!values.dryRun) requireConfirmation(combinedTarget(server, target), true, values.confirm)
    const order = redisOrder(
      {
        values,
        found: { ...companion, manifest: requireRedis(companion.manifest) },
        choice: choiceOf(values, found.manifest),
        target,
        mode: modeOf(values, 'flush-first'),
      },
      here,
    )
    const prepared = await prepareRedis(order, here)
    let restoreResult: RedisRestoreResult | undefined
    const also = async (): Promise<void> => {
      restoreResult = await prepared.restore()
    }
    const ofPlatform = await runDatabaseRestore(
      { values: { ...values, ...noSelection, confirm: server.database }, server, found, also },
      world,
    )
    if (values.dryRun) restoreResult = await prepared.plan()
    const confirm = combinedTarget(server, target).database
    if (!restoreResult) return { ...ofPlatform, confirm }
    const failure = joinFailures([ofPlatform.failure, restoreResult.failure].flatMap((each) => each ?? []))
    return {
      confirm,
      outputs: {
        ...ofPlatform.outputs,
        'safety-backup-id': ofPlatform.outputs['safety-backup-id'] ?? restoreResult.safetyBackup,
      },
      report: [
        ...ofPlatform.report,
        ...redisRestoreReport(restoreResult, target, safetyBackupFlags(values, found, world)),
      ],
      document: { ...(ofPlatform.document as object), redis: redisRestoreDocument(restoreResult, target) },
      ...(failure && { failure }),
    }
  } finally {
    await target.close()
  }
}

/** Without a selection: the whole database is restored. */
const noSelection = {
  undo: false,
  onError: 'stop',
  targetDatabase: undefined,
  targetSchema: undefined,
  table: [],
  schema: [],
} as const

/** Both servers change, so --confirm needs both names: `shop,cache.example.com:6379`. */
function combinedTarget(server: LiveServer, target: RedisTarget): Pick<LiveServer, 'display' | 'database'> {
  return {
    display: `${server.display} and the Redis ${target.display}`,
    database: `${server.database},${target.database}`,
  }
}
