// The outcome and report of a restore of one tenant: what was or would be changed in each table.

import type { Outcome } from '../../commands/command.ts'
import type { outputsOfRestore } from '../../commands/restore/restore-outputs.ts'
import type { CommandLine, Flags } from '../../domain/text/command-line.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import { blockedBy, stepText } from '../../operations/restore/restore-plan.ts'
import type { TenantRestoreResult } from '../../operations/restore/restore-tenant.ts'
import type { TenantTableChange, TenantTarget } from '../../ports/tenant.ts'
import {
  checklist,
  commands,
  facts,
  heading,
  inTerminal,
  numbers,
  type Report,
  report,
  table,
} from '../../report/report.ts'

/** `flags`: those of the stores, the backup name and the tenant rules, for the undo command. */
export function outcomeOfTenantRestore(
  restoreResult: TenantRestoreResult,
  target: TenantTarget,
  flags: Flags,
): Outcome<typeof outputsOfRestore> {
  const { manifest, restored, steps, mode, safetyBackup, seconds, phases, done, failure } = restoreResult
  const { tables, notes, tenant } = restored
  return {
    outputs: {
      'backup-id': manifest.id,
      database: target.database,
      seconds: done ? Math.round(seconds) : undefined,
      'safety-backup-id': safetyBackup,
    },
    report: tenantRestoreReport(restoreResult, target, flags),
    document: {
      done,
      mode,
      backup: manifest.id,
      tenant,
      database: target.database,
      safetyBackup: safetyBackup ?? null,
      seconds,
      steps,
      tables,
      phases,
      notes,
    },
    ...(failure && { failure }),
  }
}

function tenantRestoreReport(restoreResult: TenantRestoreResult, target: TenantTarget, flags: Flags): Report {
  const { manifest, restored, steps, mode, safetyBackup, seconds, done, failure } = restoreResult
  const { tables, tenant, notes } = restored
  const touched = tables.filter(
    ({ inserted, updated, deleted, unchanged }) => inserted + updated + deleted + unchanged > 0,
  )
  const others = tables.length - touched.length
  const tried = !done && !blockedBy(steps)
  const deletesNothing = tried && mode === 'replace' && tables.every(({ deleted }) => deleted === 0)
  return report(
    done
      ? heading(`Restored tenant ${tenant}; no other tenant's rows were modified`, failure ? 'warning' : 'done')
      : heading(`Restore plan for tenant ${tenant}: nothing was changed`, 'planned'),
    facts([
      ['Backup', `${manifest.id}, data as of ${manifest.snapshot.taken}`],
      ['Database', target.display],
      ['Mode', mode],
      ['Method', tried ? 'the restore was tried in a transaction and rolled back' : undefined],
      ['Duration', done ? formatDuration(seconds) : undefined],
      ['Safety backup', safetyBackup && `${safetyBackup}, with the earlier rows`],
      ['Other tables', others > 0 ? `${plural(others, 'table')} without rows of this tenant` : undefined],
      ...notes.map((note) => ['Note', note] as const),
      ['Note', deletesNothing ? 'no row would be deleted, so --mode merge has the same result' : undefined],
    ]),
    !done && checklist(steps.map((step) => ({ text: stepText(step), state: step.state }))),
    table(
      ['Table', ...['Inserted', 'Updated', 'Deleted', 'Unchanged'].map(numbers)],
      touched.map(({ schema, table: name, inserted, updated, deleted, unchanged }) => [
        ...[`${schema}.${name}`, inserted, updated, deleted, unchanged],
      ]),
    ),
    inTerminal(table(['Table', 'Change', 'Sample row'], tables.flatMap(samplesOf))),
    done && safetyBackup !== undefined && commands('To undo the restore', undoOf(safetyBackup, tenant, target, flags)),
  )
}

function samplesOf({ schema, table: name, samples }: TenantTableChange): string[][] {
  if (!samples) return []
  return (['inserted', 'updated', 'deleted'] as const).flatMap((change) =>
    samples[change].map((row) => [`${schema}.${name}`, `to be ${change}`, row]),
  )
}

function undoOf(backup: string, tenant: string, { database }: TenantTarget, flags: Flags): CommandLine {
  return { words: ['restore', 'tenant', backup], flags: { tenant, ...flags, mode: 'replace', confirm: database } }
}
