// Prevents side effects while an archive is restored: event triggers come last, and foreign servers are not contacted.
import type { TocEntry } from '../archive/toc-entry.ts'
import { TocIndex } from '../archive/toc-index.ts'

interface DeferredEntries {
  readonly entries: readonly TocEntry[]
  /** Whether entries were left out or moved. */
  readonly changed: boolean
  readonly notes: readonly string[]
}

/**
 * The entries without those that fill materialized views from foreign tables, and with event triggers last, so that
 * they do not fire for other entries.
 */
export function deferEntries(all: readonly TocEntry[]): DeferredEntries {
  const foreign = filledFromForeign(all)
  const isLast = isAboutEventTrigger
  const kept = foreign.length === 0 ? all : all.filter((entry) => !foreign.includes(entry))
  return {
    entries: [...kept.filter((entry) => !isLast(entry)), ...kept.filter(isLast)],
    changed: foreign.length > 0 || all.some(isLast),
    notes: foreign.length === 0 ? [] : [noteOnUnfilled(foreign)],
  }
}

export function noteOnUnfilled(views: readonly TocEntry[]): string {
  const names = views.map(({ schema, tag }) => `${schema}.${tag}`).join(', ')
  return `Materialized views that read foreign tables were neither refreshed nor compared: ${names}.`
}

/** An event trigger, or a comment on one. */
export function isAboutEventTrigger({ description, tag }: TocEntry): boolean {
  return description === 'EVENT TRIGGER' || tag.startsWith('EVENT TRIGGER ')
}

function filledFromForeign(all: readonly TocEntry[]): TocEntry[] {
  if (!all.some(({ description }) => description === 'FOREIGN TABLE')) return []
  const index = new TocIndex(all)
  const foreign = foreignTables(all, index)
  return all.filter((entry) => entry.description === 'MATERIALIZED VIEW DATA' && reaches(entry, foreign, index))
}

/** Foreign tables, and tables that have one among their partitions or children. */
function foreignTables(all: readonly TocEntry[], index: TocIndex): ReadonlySet<TocEntry> {
  const found = new Set(all.filter(({ description }) => description === 'FOREIGN TABLE'))
  const parents = Map.groupBy(
    all.filter(({ description }) => description === 'TABLE ATTACH').map((entry) => index.dependencies(entry)),
    ([partition]) => partition,
  )
  // Iteration over a set includes elements that are added meanwhile.
  for (const table of found) {
    for (const [, parent] of parents.get(table) ?? []) if (parent) found.add(parent)
    for (const parent of index.dependencies(table)) if (parent.description === 'TABLE') found.add(parent)
  }
  return found
}

function reaches(from: TocEntry, targets: ReadonlySet<TocEntry>, index: TocIndex): boolean {
  const seen = new Set([from])
  for (const entry of seen) {
    if (targets.has(entry)) return true
    for (const needed of index.dependencies(entry)) seen.add(needed)
  }
  return false
}
