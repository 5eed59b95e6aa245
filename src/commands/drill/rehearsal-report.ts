// A rehearsal of a migration: its request from the inputs, its outputs and its report.
import { parseConnectionVariable } from '../../domain/connection-variables.ts'
import type { DrillRecord } from '../../domain/drill/drill.ts'
import { type LocksSeen, type Rehearsal, rehearsalSentence } from '../../domain/drill/rehearsal.ts'
import type { ObjectChange, TableChange } from '../../domain/drill/rehearsal-changes.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes, formatDuration } from '../../domain/text/quantities.ts'
import type { RehearsalValues } from '../../inputs/rehearsal.ts'
import type { RehearsalRequest } from '../../operations/drill/rehearse.ts'
import {
  code,
  details,
  facts,
  heading,
  itemsOf,
  numbers,
  onPage,
  type Part,
  type Report,
  report,
  table,
} from '../../report/report.ts'

export const outputsOfRehearsal = {
  rehearsal: 'passed, failed, setup-failed (the migration was not tried) or not-run',
  'rehearsal-seconds': 'Duration of the rehearsed migration in seconds',
} as const

/** Returns undefined if there is no migrate command. */
export function rehearsalRequest(values: RehearsalValues): RehearsalRequest | undefined {
  const { migrateCommand, setupCommand, migrateDirectory, migrateTimeout, connectionVariables, rehearsalConfinement } =
    values
  if (migrateCommand === undefined) return undefined
  return {
    ...{ setupCommand, migrateCommand, directory: migrateDirectory, timeoutSeconds: migrateTimeout },
    connectionVariables: connectionVariables.flatMap((text) => parseConnectionVariable(text) ?? []),
    confinement: rehearsalConfinement,
  }
}

export function rehearsalOutputs({ rehearsal }: Pick<DrillRecord, 'rehearsal'>): {
  rehearsal: Rehearsal['verdict'] | 'not-run'
  'rehearsal-seconds': number | undefined
} {
  return { rehearsal: rehearsal?.verdict ?? 'not-run', 'rehearsal-seconds': rehearsal?.seconds }
}

const shownAtMost = 20

/** Verdict, findings, locks and sizes; empty if nothing was rehearsed. */
export function rehearsalReport({ rehearsal }: Pick<DrillRecord, 'rehearsal'>): Report {
  if (!rehearsal) return []
  const { findings, information = [], notes, locks, tables, objects = [], lastLines = [], error, verdict } = rehearsal
  return report(
    heading(`Rehearsal of the migration: ${rehearsalSentence(rehearsal)}`, verdict === 'passed' ? 'done' : 'blocked'),
    code('sh', rehearsal.command),
    code('text', error ?? '', 'Error'),
    facts(factsOf(rehearsal)),
    itemsOf('warning', findings, shownAtMost),
    facts([
      ...information.slice(0, shownAtMost).map((text) => ['Information', text] as const),
      ['Information', information.length > shownAtMost ? `and ${information.length - shownAtMost} more` : undefined],
      ...notes.map((text) => ['Note', text] as const),
    ]),
    onPage(
      details('Last lines of output', code('text', lastLines.join('\n'))),
      details('Tables that changed', tableChanges(tables)),
      details('Other objects that changed', objectChanges(objects)),
    ),
    details('Locks', ...(locks ? [lockTable(locks)] : [])),
  )
}

function factsOf({ seconds, bytesBefore, bytesAfter, locks, confinement }: Rehearsal) {
  const isMeasured = bytesBefore !== undefined && bytesAfter !== undefined
  return [
    ['Time', formatDuration(seconds)],
    ['Size', isMeasured ? `${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} after` : undefined],
    ['Locks', locks && locksText(locks)],
    ['Sandbox', confinement],
  ] as const
}

function locksText({ locks, samples, every, everyStatement }: LocksSeen): string {
  const longest = Math.max(0, ...locks.map(({ exclusiveSeconds }) => exclusiveSeconds))
  const how = `${samples} samples, one every ${every * 1000} ms${everyStatement ? ', and the locks of every committed DDL statement' : ''}`
  return `${plural(locks.length, 'table')}; ACCESS EXCLUSIVE held for at least ${formatDuration(longest)} (${how})`
}

function lockTable({ locks }: LocksSeen): Part {
  return table(
    ['Table', 'Strongest lock', 'ACCESS EXCLUSIVE, at least'],
    locks.map((each) => [
      each.table,
      each.mode,
      each.exclusiveSeconds > 0 ? formatDuration(each.exclusiveSeconds) : '',
    ]),
    shownAtMost,
  )
}

function tableChanges(tables: readonly TableChange[]): Part {
  const size = (value: number | undefined) => (value === undefined ? undefined : formatBytes(value))
  return table(
    ['Table', 'Change', ...['Rows before', 'Rows after', 'Size before', 'Size after'].map(numbers)],
    tables.map((each) => [
      ...[each.table, each.change, each.rowsBefore, each.rowsAfter],
      ...[size(each.bytesBefore), size(each.bytesAfter)],
    ]),
    shownAtMost,
  )
}

function objectChanges(objects: readonly ObjectChange[]): Part {
  return table(
    ['Object', 'Change'],
    objects.map(({ object, change }) => [object, change]),
    shownAtMost,
  )
}
