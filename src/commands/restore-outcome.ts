// What `restore` tells: a checklist, where the data is, what is kept and how to go back.
import { formatDuration } from '../domain/quantities.ts'
import type { LiveServer, Step, Undone } from '../operations/platform-ports.ts'
import { describeBackup, type Restored, undoCommand } from '../operations/restore.ts'
import { blockedBy } from '../operations/restore-plan.ts'
import { pairLines } from '../operations/undo-restore.ts'
import type { Outcome } from './command.ts'
import { restoreSummary, undoSummary } from './restore-summary.ts'

export const outputsOfRestore = {
  'backup-id': 'ID of the restored backup, or of the backup whose restore was undone',
  database: 'Database that now has the data',
  'kept-database': 'Database that was live before, kept for --undo',
  seconds: 'Duration of the restore in seconds',
  'closed-seconds': 'Seconds during which nobody could connect to the live database',
  'safety-backup-id': 'ID of the safety backup',
} as const

type RestoreOutcome = Outcome<typeof outputsOfRestore>

const marks: Record<Step['state'], string> = {
  done: '[ok]     ',
  planned: '[plan]   ',
  warning: '[warning]',
  blocked: '[blocked]',
}

/** One line a step. */
export function checklist(steps: readonly Step[]): string[] {
  return steps.map(({ title, state, detail }) => `  ${marks[state]} ${title}${detail ? `. ${detail}` : ''}`)
}

export function outcomeOfRestore(restored: Restored, server: LiveServer): RestoreOutcome {
  const { manifest, database, schema, kept, safetyBackup, closed, seconds, steps, phases, notes, done } = restored
  const failure = done ? restored.failure : blockedBy(steps)
  return {
    outputs: {
      'backup-id': manifest.id,
      database,
      'kept-database': kept,
      seconds: done ? Math.round(seconds) : undefined,
      'closed-seconds': closed === undefined ? undefined : Math.round(closed * 10) / 10,
      'safety-backup-id': safetyBackup,
    },
    lines: done ? doneLines(restored, server) : planLines(restored, server),
    summary: restoreSummary(restored, server, undoCommand(server.database)),
    document: {
      done,
      backup: manifest.id,
      database,
      schema: schema ?? null,
      kept: kept ?? null,
      safetyBackup: safetyBackup ?? null,
      seconds,
      closedSeconds: closed ?? null,
      steps,
      phases,
      notes,
      undo: kept === undefined ? null : undoCommand(server.database),
    },
    ...(failure ? { failure } : {}),
  }
}

function planLines({ manifest, steps }: Restored, server: LiveServer): string[] {
  return [
    `Backup ${describeBackup(manifest)}`,
    `Plan for ${server.display}:`,
    ...checklist(steps),
    'Nothing was changed (--dry-run).',
  ]
}

function doneLines(restored: Restored, server: LiveServer): string[] {
  const { manifest, database, schema, kept, safetyBackup, closed, seconds, phases, notes } = restored
  const place = schema === undefined ? `database ${database}` : `schema ${schema} of ${database}`
  return [
    `Restored ${manifest.id} into ${place} in ${formatDuration(seconds)}${proof(restored)}.`,
    ...phases.map((each) => `  ${formatDuration(each.seconds).padStart(12)}  ${each.phase}`),
    ...(closed === undefined ? [] : [`Nobody could connect for ${formatDuration(closed)}.`]),
    ...notes,
    ...(kept === undefined
      ? []
      : [
          `The database that was live before is kept as ${kept}.`,
          `To undo the restore: ${undoCommand(server.database)}`,
          `To drop it when it is no longer needed: DROP DATABASE "${kept.replaceAll('"', '""')}"`,
        ]),
    ...(safetyBackup === undefined ? [] : [`The earlier data is in backup ${safetyBackup}.`]),
  ]
}

function proof({ manifest, failure }: Restored): string {
  if (failure?.kind === 'integrity') return ''
  return manifest.fingerprint.covers === 'content' ? ': equal to the backup, row by row' : ': equal to the backup by counts'
}

export function outcomeOfUndo(undone: Undone, server: LiveServer, dryRun: boolean): RestoreOutcome {
  const { live, kept, backup, swapped, lost, aside } = undone
  const losses = lost.length === 0 ? ['  no writes were detected'] : lost.map((sentence) => `  ${sentence}`)
  return {
    outputs: {
      'backup-id': backup,
      database: server.database,
      'kept-database': aside,
      seconds: undefined,
      'closed-seconds': undefined,
      'safety-backup-id': undefined,
    },
    lines: [
      ...(dryRun
        ? pairLines(undone)
        : [`${kept.name} is live again as ${live.name}, with the data from before the restore of ${backup} at ${swapped}.`]),
      `Writes to ${live.name} since then, which ${dryRun ? 'the undo would lose' : 'it no longer has'}:`,
      ...losses,
      ...(aside === undefined ? [] : [`Database ${aside} still has all of them.`]),
      ...(dryRun ? [`Nothing was changed (--dry-run). To undo the restore: ${undoCommand(server.database)}`] : []),
    ],
    summary: undoSummary(undone, server, dryRun),
    document: { done: !dryRun, live, kept, backup, swapped, lost, aside: aside ?? null },
  }
}
