// Pruning as a page shows it: what goes and what stays in each store, with every reason.
import { dayText } from '../domain/marks.ts'
import { formatBytes } from '../domain/quantities.ts'
import type { PrunePlan } from '../operations/plan-prune.ts'
import type { Pruned } from '../operations/prune.ts'
import { distrust } from './pruned.ts'
import type { SummaryPart } from './summary.ts'

/** `sentenceOf` says in one sentence what became of a store. */
export function prunedSummary(
  results: readonly Pruned[],
  dryRun: boolean,
  sentenceOf: (result: Pruned, plan: PrunePlan) => string,
): SummaryPart[] {
  return [
    { kind: 'heading', text: dryRun ? '📋 Retention plan: nothing was removed' : '🧹 Pruned' },
    ...results.flatMap((result) => [
      { kind: 'heading', text: result.address, level: 3 } as const,
      ...(result.plan
        ? [{ kind: 'paragraph', text: sentenceOf(result, result.plan) } as const, ...planParts(result.plan)]
        : [{ kind: 'paragraph', text: 'Not pruned.' } as const]),
      ...troubles(result),
    ]),
  ]
}

/** What is removed first: a page shows the beginning of a long table. */
function planParts({ decisions, unfinished }: PrunePlan): SummaryPart[] {
  const all = [...decisions, ...unfinished.map((each) => ({ ...each, reasons: [each.reason] }))]
  if (all.length === 0) return []
  const ordered = [...all.filter(({ action }) => action === 'remove'), ...all.filter(({ action }) => action === 'keep')]
  return [
    {
      kind: 'table',
      head: ['', 'Backup', 'Size', 'Why'],
      rows: ordered.map(({ entry, action, reasons }) => [
        action,
        `${entry.name}/${entry.id.text}`,
        formatBytes(entry.bytes),
        [...distrust(entry), ...reasons].join('; '),
      ]),
    },
  ]
}

function troubles({ spared, retained, failures }: Pruned): SummaryPart[] {
  const held = retained.map(
    ({ key, until }) => `${key}: protected by an object lock${until ? ` until ${dayText(until)}` : ''}`,
  )
  const items = [
    ...spared.map(({ name, id }) => ({
      text: `${name}/${id.text} is kept: it was pinned during the run`,
      state: 'warning' as const,
    })),
    ...held.map((text) => ({ text, state: 'warning' as const })),
    ...failures.map(({ message }) => ({ text: message, state: 'blocked' as const })),
  ]
  return items.length === 0 ? [] : [{ kind: 'checklist', items }]
}
