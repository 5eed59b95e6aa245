// The outcome of a restore of a database, and of its undo.

import type { Outcome } from '../../commands/command.ts'
import type { outputsOfRestore } from '../../commands/restore/restore-outputs.ts'
import { type CommandLine, commandText, type Flags } from '../../domain/text/command-line.ts'
import type { Restored } from '../../operations/restore/restore.ts'
import { blockedPlan } from '../../operations/restore/restore-plan.ts'
import { undoCommand } from '../../operations/restore/undo-command.ts'
import type { LiveServer, Undone } from '../../ports/restore.ts'
import { restoreReport, undoReport } from './restore-report.ts'

type RestoreOutcome = Outcome<typeof outputsOfRestore>

/**
 * Returns the command that undoes the restore, if the earlier data is kept. `flags`: those of the stores and the backup
 * name.
 */
function undoOf({ kept, safetyBackup }: Restored, { database }: LiveServer, flags: Flags): CommandLine | undefined {
  if (kept !== undefined) return undoCommand(database)
  if (safetyBackup === undefined) return undefined
  return { words: ['restore', safetyBackup], flags: { strategy: 'in-place', ...flags, confirm: database } }
}

/** `flags`: those of the stores and the backup name, for the undo command. */
export function outcomeOfRestore(restored: Restored, server: LiveServer, flags: Flags): RestoreOutcome {
  const { manifest, database, schema, kept, safetyBackup, closed, seconds, steps, phases, notes, done } = restored
  const undo = undoOf(restored, server, flags)
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
    report: restoreReport(restored, server, undo),
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
      undo: undo ? commandText(undo) : null,
    },
    ...(failure ? { failure } : {}),
  }
}

export function outcomeOfUndo(undone: Undone, server: LiveServer, dryRun: boolean): RestoreOutcome {
  const { live, kept, backup, swapped, lost, aside } = undone
  return {
    outputs: {
      'backup-id': backup,
      database: server.database,
      'kept-database': aside,
    },
    report: undoReport(undone, server, dryRun),
    document: { done: !dryRun, live, kept, backup, swapped, lost, aside: aside ?? null },
  }
}
