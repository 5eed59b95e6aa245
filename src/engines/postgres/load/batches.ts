// Divides entries among the roles that restore them, in an order in which objects exist before they are needed.
import type { TocEntry } from '../archive/toc-entry.ts'

/** Entries that one role restores in one run, in the archive's order; `owner` undefined: the user of the connection. */
export interface Batch {
  readonly owner: string | undefined
  readonly entries: readonly TocEntry[]
}

/** As few batches as dependencies allow; `maker` returns the role that restores an entry. */
export function batchesOf(entries: readonly TocEntry[], maker: (entry: TocEntry) => string | undefined): Batch[] {
  const makers = new Map(entries.map((entry) => [entry.dumpId, maker(entry)]))
  const roles = [...new Set([undefined, ...makers.values()])]
  const waiting = new Set(entries)
  const missing = new Set(entries.map(({ dumpId }) => dumpId))
  const batches: Batch[] = []
  const add = (owner: string | undefined, some: readonly TocEntry[]): void => {
    if (some.length > 0) batches.push({ owner, entries: some })
    for (const entry of some) {
      waiting.delete(entry)
      missing.delete(entry.dumpId)
    }
  }
  while (waiting.size > 0) {
    const before = waiting.size
    for (const role of roles) add(role, ready(waiting, missing, { role, makers }))
    const [next] = waiting
    if (next && waiting.size === before) add(makers.get(next.dumpId), [next]) // a circular dependency
  }
  return batches
}

/**
 * Entries that a role can restore now. Within a role the archive's order is retained, so only entries of other roles
 * block.
 */
function ready(
  waiting: ReadonlySet<TocEntry>,
  missing: ReadonlySet<number>,
  { role, makers }: { readonly role: string | undefined; readonly makers: ReadonlyMap<number, string | undefined> },
): TocEntry[] {
  const blocked = new Set<number>()
  const waits = (id: number): boolean => missing.has(id) && (makers.get(id) !== role || blocked.has(id))
  return [...waiting].filter(({ dumpId, dependencies }) => {
    if (makers.get(dumpId) !== role) return false
    const isReady = !dependencies.some(waits)
    if (!isReady) blocked.add(dumpId)
    return isReady
  })
}
