// Prunes stores by the inputs of `prune` or `nightly`.
import { joinFailures } from '../../domain/failures/join-failures.ts'
import type { RetentionPolicy } from '../../domain/retention/retention.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { retentionInputs } from '../../inputs/retention.ts'
import { type PruneRequest, prune } from '../../operations/prune/prune.ts'
import type { Outcome, World } from '../command.ts'
import { prunedDocument, pruneReport } from './prune-report.ts'

export const outputsOfPrune = {
  removed: 'Number of backups removed (dry run: to be removed), in all stores',
  kept: 'Number of backups kept, in all stores',
  'freed-bytes': 'Bytes freed (dry run: to be freed)',
} as const

/** Prunes these stores by the policy of the inputs. If objects could not be removed, the outcome has a failure. */
export async function pruneBy(
  values: Values<typeof retentionInputs>,
  what: Pick<PruneRequest, 'stores' | 'name' | 'dryRun' | 'strict'>,
  world: World,
): Promise<Outcome<typeof outputsOfPrune>> {
  const { clock, kinds, reporter, signal } = world
  const { dryRun } = what
  const results = await prune({ ...what, policy: policyOf(values), kinds, clock, reporter, signal })
  const failure = joinFailures(results.flatMap(({ failures }) => failures))
  const sum = (of: (result: (typeof results)[number]) => number) => results.reduce((total, each) => total + of(each), 0)
  const removed = sum((result) => result.removed.filter(({ complete }) => complete).length)
  return {
    outputs: {
      removed,
      kept: sum(({ plan }) => plan?.decisions.length ?? 0) - removed,
      'freed-bytes': sum(({ freed }) => freed),
    },
    report: pruneReport(results, dryRun),
    document: { dryRun, stores: results.map(prunedDocument) },
    ...(failure ? { failure } : {}),
  }
}

/** Returns the policy in the inputs. */
function policyOf(values: Values<typeof retentionInputs>): RetentionPolicy {
  return {
    days: {
      scheduled: values.retentionDays,
      'pre-migration': values.preMigrationDays,
      manual: values.manualDays,
      safety: values.safetyDays,
    },
    keep: {
      last: values.keepLast,
      daily: values.keepDaily,
      weekly: values.keepWeekly,
      monthly: values.keepMonthly,
      yearly: values.keepYearly,
    },
    keepAtLeast: values.keepAtLeast,
  }
}
