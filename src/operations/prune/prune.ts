// Prunes stores: removes what the retention policy no longer keeps, and what unfinished runs left behind.
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import { type PlanRequest, type PrunePlan, planPrune } from './plan-prune.ts'
import { type Removed, removeBackups } from './remove-backup.ts'

export interface PruneRequest extends PlanRequest {
  readonly stores: readonly Store[]
  /** Plan only. */
  readonly dryRun: boolean
  readonly reporter: Reporter
}

/** Result for one store. */
export interface Pruned {
  readonly address: string
  /** Absent if the store could not be read, or its clock differs too much. */
  readonly plan?: PrunePlan
  /** Backups that lost their manifest, and removed unfinished folders (in a dry run: that would be removed). */
  readonly removed: readonly BackupEntry[]
  /** Backups that remain complete because they were pinned after the plan was made. */
  readonly spared: readonly BackupEntry[]
  /** Keys of unfinished writes that were deleted or would be deleted. */
  readonly leftovers: readonly string[]
  /** Bytes freed; in a dry run, bytes that would be freed. */
  readonly freed: number
  /** Objects that a lock of the store still retains; not a failure. */
  readonly retained: readonly { readonly key: string; readonly until: Date | undefined }[]
  readonly failures: readonly Failure[]
}

/** Number of consecutive failures after which the rest of a store is skipped. */
const patience = 3

/** Objects per batch: a smaller batch is removed sooner after the check for new pins. */
const objectsAtOnce = 1000

/**
 * Prunes each store independently, with one listing each and one more for each batch of backups to remove. An error
 * does not stop the run: it is added to `failures`, and a later run retries. Throws only for invalid input (a failure
 * of kind usage) and when interrupted.
 */
export async function prune(request: PruneRequest): Promise<Pruned[]> {
  const results: Pruned[] = []
  for (const store of request.stores) results.push(await pruneStore(store, request))
  return results
}

async function pruneStore(store: Store, request: PruneRequest): Promise<Pruned> {
  const { dryRun, reporter, signal } = request
  const { address } = store
  try {
    const plan = await planPrune(store, request)
    for (const warning of plan.warnings) reporter.warn(`${address}: ${warning}`)
    if (dryRun || !hasWork(plan)) return { address, plan, ...wouldDo(plan) }
    return { address, plan, ...(await reporter.phase(`Pruning ${address}`, () => removeAll(store, plan, request))) }
  } catch (error) {
    signal.throwIfAborted()
    if (asFailure(error).kind === 'usage') throw error
    return { address, removed: [], spared: [], leftovers: [], freed: 0, retained: [], failures: [asFailure(error)] }
  }
}

type Done = Omit<Pruned, 'address' | 'plan'>

function hasWork(plan: PrunePlan): boolean {
  return toRemove(plan).length > 0 || plan.leftovers.length > 0
}

/** Oldest first, so that an interruption leaves the most valuable backups. */
function toRemove(plan: PrunePlan): BackupEntry[] {
  const all = [...plan.unfinished, ...plan.decisions.toReversed()]
  return all.filter(({ action }) => action === 'remove').map(({ entry }) => entry)
}

function wouldDo(plan: PrunePlan): Done {
  const removed = toRemove(plan)
  const freed = removed.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    removed,
    spared: [],
    leftovers: plan.leftovers.map(({ key }) => key),
    freed,
    retained: [],
    failures: plan.refusals,
  }
}

async function removeAll(store: Store, plan: PrunePlan, { reporter, signal }: PruneRequest): Promise<Done> {
  const removed: BackupEntry[] = []
  const spared: BackupEntry[] = []
  const retained: { key: string; until: Date | undefined }[] = []
  const failures: Failure[] = [...plan.refusals]
  const leftovers: string[] = []
  let [freed, inARow] = [0, 0]
  const attempt = async (work: () => Promise<void>) => {
    signal.throwIfAborted()
    if (inARow >= patience) return
    try {
      await work()
      inARow = 0
    } catch (error) {
      signal.throwIfAborted()
      failures.push(asFailure(error))
      inARow += 1
    }
  }
  const count = (entry: BackupEntry, done: Removed) => {
    if (done.pinnedMeanwhile) {
      spared.push(entry)
      reporter.note(`${store.address}: ${entry.id.text} is kept: it was pinned during the run.`)
      return
    }
    freed += done.bytes
    retained.push(...done.retained)
    if (done.gone) removed.push(entry)
    reporter.progress({ what: 'Freed', bytes: freed })
    if (done.failure) throw done.failure
  }
  for (const batch of batchesOf(toRemove(plan))) {
    signal.throwIfAborted()
    const together =
      batch.length > 1 && inARow === 0 ? await removeBackups(store, batch).catch(() => undefined) : undefined
    signal.throwIfAborted()
    for (const [place, entry] of batch.entries()) {
      const done = together?.[place]
      // If a batch fails, remove its backups one by one: one backup may cause the failure.
      if (done && !done.failure) count(entry, done)
      else await attempt(async () => count(entry, await removeOne(store, entry)))
    }
  }
  for (const leftover of plan.leftovers) {
    await attempt(async () => {
      await leftover.remove()
      leftovers.push(leftover.key)
    })
  }
  return { removed, spared, leftovers, freed, retained, failures }
}

/** Yields batches of backups with about as many objects as one S3 request can delete. */
function* batchesOf(entries: readonly BackupEntry[]): Generator<BackupEntry[]> {
  let batch: BackupEntry[] = []
  let objects = 0
  for (const entry of entries) {
    if (batch.length > 0 && objects + entry.keys.length > objectsAtOnce) {
      yield batch
      batch = []
      objects = 0
    }
    batch.push(entry)
    objects += entry.keys.length
  }
  if (batch.length > 0) yield batch
}

async function removeOne(store: Store, entry: BackupEntry): Promise<Removed> {
  const [removed] = await removeBackups(store, [entry])
  return removed as Removed
}
