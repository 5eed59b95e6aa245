// `prune`: removes what retention no longer keeps; `--dry-run` shows the plan.
import { joinFailures } from '../domain/join-failures.ts'
import type { RetentionPolicy } from '../domain/retention.ts'
import type { Values } from '../inputs/kinds.ts'
import { retentionInputs } from '../inputs/retention.ts'
import { storeInputs } from '../inputs/shared.ts'
import { prune as pruneStores } from '../operations/prune.ts'
import { command } from './command.ts'
import { prunedDocument, prunedLines } from './pruned.ts'
import { checkStores, openStores } from './stores-of.ts'

/** The policy that the inputs state. */
export function policyOf(values: Values<typeof retentionInputs>): RetentionPolicy {
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

export const prune = command({
  name: 'prune',
  summary: 'Remove backups that retention no longer keeps, and what unfinished runs left behind',
  examples: ['prune --dry-run', 'prune --retention-days 14 --keep-weekly 8 --keep-monthly 12'],
  inputs: {
    'dry-run': { kind: 'flag', fallback: false, summary: 'Show the plan with every reason, remove nothing' },
    name: { kind: 'text', summary: 'Only backups of this name', placeholder: 'NAME' },
    ...retentionInputs,
    ...storeInputs,
  },
  outputs: {
    removed: 'How many backups were removed, over all stores (in a dry run: would be)',
    kept: 'How many backups stay, over all stores',
    'freed-bytes': 'Bytes freed (in a dry run: that would be)',
  },
  check: checkStores,
  run: async (values, world) => {
    const { name, dryRun } = values
    const { clock, reporter, signal } = world
    const stores = await openStores(values, world)
    const strict = values.store.length > 0
    const results = await pruneStores({ stores, name, policy: policyOf(values), dryRun, strict, clock, reporter, signal })
    const failure = joinFailures(results.flatMap(({ failures }) => failures))
    const sum = (of: (result: (typeof results)[number]) => number) => results.reduce((total, each) => total + of(each), 0)
    const removed = sum((result) => result.removed.filter(({ complete }) => complete).length)
    return {
      outputs: {
        removed,
        kept: sum(({ plan }) => plan?.decisions.length ?? 0) - removed,
        'freed-bytes': sum(({ freed }) => freed),
      },
      lines: results.flatMap((result) => prunedLines(result, dryRun)),
      document: { dryRun, stores: results.map(prunedDocument) },
      ...(failure ? { failure } : {}),
    }
  },
})
