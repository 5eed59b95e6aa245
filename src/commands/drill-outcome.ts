// A drill for people: verdict, phases, differences, and how long restoring would take.
import { type DrillRecord, faultsOf, type TriedTenants } from '../domain/drill.ts'
import { type Objective, objectiveLine } from '../domain/objectives.ts'
import { plural } from '../domain/plural.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import type { Drilled } from '../operations/drill-request.ts'
import { textTable } from './text-table.ts'

export const outputsOfDrill = {
  verdict: 'proven, failed, or not-drilled if the scratch server lacks a module or an extension',
  'backup-id': 'Id of the backup',
  tables: 'Number of tables compared (Redis: databases)',
  rows: 'Number of rows compared (Redis: keys)',
  'rto-seconds': 'Seconds until the data was restored',
  differences: 'Number of differences from the backup',
} as const

const namedAtMost = 20

/** `12 tables with 340 rows`. */
export function whatOf({ tables, rows, tried, queues }: DrillRecord): string {
  if (queues !== undefined) return `${plural(rows, 'key')}${queues === 0 ? '' : ` and ${plural(queues, 'queue')}`}`
  return `${tried ? tenantsOf(tried) : `${tables} tables`} with ${rows} rows`
}

function tenantsOf(tried: TriedTenants): string {
  return tried.tenants === tried.of ? plural(tried.of, 'tenant') : `${tried.tenants} of ${plural(tried.of, 'tenant')}`
}

/** Lines of plain text. */
export function drillLines({ record, recorded }: Drilled, objectives: readonly Objective[]): string[] {
  const faults = faultsOf(record)
  return [
    verdictLine(record),
    ...faults.slice(0, namedAtMost).map((fault) => `  - ${fault}`),
    ...(faults.length > namedAtMost ? [`  and ${faults.length - namedAtMost} more, in the record`] : []),
    ...record.notes.map((note) => `  note: ${note}`),
    '',
    ...phaseLines(record.phases),
    '',
    ...(record.verdict === 'proven'
      ? [
          ...objectives.map(objectiveLine),
          `${formatBytes(record.bytes)} stored, ${formatBytes(record.contentBytes)} uncompressed`,
        ]
      : []),
    `Recorded in ${recorded.join(' and ')}`,
  ]
}

function verdictLine(record: DrillRecord): string {
  if (record.verdict === 'proven')
    return `PROVEN: ${record.backup} was restored, and ${whatOf(record)} are equal to the backup.`
  return `${record.verdict === 'failed' ? 'FAILED' : 'NOT DRILLED'}: ${record.backup}`
}

function phaseLines(phases: Drilled['record']['phases']): string[] {
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0)
  const rows = [...phases, { phase: 'Total', seconds: total }]
  return textTable(
    ['Phase', 'Time'],
    rows.map(({ phase, seconds }) => [phase, formatDuration(seconds)]),
  )
}

/** For `--json`: the record, and where it is stored. */
export function drillDocument({ record, recorded }: Drilled): object {
  return { ...record, recorded }
}
