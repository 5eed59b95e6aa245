// Removes what a benchmark has created, even if a signal interrupts it.
import { constants } from 'node:os'

const removals = new Set<() => void>()
let listens = false

/** Runs `work`, then `remove`, which is synchronous and may run while programs of the work are still ending. */
export async function removedAfter<T>(remove: () => void, work: () => Promise<T>): Promise<T> {
  if (!listens)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted(signal))
  listens = true
  removals.add(remove)
  try {
    return await work()
  } finally {
    if (removals.delete(remove)) remove()
  }
}

/** Removes the newest first, because it can be inside an older one. */
function interrupted(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  for (const remove of [...removals].reverse()) {
    removals.delete(remove)
    try {
      remove()
    } catch (error) {
      console.error(error)
    }
  }
  process.exit(128 + constants.signals[signal])
}
