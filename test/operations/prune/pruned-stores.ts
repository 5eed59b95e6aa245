// Memory stores with daily backups, and a function that prunes them.
import { defaultPolicy } from '../../../src/domain/retention/retention.ts'
import { backupKinds } from '../../../src/kinds/kinds.ts'
import { type PruneRequest, prune } from '../../../src/operations/prune/prune.ts'
import type { Store } from '../../../src/ports/common.ts'
import { fakeClock, recordingReporter } from '../../support/fakes.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

export const now = new Date('2026-11-24T12:00:00Z')
export const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3600_000)
/** IDs of daily backups, newest first. */
export const daily = (count: number) =>
  Array.from({ length: count }, (_, day) => idText(hoursAgo(day * 24), 'scheduled', day))

/** An empty store. */
export function store(address = 'memory:'): MemoryStore {
  return memoryStore({ address, now: () => now })
}

/** A store with this many daily backups. */
export function filled(count: number, address?: string): MemoryStore {
  const made = store(address)
  for (const id of daily(count)) putBackup(made, id)
  return made
}

/** Prunes the stores by the default policy, unless the request differs. */
export async function run(stores: Store[], differs: Partial<PruneRequest> = {}) {
  const reporter = recordingReporter()
  const results = await prune({
    kinds: backupKinds,
    stores,
    policy: defaultPolicy,
    dryRun: false,
    strict: true,
    clock: fakeClock(now),
    reporter,
    signal: new AbortController().signal,
    ...differs,
  })
  return { results, reporter }
}

/** Keys in the order in which the store was told to remove them. */
export function watched(inner: MemoryStore): { store: Store; removed: string[] } {
  const removed: string[] = []
  return {
    removed,
    store: {
      ...inner,
      remove(keys) {
        removed.push(...keys)
        return inner.remove(keys)
      },
    },
  }
}

/** Number of complete backups in a store. */
export const backupsIn = (inner: MemoryStore) =>
  [...inner.objects.keys()].filter((key) => key.endsWith('manifest.json')).length
