// Lists every backup that the gate may use, with all its copies: one listing for each store, names of keys only.
import { newestFirst } from '../../domain/backups/build-catalogue.ts'
import { distrustOf } from '../../domain/backups/catalogue.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Clock, Store } from '../../ports/common.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { readCatalogue, unreadableText } from '../catalogue/read-catalogue.ts'

export interface GateCopies {
  /** Copies by backup, newest first; complete or not, in the order of the stores. No group is empty. */
  readonly groups: readonly (readonly Found[])[]
  /** The latest time among the clocks of this machine and of the stores. */
  readonly now: Date
  /** Sentences about stores that could not be read. */
  readonly warnings: readonly string[]
}

/** Throws the first store's failure if none can be read, and a failure of kind usage for an invalid name. */
export async function readCopies(
  stores: readonly Store[],
  name: string | undefined,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<GateCopies> {
  const read = await Promise.all(stores.map((store) => readStore(store, name, signal)))
  signal.throwIfAborted()
  const failures = read.flatMap(({ store, failure }) => (failure ? [{ store, failure }] : []))
  const fatal = failures.find(({ failure }) => failure.kind === 'usage' || failure.kind === 'bug')
  if (fatal) throw fatal.failure
  if (failures[0] && failures.length === stores.length) throw failures[0].failure
  const times = read.flatMap(({ time }) => (time ? [time.getTime()] : []))
  const groups = grouped(read.flatMap(({ found }) => found))
  return {
    groups: groups.map(trustedOnly),
    now: new Date(Math.max(clock.now().getTime(), ...times)),
    warnings: [
      ...failures.map(
        ({ store, failure }) =>
          `Store ${store.address} cannot be read, so its backups do not count: ${failure.message}`,
      ),
      ...read.flatMap(({ store, unreadable = [] }) => unreadable.map((failure) => unreadableText(store, failure))),
      ...groups.flatMap(droppedCopies),
    ],
  }
}

/** Returns the trusted copies; all copies if no complete copy is trusted, so that the backup is refused. */
function trustedOnly(copies: readonly Found[]): readonly Found[] {
  const trusted = copies.filter(({ entry }) => distrustOf(entry) === undefined)
  return trusted.some(({ entry }) => entry.complete) ? trusted : copies
}

function droppedCopies(copies: readonly Found[]): string[] {
  const kept = new Set(trustedOnly(copies))
  return copies
    .filter((copy) => !kept.has(copy))
    .map(({ store, entry }) => `The copy of ${entry.id.text} in ${store.address} is not trusted: ${distrustOf(entry)}.`)
}

interface Read {
  readonly store: Store
  readonly found: readonly Found[]
  readonly time?: Date
  readonly unreadable?: readonly Failure[]
  readonly failure?: Failure
}

async function readStore(store: Store, name: string | undefined, signal: AbortSignal): Promise<Read> {
  try {
    const { entries, incomplete, unreadable } = await readCatalogue(store, name, { signal })
    const found = [...entries, ...incomplete].map((entry) => ({ store, entry }))
    // The backups count even if the store does not report its time.
    const time = found.length > 0 ? await store.now().catch(() => undefined) : undefined
    return { store, found, unreadable, ...(time && { time }) }
  } catch (error) {
    return { store, found: [], failure: asFailure(error) }
  }
}

function grouped(places: readonly Found[]): Found[][] {
  const groups = new Map<string, Found[]>()
  for (const place of places) {
    const key = `${place.entry.name}/${place.entry.id.text}`
    const group = groups.get(key)
    if (group) group.push(place)
    else groups.set(key, [place])
  }
  return [...groups.values()].sort(([a], [b]) => (a && b ? newestFirst(a.entry, b.entry) : 0))
}
