// How `prune` shows its plan and what became of it.
import { type BackupEntry, distrustOf } from '../domain/catalogue.ts'
import { dayText } from '../domain/marks.ts'
import { formatBytes } from '../domain/quantities.ts'
import type { PrunePlan } from '../operations/plan-prune.ts'
import type { Pruned } from '../operations/prune.ts'
import { failureFields } from './failure-fields.ts'
import { signatureDocument } from './listing.ts'
import { textTable } from './text-table.ts'

/** The plan of one store as a table, and what came of it. */
export function prunedLines(result: Pruned, dryRun: boolean): string[] {
  const { address, plan, failures, leftovers, retained, spared } = result
  if (!plan) return [`${address}: not pruned.`, ...failures.map(({ message }) => `  ${message}`)]
  const lines = [`${address}:`, ...planTable(plan)]
  for (const key of leftovers) lines.push(`unfinished write, more than a day old: ${key}`)
  for (const { key, until } of retained) {
    lines.push(`retained ${until ? `until ${dayText(until)}` : 'for now'} by an object lock: ${key}`)
  }
  for (const { name, id } of spared) lines.push(`kept, because it was pinned during the run: ${name}/${id.text}`)
  for (const { message } of failures) lines.push(`failed: ${message}`)
  return [...lines, prunedSentence(result, plan, dryRun)]
}

function planTable(plan: PrunePlan): string[] {
  const { decisions, unfinished } = plan
  if (decisions.length + unfinished.length === 0) return []
  const names = new Set([...decisions, ...unfinished].map(({ entry }) => entry.name))
  const place = (entry: { name: string; id: { text: string } }) =>
    names.size > 1 ? `${entry.name}/${entry.id.text}` : entry.id.text
  return textTable(
    ['', 'BACKUP', { title: 'STORED', align: 'right' }, 'WHY'],
    [
      ...decisions.map(({ entry, action, reasons }) => [
        action,
        place(entry),
        formatBytes(entry.bytes),
        [...distrust(entry), ...reasons].join('; '),
      ]),
      ...unfinished.map(({ entry, action, reason }) => [action, place(entry), formatBytes(entry.bytes), reason]),
    ],
  )
}

/** The mark of a backup that is not trusted, with the reason. */
export function distrust(entry: BackupEntry): string[] {
  const reason = distrustOf(entry)
  return reason === undefined ? [] : [`NOT TRUSTED: ${reason}`]
}

/** What became of one store, in one sentence. */
export function prunedSentence(result: Pruned, plan: PrunePlan, dryRun: boolean): string {
  const { removed, spared, leftovers, freed } = result
  const backups = removed.filter(({ complete }) => complete).length
  const parts = [
    `${count(backups, 'backup')}`,
    ...(removed.length > backups ? [count(removed.length - backups, 'unfinished backup')] : []),
    ...(leftovers.length > 0 ? [count(leftovers.length, 'unfinished write')] : []),
  ]
  const pinned = spared.filter(({ complete }) => complete).length
  const kept = count(plan.decisions.length - backups, 'backup')
  const since = pinned === 0 ? '' : `, ${pinned} of them because of a pin during the run`
  return dryRun
    ? `Dry run: ${parts.join(', ')} would be removed, ${formatBytes(freed)} freed, ${kept} kept.`
    : `${parts.join(', ')} removed, ${formatBytes(freed)} freed, ${kept} kept${since}.`
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`
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
