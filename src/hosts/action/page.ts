// What a step's summary holds: what the command tells, or what failed and where, and how long each phase took.
import type { Outcome } from '../../commands/command.ts'
import type { SummaryPart } from '../../commands/summary.ts'
import type { Failure } from '../../domain/failure.ts'
import { failureKinds } from '../../domain/failure-kinds.ts'
import { formatDuration } from '../../domain/quantities.ts'
import type { PhaseRun } from './reporter.ts'

export interface RunReport {
  /** The command's name. */
  readonly name: string
  /** Empty if the command threw. */
  readonly outcome: Partial<Outcome>
  readonly failure: Failure | undefined
  readonly phases: readonly PhaseRun[]
  readonly warnings: readonly string[]
}

/** The failure comes first: what it was comes before what was done anyway. */
export function buildSummary(story: RunReport): SummaryPart[] {
  return [
    ...(story.failure ? failureParts(story, story.failure) : []),
    ...whatWasDone(story),
    ...warningParts(story.warnings.filter((text) => text !== story.failure?.message)),
    ...phaseParts(story.phases),
  ]
}

function failureParts({ name, phases }: RunReport, failure: Failure): SummaryPart[] {
  const failed = phases.findLast(({ state }) => state === 'failed')
  const { code, kind, exitCode, message, hint } = failure
  return [
    { kind: 'heading', text: `⛔ ${name} ${kind === 'interrupted' ? 'was interrupted' : 'failed'}` },
    { kind: 'paragraph', text: [message, ...failure.details].join('\n') },
    {
      kind: 'facts',
      rows: [
        ...(failed ? [['Failed in', failed.title] as const] : []),
        ['Kind', `${failureKinds[kind].meaning} (exit code ${exitCode})`],
        ['Code', code],
        ...(hint === undefined ? [] : [[whereTo(hint), hint] as const]),
      ],
    },
  ]
}

/** The page is read in a browser: a command in a hint is for somewhere else. */
function whereTo(hint: string): string {
  return /(?:^|[:(`&]\s*)resguardo [a-z]/.test(hint) ? 'What to do, from a terminal' : 'What to do'
}

/** A command without a summary of its own shows its lines. */
function whatWasDone({ name, outcome }: RunReport): SummaryPart[] {
  if (outcome.summary) return [...outcome.summary]
  const lines = outcome.lines ?? []
  if (lines.length === 0) return []
  return [
    { kind: 'heading', text: name },
    { kind: 'code', text: lines.join('\n'), language: 'text' },
  ]
}

function warningParts(warnings: readonly string[]): SummaryPart[] {
  if (warnings.length === 0) return []
  return [{ kind: 'checklist', items: warnings.map((text) => ({ text, state: 'warning' as const })) }]
}

function phaseParts(phases: readonly PhaseRun[]): SummaryPart[] {
  if (phases.length === 0) return []
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0)
  const rows = phases.map(({ title, seconds, state }) => [title, formatDuration(seconds), state])
  return [
    {
      kind: 'details',
      title: `${phases.length === 1 ? '1 phase' : `${phases.length} phases`} in ${formatDuration(total)}`,
      parts: [{ kind: 'table', head: ['Phase', 'Time', ''], rows }],
    },
  ]
}
