// A rehearsal for people, and from its inputs: verdict, what vanished, locks, sizes.
import { parseConnectionVariable } from '../domain/connection-variables.ts'
import type { DrillRecord } from '../domain/drill.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import { type LocksSeen, type Rehearsal, rehearsalSentence } from '../domain/rehearsal.ts'
import type { ObjectChange, TableChange } from '../domain/rehearsal-changes.ts'
import type { RehearsalValues } from '../inputs/rehearsal.ts'
import type { RehearsalRequest } from '../operations/rehearse.ts'
import type { SummaryPart } from './summary.ts'
import { textTable } from './text-table.ts'

export const outputsOfRehearsal = {
  rehearsal: 'passed, failed, setup-failed (the migration was not tried) or not-run',
  'rehearsal-seconds': 'Duration of the rehearsed migration in seconds',
} as const

/** Undefined where no migration is named. */
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

const namedAtMost = 20

/** Lines of plain text; none where nothing was rehearsed. */
export function rehearsalLines({ rehearsal }: Pick<DrillRecord, 'rehearsal'>): string[] {
  if (!rehearsal) return []
  const { findings, information = [], notes, locks } = rehearsal
  return [
    '',
    `REHEARSAL ${rehearsalSentence(rehearsal)}: ${rehearsal.command}`,
    ...shortened(findings).map((finding) => `  - ${finding}`),
    ...shortened(information).map((sentence) => `  information: ${sentence}`),
    ...notes.map((note) => `  note: ${note}`),
    ...facts(rehearsal).map(([label, value]) => `  ${label}: ${value}`),
    ...(locks && locks.locks.length > 0 ? ['', ...textTable(lockHead, lockRows(locks))] : []),
  ]
}

/** The same as parts of a page. */
export function rehearsalSummary({ rehearsal }: Pick<DrillRecord, 'rehearsal'>): SummaryPart[] {
  if (!rehearsal) return []
  const { findings, information = [], notes, locks, tables, objects = [], lastLines, error } = rehearsal
  return [
    { kind: 'heading', text: `Rehearsal of the migration: ${rehearsalSentence(rehearsal)}` },
    { kind: 'code', text: rehearsal.command, language: 'sh' },
    ...(error === undefined ? [] : [{ kind: 'code' as const, text: error, language: 'text' }]),
    { kind: 'facts', rows: facts(rehearsal) },
    ...(findings.length > 0 ? [checklist(shortened(findings))] : []),
    ...(information.length > 0
      ? [{ kind: 'paragraph' as const, text: `Information: ${shortened(information).join('; ')}.` }]
      : []),
    ...notes.map((text): SummaryPart => ({ kind: 'paragraph', text })),
    ...(lastLines && lastLines.length > 0
      ? [folded('Last lines of output', { kind: 'code', text: lastLines.join('\n'), language: 'text' })]
      : []),
    ...(tables.length > 0
      ? [folded('Tables that changed', { kind: 'table', head: tableHead, rows: tableRows(tables) })]
      : []),
    ...(objects.length > 0
      ? [folded('Other objects that changed', { kind: 'table', head: objectHead, rows: objectRows(objects) })]
      : []),
    ...(locks && locks.locks.length > 0
      ? [folded('Locks', { kind: 'table', head: lockHead, rows: lockRows(locks) })]
      : []),
  ]
}

function checklist(findings: readonly string[]): SummaryPart {
  return { kind: 'checklist', items: findings.map((text) => ({ text, state: 'warning' })) }
}

function folded(title: string, part: SummaryPart): SummaryPart {
  return { kind: 'details', title, parts: [part] }
}

function facts({ seconds, bytesBefore, bytesAfter, locks, confinement }: Rehearsal): [label: string, value: string][] {
  const size: [string, string][] =
    bytesBefore === undefined || bytesAfter === undefined
      ? []
      : [['Size', `${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} after`]]
  return [['Time', formatDuration(seconds)], ...size, ...(locks ? [lockFact(locks)] : []), ['Sandbox', confinement]]
}

function lockFact({ locks, samples, every, everyStatement }: LocksSeen): [label: string, value: string] {
  const longest = Math.max(0, ...locks.map(({ exclusiveSeconds }) => exclusiveSeconds))
  const how = `${samples} samples, one every ${every * 1000} ms${everyStatement ? ', and the locks of every committed DDL statement' : ''}`
  return ['Locks', `${locks.length} tables; ACCESS EXCLUSIVE held for at least ${formatDuration(longest)} (${how})`]
}

const lockHead = ['Table', 'Strongest lock', 'ACCESS EXCLUSIVE, at least']

function lockRows({ locks }: LocksSeen): string[][] {
  return locks
    .slice(0, namedAtMost)
    .map(({ table, mode, exclusiveSeconds }) => [
      table,
      mode,
      exclusiveSeconds > 0 ? formatDuration(exclusiveSeconds) : '',
    ])
}

const tableHead = ['Table', 'Change', 'Rows before', 'Rows after', 'Size before', 'Size after']

function tableRows(tables: readonly TableChange[]): string[][] {
  const number = (value: number | undefined): string => (value === undefined ? '' : String(value))
  const size = (value: number | undefined): string => (value === undefined ? '' : formatBytes(value))
  return tables
    .slice(0, namedAtMost)
    .map((each) => [
      ...[each.table, each.change, number(each.rowsBefore), number(each.rowsAfter)],
      ...[size(each.bytesBefore), size(each.bytesAfter)],
    ])
}

const objectHead = ['Object', 'Change']

function objectRows(objects: readonly ObjectChange[]): string[][] {
  return objects.slice(0, namedAtMost).map(({ object, change }) => [object, change])
}

function shortened(findings: readonly string[]): string[] {
  const more = findings.length - namedAtMost
  return [...findings.slice(0, namedAtMost), ...(more > 0 ? [`and ${more} more, in the record`] : [])]
}
