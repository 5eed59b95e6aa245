// The report of a drill: verdict, objectives, what was compared, differences, and the user's checks.
import type { DrillRecord, TriedTenants } from '../../domain/drill/drill.ts'
import { metText, type Objective } from '../../domain/drill/objectives.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes, formatDuration } from '../../domain/text/quantities.ts'
import type { Drilled } from '../../operations/drill/drill-request.ts'
import {
  facts,
  heading,
  inTerminal,
  numbers,
  type Part,
  paragraph,
  type Report,
  report,
  type State,
  table,
} from '../../report/report.ts'

const verdicts: Readonly<Record<DrillRecord['verdict'], readonly [title: string, state: State]>> = {
  proven: ['Proven', 'done'],
  failed: ['Drill failed', 'blocked'],
  'not-drilled': ['Not drilled', 'warning'],
}

const shownAtMost = 20

export function drillReport(
  { record, recorded, snapshotTaken }: Pick<Drilled, 'record' | 'recorded' | 'snapshotTaken'>,
  objectives: readonly Objective[],
): Report {
  const { backup, verdict, problem, differences, checks, notes, phases, bytes, contentBytes, scratch } = record
  const [title, state] = verdicts[verdict]
  return report(
    heading(`${title}: ${backup}`, state),
    problem !== undefined && paragraph(problem),
    facts([
      ['Snapshot', snapshotTaken],
      ['Compared', problem === undefined ? comparedText(record) : 'nothing: the backup was not loaded'],
      ['Read', `${formatBytes(bytes)} stored, ${formatBytes(contentBytes)} uncompressed`],
      ['Scratch server', scratch],
      ['Recorded in', recorded.join(', ')],
      ...notes.map((note) => ['Note', note] as const),
    ]),
    objectiveTable(objectives),
    table(
      ['Differs', 'Name', 'Difference'],
      differences.map(({ what, name, sentence }) => [what, name, sentence]),
      shownAtMost,
    ),
    table(
      ['Your check', 'Passed', 'Answer'],
      checks.map(({ check, passed, detail }) => [check, passed ? 'yes' : 'NO', detail]),
    ),
    inTerminal(phaseTable(phases)),
  )
}

function objectiveTable(objectives: readonly Objective[]): Part {
  return table(
    ['Objective', 'Allowed', 'Measured', 'Result'],
    objectives.map((objective) => [
      objective.name,
      formatDuration(objective.allowed),
      `${formatDuration(objective.measured)} ${objective.what}`,
      metText(objective),
    ]),
  )
}

/** `12 tables with 340 rows, equal to the backup`. */
function comparedText({ tables, rows, tried, queues, differences }: DrillRecord): string {
  const what =
    queues !== undefined
      ? `${plural(rows, 'key')}${queues === 0 ? '' : ` and ${plural(queues, 'queue')}`}`
      : `${tried ? tenantsText(tried) : plural(tables, 'table')} with ${plural(rows, 'row')}`
  return differences.length === 0 ? `${what}, equal to the backup` : what
}

function tenantsText({ tenants, of }: TriedTenants): string {
  return tenants === of ? plural(of, 'tenant') : `${tenants} of ${plural(of, 'tenant')}`
}

function phaseTable(phases: DrillRecord['phases']): Part {
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0)
  return table(
    ['Phase', numbers('Time')],
    [...phases, { phase: 'Total', seconds: total }].map(({ phase, seconds }) => [phase, formatDuration(seconds)]),
  )
}
