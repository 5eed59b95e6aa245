// Plans what to remove from a store: backups by policy, and the remains of unfinished runs. Changes nothing.
import { backupPrefix } from '../../domain/backups/backup.ts'
import { backupOf } from '../../domain/backups/build-catalogue.ts'
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { probeKey } from '../../domain/probes.ts'
import type { RetentionPolicy } from '../../domain/retention/retention.ts'
import { pinReasons } from '../../domain/retention/retention-age.ts'
import { planRetention, type RetentionPlan } from '../../domain/retention/retention-plan.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import type { Clock, Leftover, Store } from '../../ports/common.ts'
import { readCatalogue, unreadableText } from '../catalogue/read-catalogue.ts'

/** A folder without a manifest, and whether to remove it. */
interface Unfinished {
  readonly entry: BackupEntry
  readonly action: 'keep' | 'remove'
  readonly reason: string
}

export interface PrunePlan extends RetentionPlan {
  readonly unfinished: readonly Unfinished[]
  /** Unfinished writes to delete: temporary files and open multipart uploads of backups and probes. */
  readonly leftovers: readonly Leftover[]
}

export interface PlanRequest {
  readonly name?: string | undefined
  readonly policy: RetentionPolicy
  /** Kinds of backup that this version knows: backups of other kinds are kept. */
  readonly kinds: readonly { readonly name: string }[]
  readonly clock: Clock
  /** If true, an empty store is an error unless it exists. */
  readonly strict: boolean
  readonly signal: AbortSignal
}

const hour = 3600
const dayMilliseconds = 86_400_000

/**
 * Makes one listing of objects and one of unfinished writes; reads no payload. Throws a failure of kind refused if this
 * machine's clock and the store's differ by more than an hour, and what the store throws.
 */
export async function planPrune(store: Store, request: PlanRequest): Promise<PrunePlan> {
  const { entries, incomplete, unreadable } = await readCatalogue(store, request.name, { signal: request.signal })
  if (request.strict && entries.length + incomplete.length === 0) await store.check(false)
  const storeTime = await agreedTime(store, request.clock)
  const abandonedBefore = new Date(storeTime.getTime() - dayMilliseconds)
  const { old, busy } = await unfinishedWrites(store, request.name, abandonedBefore)
  const isKnown = (entry: BackupEntry): boolean => request.kinds.some(({ name }) => name === entry.id.kind)
  const plan = planRetention(entries, request.policy, request.clock.now(), isKnown)
  return {
    ...plan,
    warnings: [...plan.warnings, ...unreadable.map((failure) => unreadableText(store, failure))],
    unfinished: incomplete.map((entry) => evaluate(entry, abandonedBefore, storeTime, busy)),
    leftovers: old,
  }
}

async function agreedTime(store: Store, clock: Clock): Promise<Date> {
  const theirs = await store.now()
  const apart = Math.abs(theirs.getTime() - clock.now().getTime()) / 1000
  if (apart <= hour) return theirs
  throw new Failure(
    'prune/clock-skew',
    `this machine's clock and that of ${store.address} differ by ${formatDuration(apart)}`,
    {
      hint: 'Nothing was removed. Correct the clock that is wrong (timedatectl), then prune again.',
    },
  )
}

/** Returns unfinished writes of backups and probes only, because a bucket can be shared. */
async function unfinishedWrites(store: Store, name: string | undefined, before: Date) {
  const old: Leftover[] = []
  const busy = new Set<string>()
  for (const prefix of name === undefined ? [''] : [`${name}/`, probeKey]) {
    for await (const leftover of store.leftovers(prefix, { unreadable: () => {} })) {
      const backup = backupOf(leftover.key)
      if (!backup && leftover.key !== probeKey) continue
      if (leftover.started < before) old.push(leftover)
      else if (backup) busy.add(backupPrefix(backup.name, backup.id.text))
    }
  }
  return { old, busy }
}

function evaluate(entry: BackupEntry, before: Date, now: Date, busy: ReadonlySet<string>): Unfinished {
  const [pinned] = pinReasons(entry, now)
  if (pinned !== undefined) return { entry, action: 'keep', reason: pinned }
  if (busy.has(backupPrefix(entry.name, entry.id.text))) return { entry, action: 'keep', reason: 'still being written' }
  const age = formatDuration(Math.max(0, (now.getTime() - entry.lastWrite.getTime()) / 1000))
  if (entry.lastWrite < before) return { entry, action: 'remove', reason: `no manifest, last written ${age} ago` }
  return { entry, action: 'keep', reason: `no manifest yet, last written ${age} ago: kept 1 day` }
}
