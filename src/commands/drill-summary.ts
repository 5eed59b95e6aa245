// A drill as a page shows it: verdict, objectives, what was compared, what differed, the user's checks.
import type { DrillCheck, DrillRecord } from '../domain/drill.ts'
import { metText, type Objective } from '../domain/objectives.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import type { Drilled } from '../operations/drill-request.ts'
import { whatOf } from './drill-outcome.ts'
import type { SummaryPart } from './summary.ts'

export function drillSummary(
  { record, recorded, snapshotTaken }: Pick<Drilled, 'record' | 'recorded' | 'snapshotTaken'>,
  objectives: readonly Objective[],
): SummaryPart[] {
  return [
    { kind: 'heading', text: headings[record.verdict](record.backup) },
    ...(record.problem === undefined ? [] : [{ kind: 'paragraph', text: record.problem } as const]),
    objectiveTable(objectives),
    { kind: 'facts', rows: factsOf(record, recorded, snapshotTaken) },
    ...differenceTable(record),
    ...checkTable(record.checks),
    ...record.notes.map((text) => ({ kind: 'paragraph', text: `Note: ${text}` }) as const),
  ]
}

const headings = {
  proven: (backup: string) => `✅ Proven: ${backup}`,
  failed: (backup: string) => `⛔ Drill failed: ${backup}`,
  'not-drilled': (backup: string) => `⚠️ Not drilled: ${backup}`,
} satisfies Record<DrillRecord['verdict'], (backup: string) => string>

function objectiveTable(objectives: readonly Objective[]): SummaryPart {
  return {
    kind: 'table',
    head: ['Objective', 'Allowed', 'Measured', ''],
    rows: objectives.map((objective) => [
      objective.name,
      formatDuration(objective.allowed),
      `${formatDuration(objective.measured)} ${objective.what}`,
      metText(objective),
    ]),
  }
}

function factsOf(record: DrillRecord, recorded: readonly string[], taken: string): (readonly [string, string])[] {
  const { bytes, contentBytes, scratch } = record
  return [
    ['Snapshot', taken],
    ['Compared', record.problem === undefined ? whatOf(record) : 'nothing: the backup was not loaded'],
    ['Read', `${formatBytes(bytes)} stored, ${formatBytes(contentBytes)} uncompressed`],
    ['Scratch server', scratch],
    ['Recorded in', recorded.join(', ')],
  ]
}

function differenceTable({ differences }: DrillRecord): SummaryPart[] {
  if (differences.length === 0) return []
  return [
    {
      kind: 'table',
      head: ['Differs', 'Name', 'How'],
      rows: differences.map(({ what, name, sentence }) => [what, name, sentence]),
    },
  ]
}

function checkTable(checks: readonly DrillCheck[]): SummaryPart[] {
  if (checks.length === 0) return []
  return [
    {
      kind: 'table',
      head: ['Your check', 'Passed', 'Answer'],
      rows: checks.map(({ check, passed, detail }) => [check, passed ? 'yes' : 'NO', detail]),
    },
  ]
}
