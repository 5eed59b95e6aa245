// The outcome and report of a restore of Redis: changes by database and queue, and how to resume queues.

import type { Outcome } from '../../commands/command.ts'
import type { outputsOfRestore } from '../../commands/restore/restore-outputs.ts'
import type { RedisManifest } from '../../domain/manifest/manifest.ts'
import { productName } from '../../domain/redis/products.ts'
import { serverName } from '../../domain/redis/redis-facts.ts'
import { openJobs, queueName } from '../../domain/redis/redis-fingerprint.ts'
import type { Flags } from '../../domain/text/command-line.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import { stepText } from '../../operations/restore/restore-plan.ts'
import { type RedisRestoreResult, redisUndoCommand } from '../../operations/restore/restore-redis.ts'
import type { QueueChange, RedisTarget, WroteRedisFile } from '../../ports/redis.ts'
import {
  checklist,
  code,
  commands,
  facts,
  heading,
  numbers,
  type Part,
  type Report,
  report,
  table,
} from '../../report/report.ts'
import { statesText } from './report.ts'

/** `flags`: those of the stores and the backup name, for the undo command. */
export function outcomeOfRedisRestore(
  restoreResult: RedisRestoreResult,
  target: RedisTarget,
  flags: Flags,
): Outcome<typeof outputsOfRestore> {
  const { manifest, safetyBackup, seconds, done, failure } = restoreResult
  return {
    outputs: {
      'backup-id': manifest.id,
      database: target.database,
      seconds: done ? Math.round(seconds) : undefined,
      'safety-backup-id': safetyBackup,
    },
    report: redisRestoreReport(restoreResult, target, flags),
    document: redisRestoreDocument(restoreResult, target),
    ...(failure && { failure }),
  }
}

/** For `--json`. */
export function redisRestoreDocument(restoreResult: RedisRestoreResult, target: RedisTarget): object {
  const { manifest, mode, restored, steps, safetyBackup, phases, seconds, done } = restoreResult
  return {
    ...{ done, backup: manifest.id, redis: target.display, mode },
    ...{ safetyBackup: safetyBackup ?? null, seconds, ...restored, steps, phases },
  }
}

/** `flags`: those of the stores and the backup name, for the undo command. */
export function redisRestoreReport(restoreResult: RedisRestoreResult, target: RedisTarget, flags: Flags): Report {
  const { restored, steps, done, manifest, mode, seconds, safetyBackup, failure } = restoreResult
  const product = productName(manifest.server.engine)
  const keys = restored.databases.reduce((sum, { added, replaced }) => sum + added + replaced, 0)
  return report(
    done
      ? heading(`Restored ${plural(keys, 'key')} into ${target.display}`, failure ? 'warning' : 'done')
      : heading(`Restore plan for ${product} at ${target.display}: nothing was changed`, 'planned'),
    facts([
      ['Backup', `${manifest.id}, ${serverName(manifest.server)}, data as of ${manifest.snapshot.taken}`],
      ['Mode', mode],
      ['Duration', done ? formatDuration(seconds) : undefined],
      ['Safety backup', safetyBackup && `${safetyBackup}, with the earlier data`],
      ['Functions', restored.functions.join(', ') || undefined],
      ...restored.notes.map((note) => ['Note', note] as const),
    ]),
    !done && checklist(steps.map((step) => ({ text: stepText(step), state: step.state }))),
    table(
      ['Database', ...['Added', 'Replaced', 'Kept', 'Expired', 'Removed'].map(numbers)],
      restored.databases.map(({ database, added, replaced, kept, expired, removed }) => [
        ...[database, added, replaced, kept, expired, removed],
      ]),
    ),
    table(
      ['Queue', 'Change', 'Jobs', 'Paused'],
      restored.queues.map((queue) => [
        queueName(queue),
        changes[queue.outcome][done ? 1 : 0],
        statesText(queue),
        queue.pausedNow ? 'yes' : 'no',
      ]),
    ),
    done && resumption(restored.queues),
    safetyBackup !== undefined &&
      commands('To undo the restore', redisUndoCommand(safetyBackup, manifest.name, target, flags)),
  )
}

const changes = {
  added: ['to be added', 'added'],
  replaced: ['to be replaced', 'replaced'],
  kept: ['to be kept', 'kept'],
} as const

/** How to resume the queues that the restore paused. */
function resumption(queues: readonly QueueChange[]): Part | false {
  const paused = queues.filter(({ outcome, paused: before, pausedNow }) => outcome !== 'kept' && pausedNow && !before)
  if (paused.length === 0) return false
  const open = paused.reduce((sum, queue) => sum + openJobs(queue), 0)
  const more = paused.length - resumedAtMost
  const lines = [...paused.slice(0, resumedAtMost).map(resumeCode), ...(more > 0 ? [`// and ${more} more`] : [])]
  const what = `${plural(paused.length, 'queue')} with ${plural(open, 'open job')}`
  return code('js', lines.join('\n'), `To resume ${what}, restored paused because jobs have side effects`)
}

const resumedAtMost = 20

function resumeCode({ name, prefix, database }: QueueChange): string {
  const connection = database === 0 ? 'connection' : `connection: { ...connection, db: ${database} }`
  const options = prefix === 'bull' ? `{ ${connection} }` : `{ ${connection}, prefix: ${JSON.stringify(prefix)} }`
  return `await new Queue(${JSON.stringify(name)}, ${options}).resume()`
}

export function outcomeOfRedisFile({
  manifest,
  files,
  next,
}: WroteRedisFile & { readonly manifest: RedisManifest }): Outcome<typeof outputsOfRestore> {
  return {
    outputs: {
      'backup-id': manifest.id,
      database: files[0],
    },
    report: report(
      heading(`Wrote the RDB of ${manifest.id}`, 'done'),
      facts([
        ['Backup', `${serverName(manifest.server)}, data as of ${manifest.snapshot.taken}`],
        ...files.map((file) => ['File', file] as const),
      ]),
      code('text', next.map((sentence, at) => `${at + 1}. ${sentence}`).join('\n'), 'Next'),
    ),
    document: { done: true, backup: manifest.id, files, next },
  }
}
