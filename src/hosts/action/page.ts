// The summary page of a step: the failure if there is one, the command's report, and the duration of each phase.
import type { Outcome } from '../../commands/command.ts'
import type { Failure } from '../../domain/failures/failure.ts'
import { failureKinds } from '../../domain/failures/failure-kinds.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import {
  details,
  facts,
  heading,
  itemsOf,
  type Part,
  paragraph,
  type Report,
  report,
  table,
} from '../../report/report.ts'
import type { PhaseRun } from './reporter.ts'

interface RunReport {
  /** The command's name. */
  readonly name: string
  /** Empty if the command threw. */
  readonly outcome: Partial<Outcome>
  readonly failure: Failure | undefined
  readonly phases: readonly PhaseRun[]
  readonly warnings: readonly string[]
}

/** Builds the page; the failure comes first. */
export function pageOf({ name, outcome, failure, phases, warnings }: RunReport): Report {
  const others = warnings.filter((text) => text !== failure?.message)
  return report(
    failure && failureParts(name, failure, phases),
    outcome.report,
    itemsOf('warning', others),
    phases.length > 0 && phaseTable(phases),
  )
}

function failureParts(name: string, failure: Failure, phases: readonly PhaseRun[]): Report {
  const { code, kind, exitCode, message, hint } = failure
  return report(
    heading(`${name} ${kind === 'interrupted' ? 'was interrupted' : 'failed'}`, 'blocked'),
    paragraph([message, ...failure.details].join('\n')),
    facts([
      ['Failed in', phases.findLast(({ state }) => state === 'failed')?.title],
      ['Kind', `${failureKinds[kind].meaning} (exit code ${exitCode})`],
      ['Code', code],
      [hint === undefined ? '' : whereTo(hint), hint],
    ]),
  )
}

/** A page is read in a browser, so the label says that a command in the hint is for a terminal. */
function whereTo(hint: string): string {
  return /(?:^|[:(`&]\s*)resguardo [a-z]/.test(hint) ? 'What to do, from a terminal' : 'What to do'
}

function phaseTable(phases: readonly PhaseRun[]): Part {
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0)
  return details(
    `${phases.length === 1 ? '1 phase' : `${phases.length} phases`} in ${formatDuration(total)}`,
    table(
      ['Phase', 'Time', ''],
      phases.map(({ title, seconds, state }) => [title, formatDuration(seconds), state]),
    ),
  )
}
