// What `restore` tells: a checklist, where the data is, what is kept and how to go back.
import { commandLine, type Flags } from '../domain/command-line.ts'
import { formatDuration } from '../domain/quantities.ts'
import { describeBackup } from '../operations/describe-backup.ts'
import type { Restored } from '../operations/restore.ts'
import { blockedPlan, stepText } from '../operations/restore-plan.ts'
import type { LiveServer, Step, Undone } from '../operations/restore-ports.ts'
import { undoCommand } from '../operations/undo-command.ts'
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
  return steps.map((step) => `  ${marks[step.state]} ${stepText(step)}`)
}

/**
 * Returns the command that undoes the restore, if the earlier data is kept. `flags`: those of the stores and the backup
 * name.
 */
function wayBack({ kept, safetyBackup }: Restored, { database }: LiveServer, flags: Flags): string | undefined {
  if (kept !== undefined) return undoCommand(database)
  if (safetyBackup === undefined) return undefined
  return commandLine(['restore', safetyBackup], { strategy: 'in-place', ...flags, confirm: database })
}

/** `flags`: those of the stores and the backup name, for the undo command. */
export function outcomeOfRestore(restored: Restored, server: LiveServer, flags: Flags): RestoreOutcome {
  const { manifest, database, schema, kept, safetyBackup, closed, seconds, steps, phases, notes, done } = restored
  const undo = wayBack(restored, server, flags)
  const failure = done ? restored.failure : blockedPlan(steps)
  return {
    outputs: {
      'backup-id': manifest.id,
      database,
      'kept-database': kept,
      seconds: done ? Math.round(seconds) : undefined,
      'closed-seconds': closed === undefined ? undefined : Math.round(closed * 10) / 10,
      'safety-backup-id': safetyBackup,
    },
    lines: done ? doneLines(restored, undo) : planLines(restored, server),
    summary: restoreSummary(restored, server, undo),
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
      undo: undo ?? null,
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

function doneLines(restored: Restored, undo: string | undefined): string[] {
  const { manifest, database, schema, kept, safetyBackup, closed, seconds, phases, notes } = restored
  const place = schema === undefined ? `database ${database}` : `schema ${schema} of ${database}`
  return [
    `Restored ${manifest.id} into ${place} in ${formatDuration(seconds)}${proof(restored)}.`,
    ...phases.map((each) => `  ${formatDuration(each.seconds).padStart(12)}  ${each.phase}`),
    ...(closed === undefined ? [] : [`Nobody could connect for ${formatDuration(closed)}.`]),
    ...notes,
    ...(safetyBackup === undefined ? [] : [`The earlier data is in backup ${safetyBackup}.`]),
    ...(kept === undefined ? [] : [`The database that was live before is kept as ${kept}.`]),
    ...(undo === undefined ? [] : [`To undo the restore: ${undo}`]),
    ...(kept === undefined ? [] : [dropLine(kept)]),
  ]
}

function dropLine(database: string): string {
  return `To drop it when it is no longer needed: DROP DATABASE "${database.replaceAll('"', '""')}"`
}

function proof({ manifest, failure }: Restored): string {
  if (failure?.kind === 'integrity') return ''
  return manifest.fingerprint.covers === 'content'
    ? ': equal to the backup, row by row'
    : ': equal to the backup by counts'
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
        : [
            `${kept.name} is live again as ${live.name}, with the data from before the restore of ${backup} at ${swapped}.`,
          ]),
      `Writes to ${live.name} since then, which ${dryRun ? 'the undo would lose' : 'it no longer has'}:`,
      ...losses,
      ...(aside === undefined ? [] : [`Database ${aside} still has all of them.`, dropLine(aside)]),
      ...(dryRun ? ['Nothing was changed (--dry-run).'] : []),
    ],
    summary: undoSummary(undone, server, dryRun),
    document: { done: !dryRun, live, kept, backup, swapped, lost, aside: aside ?? null },
  }
}
