// The report of `prune`: for each store the backups to remove and to keep, each with its reasons.
import { type BackupEntry, distrustOf } from '../../domain/backups/catalogue.ts'
import { dayText } from '../../domain/backups/marks.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { PrunePlan } from '../../operations/prune/plan-prune.ts'
import type { Pruned } from '../../operations/prune/prune.ts'
import {
  checklist,
  heading,
  type Item,
  numbers,
  type Part,
  paragraph,
  type Report,
  report,
  subheading,
  table,
} from '../../report/report.ts'
import { failureFields } from '../failure-fields.ts'
import { signatureDocument } from '../list/list-report.ts'

export function pruneReport(results: readonly Pruned[], dryRun: boolean): Report {
  return report(
    dryRun ? heading('Retention plan: nothing was removed', 'planned') : heading('Pruned', 'done'),
    ...results.flatMap((result) => [
      subheading(result.address),
      ...(result.plan ? [planTable(result.plan)] : []),
      checklist(itemsOf(result, dryRun)),
      paragraph(result.plan ? prunedSentence(result, result.plan, dryRun) : 'Not pruned.'),
    ]),
  )
}

/** Backups to remove come first, because a page shows only the beginning of a long table. */
function planTable({ decisions, unfinished }: PrunePlan): Part {
  const all = [...decisions, ...unfinished.map((each) => ({ ...each, reasons: [each.reason] }))]
  const ordered = [...all.filter(({ action }) => action === 'remove'), ...all.filter(({ action }) => action === 'keep')]
  return table(
    ['Action', 'Backup', numbers('Stored'), 'Reasons'],
    ordered.map(({ entry, action, reasons }) => [
      action,
      `${entry.name}/${entry.id.text}`,
      formatBytes(entry.bytes),
      [...distrust(entry), ...reasons].join('; '),
    ]),
  )
}

function distrust(entry: BackupEntry): string[] {
  const reason = distrustOf(entry)
  return reason === undefined ? [] : [`NOT TRUSTED: ${reason}`]
}

function itemsOf({ leftovers, spared, retained, failures }: Pruned, dryRun: boolean): Item[] {
  const locked = (until: Date | undefined) => (until ? ` until ${dayText(until)}` : '')
  return [
    ...leftovers.map(
      (key): Item => ({
        text: `unfinished write, more than a day old: ${key}`,
        state: dryRun ? 'planned' : 'done',
      }),
    ),
    ...spared.map(
      ({ name, id }): Item => ({
        text: `${name}/${id.text} is kept, because it was pinned during the run`,
        state: 'warning',
      }),
    ),
    ...retained.map(
      ({ key, until }): Item => ({
        text: `${key} is protected by an object lock${locked(until)}`,
        state: 'warning',
      }),
    ),
    ...failures.map(({ message }): Item => ({ text: message, state: 'blocked' })),
  ]
}

function prunedSentence(result: Pruned, plan: PrunePlan, dryRun: boolean): string {
  const { removed, spared, leftovers, freed } = result
  const backups = removed.filter(({ complete }) => complete).length
  const parts = [
    `${plural(backups, 'backup')}`,
    ...(removed.length > backups ? [plural(removed.length - backups, 'unfinished backup')] : []),
    ...(leftovers.length > 0 ? [plural(leftovers.length, 'unfinished write')] : []),
  ]
  const pinned = spared.filter(({ complete }) => complete).length
  const kept = plural(plan.decisions.length - backups, 'backup')
  const since = pinned === 0 ? '' : `, ${pinned} of them because of a pin during the run`
  return dryRun
    ? `Dry run: ${parts.join(', ')} would be removed, ${formatBytes(freed)} freed, ${kept} kept.`
    : `${parts.join(', ')} removed, ${formatBytes(freed)} freed, ${kept} kept${since}.`
}

/** For `--json`. */
export function prunedDocument(result: Pruned): object {
  const { address, plan, removed, spared, leftovers, freed, retained, failures } = result
  return {
    store: address,
    plan: plan?.decisions.map(({ entry, action, reasons }) => ({
      id: entry.id.text,
      name: entry.name,
      action,
      reasons,
      bytes: entry.bytes,
      ...(entry.trust && { signature: signatureDocument(entry.trust) }),
    })),
    unfinished: plan?.unfinished.map(({ entry, action, reason }) => ({
      id: entry.id.text,
      name: entry.name,
      action,
      reasons: [reason],
      bytes: entry.bytes,
    })),
    unfinishedWrites: leftovers.length,
    unfinishedWriteKeys: leftovers,
    removed: removed.map(({ name, id }) => `${name}/${id.text}`),
    spared: spared.map(({ name, id }) => `${name}/${id.text}`),
    freedBytes: freed,
    retained: retained.map(({ key, until }) => ({ key, until: until?.toISOString() ?? null })),
    warnings: plan?.warnings ?? [],
    failures: failures.map(failureFields),
  }
}
