// What `restore --kind redis` tells: per database and queue what was done or would be, and how queues are resumed.
import type { Flags } from '../domain/command-line.ts'
import type { RedisManifest } from '../domain/manifest.ts'
import { plural } from '../domain/plural.ts'
import { formatDuration } from '../domain/quantities.ts'
import { productName } from '../domain/redis/products.ts'
import { serverName } from '../domain/redis/redis-facts.ts'
import { openJobs, queueName } from '../domain/redis/redis-fingerprint.ts'
import type { QueueChange, RedisDatabaseChange, RedisTarget, WroteRedisFile } from '../operations/redis-ports.ts'
import { stepText } from '../operations/restore-plan.ts'
import { type RedisRestoreResult, redisUndoCommand } from '../operations/restore-redis.ts'
import type { Outcome } from './command.ts'
import { statesText } from './redis-outcome.ts'
import { checklist, type outputsOfRestore } from './restore-outcome.ts'
import type { SummaryPart } from './summary.ts'
import { textTable } from './text-table.ts'

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
      'kept-database': undefined,
      seconds: done ? Math.round(seconds) : undefined,
      'closed-seconds': undefined,
      'safety-backup-id': safetyBackup,
    },
    lines: redisRestoreLines(restoreResult, target, flags),
    summary: redisRestoreSummary(restoreResult, target),
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

export function redisRestoreLines(restoreResult: RedisRestoreResult, target: RedisTarget, flags: Flags): string[] {
  const { manifest, restored, steps, done, safetyBackup } = restoreResult
  return [
    headline(restoreResult, target),
    ...(done ? [] : checklist(steps)),
    ...textTable(head, restored.databases.map(cells)).map((line) => `  ${line}`),
    ...restored.queues.map((queue) => `  queue ${queueName(queue)}: ${queueText(queue, done)}`),
    ...(restored.functions.length > 0 ? [`  functions: ${restored.functions.join(', ')}`] : []),
    ...restored.notes.map((note) => `  ${note}`),
    ...(done ? resumeLines(restored.queues) : ['Nothing was changed (--dry-run).']),
    ...(safetyBackup === undefined
      ? []
      : [
          `The earlier data is in backup ${safetyBackup}.`,
          `To undo the restore: ${redisUndoCommand(safetyBackup, manifest.name, target, flags)}`,
        ]),
  ]
}

function headline({ manifest, mode, seconds, done, restored }: RedisRestoreResult, { display }: RedisTarget): string {
  const keys = restored.databases.reduce((sum, { added, replaced }) => sum + added + replaced, 0)
  const of = `${manifest.id}, ${serverName(manifest.server)}, data as of ${manifest.snapshot.taken}`
  if (!done) return `Plan for ${display}: ${of}, mode ${mode}.`
  return `Restored ${plural(keys, 'key')} into ${display} in ${formatDuration(seconds)}: ${of}, mode ${mode}.`
}

const head = ['Database', 'Added', 'Replaced', 'Kept', 'Expired', 'Removed'] as const

function cells({ database, added, replaced, kept, expired, removed }: RedisDatabaseChange): string[] {
  return [database, added, replaced, kept, expired, removed].map(String)
}

const outcomes = {
  added: ['to be added', 'added'],
  replaced: ['to be replaced', 'replaced'],
  kept: ['to be kept', 'kept'],
} as const

function queueText(queue: QueueChange, done: boolean): string {
  const what = outcomes[queue.outcome][done ? 1 : 0]
  return `${what}${queue.pausedNow ? ', paused' : ''} (${statesText(queue)})`
}

/** Queues that stand still until somebody says so. */
function waiting(queues: readonly QueueChange[]): QueueChange[] {
  return queues.filter(({ outcome, paused, pausedNow }) => outcome !== 'kept' && pausedNow && !paused)
}

function resumeLines(queues: readonly QueueChange[]): string[] {
  const paused = waiting(queues)
  if (paused.length === 0) return []
  const open = paused.reduce((sum, queue) => sum + openJobs(queue), 0)
  return [
    `${plural(paused.length, 'queue')} with ${plural(open, 'open job')} were restored paused, because jobs have side effects. To resume them:`,
    ...paused.slice(0, 10).map((queue) => `  ${resumeCode(queue)}`),
    ...(paused.length > 10 ? [`  and likewise for ${paused.length - 10} more`] : []),
  ]
}

function resumeCode({ name, prefix, database }: QueueChange): string {
  const connection = database === 0 ? 'connection' : `connection: { ...connection, db: ${database} }`
  const options = prefix === 'bull' ? `{ ${connection} }` : `{ ${connection}, prefix: ${JSON.stringify(prefix)} }`
  return `await new Queue(${JSON.stringify(name)}, ${options}).resume()`
}

export function redisRestoreSummary(restoreResult: RedisRestoreResult, target: RedisTarget): SummaryPart[] {
  const { restored, steps, done, manifest, mode, seconds, safetyBackup } = restoreResult
  const paused = waiting(restored.queues)
  const product = productName(manifest.server.engine)
  return [
    {
      kind: 'heading',
      text: done ? `✅ ${product} restored into ${target.display}` : `Plan for ${product} at ${target.display}`,
    },
    {
      kind: 'facts',
      rows: [
        ['Backup', manifest.id],
        ['Snapshot', manifest.snapshot.taken],
        ['Mode', mode],
        ...(done ? [['Time', formatDuration(seconds)] as const] : []),
        ...(safetyBackup === undefined ? [] : [['Safety backup', safetyBackup] as const]),
      ],
    },
    ...(done
      ? []
      : [
          {
            kind: 'checklist',
            items: steps.map((step) => ({ text: stepText(step), state: step.state })),
          } as const,
        ]),
    { kind: 'table', head, rows: restored.databases.map(cells) },
    ...(restored.queues.length === 0
      ? []
      : [
          {
            kind: 'table',
            head: ['Queue', 'Change', 'Jobs', 'Paused'],
            rows: restored.queues.map((queue) => [
              queueName(queue),
              outcomes[queue.outcome][done ? 1 : 0],
              statesText(queue),
              queue.pausedNow ? 'yes' : 'no',
            ]),
          } as const,
        ]),
    ...restored.notes.map((text) => ({ kind: 'paragraph', text }) as const),
    ...(done && paused.length > 0
      ? [
          {
            kind: 'paragraph',
            text: 'Queues were restored paused, because jobs have side effects. To resume them:',
          } as const,
          { kind: 'code', language: 'js', text: paused.slice(0, 50).map(resumeCode).join('\n') } as const,
        ]
      : []),
  ]
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
      'kept-database': undefined,
      seconds: undefined,
      'closed-seconds': undefined,
      'safety-backup-id': undefined,
    },
    lines: [
      `Wrote ${files.join(', ')}: ${manifest.id}, ${serverName(manifest.server)}, data as of ${manifest.snapshot.taken}.`,
      'Next:',
      ...next.map(numbered),
    ],
    summary: [
      { kind: 'heading', text: `✅ RDB of ${manifest.id} written` },
      { kind: 'facts', rows: files.map((file) => ['File', file] as const) },
      { kind: 'code', language: 'text', text: next.map(numbered).join('\n') },
    ],
    document: { done: true, backup: manifest.id, files, next },
  }
}

function numbered(sentence: string, at: number): string {
  return `  ${at + 1}. ${sentence}`
}
