// Removes what a benchmark has made, also if a signal interrupts it.
import { constants } from 'node:os'

const removals = new Set<() => void>()
let listens = false

/** Works, then removes. `remove` is synchronous and may run while programs of the work still end. */
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

/** The newest first, because it can be within an older one. */
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
