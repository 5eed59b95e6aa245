// What `restore --kind tenant` tells: per table what was done, or would be.

import { commandLine, type Flags } from '../domain/command-line.ts'
import { plural } from '../domain/plural.ts'
import { formatDuration } from '../domain/quantities.ts'
import type { TenantRestoreResult } from '../operations/restore-tenant.ts'
import type { TenantTableChange, TenantTarget } from '../operations/tenant-ports.ts'
import type { Outcome } from './command.ts'
import type { outputsOfRestore } from './restore-outcome.ts'
import type { SummaryPart } from './summary.ts'
import { textTable } from './text-table.ts'

/** `flags`: of the stores, the backup's name and what makes a tenant, for the command that goes back. */
export function outcomeOfTenantRestore(
  restoreResult: TenantRestoreResult,
  target: TenantTarget,
  flags: Flags,
): Outcome<typeof outputsOfRestore> {
  const { manifest, restored, mode, safetyBackup, seconds, phases, done, failure } = restoreResult
  const { tables, notes, tenant } = restored
  return {
    outputs: {
      'backup-id': manifest.id,
      database: target.database,
      'kept-database': undefined,
      seconds: done ? Math.round(seconds) : undefined,
      'closed-seconds': undefined,
      'safety-backup-id': safetyBackup,
    },
    lines: [
      headline(restoreResult, target),
      ...changeTable(tables),
      ...samples(tables),
      ...notes.map((note) => `  ${note}`),
      ...end(restoreResult, target, flags),
    ],
    summary: summaryOf(restoreResult, target),
    document: {
      done,
      mode,
      backup: manifest.id,
      tenant,
      database: target.database,
      safetyBackup: safetyBackup ?? null,
      seconds,
      tables,
      phases,
      notes,
    },
    ...(failure && { failure }),
  }
}

function headline({ restored, manifest, mode, seconds, done }: TenantRestoreResult, target: TenantTarget): string {
  const of = `tenant ${restored.tenant}, data as of ${manifest.snapshot.taken}`
  if (!done)
    return `Plan for ${target.display}, mode ${mode}${mode === 'insert' ? ' (the default)' : ''}: ${of}. The restore was tried in a transaction and rolled back; nothing was changed.`
  return `Restored ${of} (${manifest.id}), into ${target.display} in ${formatDuration(seconds)}. No other tenant's rows were modified.`
}

const head = ['Table', 'Inserted', 'Updated', 'Deleted', 'Unchanged'] as const

function cells({ schema, table, inserted, updated, deleted, unchanged }: TenantTableChange): string[] {
  return [`${schema}.${table}`, ...[inserted, updated, deleted, unchanged].map(String)]
}

function isTouched({ inserted, updated, deleted, unchanged }: TenantTableChange): boolean {
  return inserted + updated + deleted + unchanged > 0
}

function changeTable(tables: readonly TenantTableChange[]): string[] {
  const touched = tables.filter(isTouched)
  if (touched.length === 0) return ['  No table has rows of this tenant.']
  return textTable(head, touched.map(cells)).map((line) => `  ${line}`)
}

function samples(tables: readonly TenantTableChange[]): string[] {
  return tables.flatMap(({ schema, table, samples: some }) =>
    some
      ? (['inserted', 'updated', 'deleted'] as const).flatMap((what) =>
          some[what].map((row) => `  ${schema}.${table}, to be ${what}: ${row}`),
        )
      : [],
  )
}

function end(restoreResult: TenantRestoreResult, { database }: TenantTarget, flags: Flags): string[] {
  const { safetyBackup, restored, done, mode } = restoreResult
  const deletesNothing = mode === 'replace' && restored.tables.every(({ deleted }) => deleted === 0)
  if (!done && deletesNothing)
    return ['No row would be deleted, so --mode merge has the same result and cannot delete rows.']
  if (!done || safetyBackup === undefined) return []
  const back = { tenant: restored.tenant, ...flags, mode: 'replace', confirm: database }
  return [
    `The tenant's earlier rows are in backup ${safetyBackup}. To undo the restore: ${commandLine(['restore', 'tenant', safetyBackup], back)}`,
  ]
}

function summaryOf(restoreResult: TenantRestoreResult, target: TenantTarget): SummaryPart[] {
  const { manifest, restored, safetyBackup, seconds, done, failure } = restoreResult
  const touched = restored.tables.filter(isTouched)
  return [
    {
      kind: 'heading',
      text: `${failure ? '⚠️' : done ? '✅' : '📋'} ${done ? 'Restored' : 'Restore plan:'} tenant ${restored.tenant}`,
    },
    {
      kind: 'facts',
      rows: [
        ['Backup', `${manifest.id}, data as of ${manifest.snapshot.taken}`],
        ['Database', target.display],
        ...(done ? [['Took', formatDuration(seconds)] as const] : []),
        ...(safetyBackup === undefined ? [] : [['Safety backup', safetyBackup] as const]),
        ['Other tenants', done ? 'not modified' : 'nothing was changed'],
      ],
    },
    { kind: 'table', head, rows: touched.map(cells) },
    {
      kind: 'paragraph',
      text: `${plural(restored.tables.length - touched.length, 'table')} without rows of this tenant.`,
    },
    ...restored.notes.map((text) => ({ kind: 'paragraph', text }) as const),
  ]
}
