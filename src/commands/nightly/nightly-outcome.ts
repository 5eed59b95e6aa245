// Joins the steps of `nightly` into one outcome: results in order, and the failures of all.
import { joinFailures } from '../../domain/failures/join-failures.ts'
import { heading, report } from '../../report/report.ts'
import { outputsOfBackup } from '../backup/backup-outcome.ts'
import type { Outcome } from '../command.ts'
import { outputsOfDrill } from '../drill/drill.ts'
import { failureFields } from '../failure-fields.ts'
import { outputsOfPrune } from '../prune/prune-stores.ts'
import type { Step } from './nightly-steps.ts'

export const outputsOfNightly = {
  ...outputsOfBackup,
  verdict: `${outputsOfDrill.verdict}; empty without a drill`,
  'rto-seconds': outputsOfDrill['rto-seconds'],
  differences: outputsOfDrill.differences,
  removed: 'Number of backups removed, in all stores',
  kept: outputsOfPrune.kept,
  'freed-bytes': 'Bytes freed',
} as const

/** Steps that did not run are absent; the first drill is that of the main backup. `wanted`: the requested steps. */
export function joinSteps(
  backup: Outcome<typeof outputsOfBackup>,
  drills: readonly Step<typeof outputsOfDrill>[],
  prune: Step<typeof outputsOfPrune> | undefined,
  wanted: { readonly prune: boolean },
): Outcome<typeof outputsOfNightly> {
  const [drill, ...besides] = drills
  const steps = [backup, ...drills, ...(prune ? [prune] : [])]
  // A failed drill is the most serious failure, so it determines the exit code.
  const failure = joinFailures([...drills, backup, prune].flatMap((step) => step?.failure ?? []))
  return {
    outputs: {
      ...backup.outputs,
      verdict: drill?.outputs?.verdict,
      'rto-seconds': drill?.outputs?.['rto-seconds'],
      differences: drill?.outputs?.differences,
      removed: prune?.outputs?.removed,
      kept: prune?.outputs?.kept,
      'freed-bytes': prune?.outputs?.['freed-bytes'],
    },
    report: report(
      ...steps.map((step) => step.report),
      wanted.prune && !prune && heading('Nothing was pruned, because an earlier step failed'),
    ),
    document: {
      backup: backup.document,
      drill: documentOf(drill),
      ...(besides.length > 0 && { drillCompanions: besides.map(documentOf) }),
      prune: documentOf(prune),
    },
    ...(failure && { failure }),
  }
}

/** Returns null for a step that did not run, and its failure if it has no document. */
function documentOf(step: Step | undefined): unknown {
  if (!step) return null
  return step.document ?? { failure: step.failure ? failureFields(step.failure) : null }
}
