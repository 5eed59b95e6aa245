// Removes backups from a store: manifests first, so that a partly removed backup no longer counts as a backup.
import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import { backupOf } from '../../domain/backups/build-catalogue.ts'
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { parseMark } from '../../domain/backups/marks.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Removal, Store } from '../../ports/common.ts'

export interface Removed {
  /** True if the backup was pinned after the catalogue was read; nothing was removed then. */
  readonly pinnedMeanwhile: boolean
  /** True if it no longer counts as a backup: its manifest is gone or, if it had none, all its objects are gone. */
  readonly gone: boolean
  /** Bytes removed. */
  readonly bytes: number
  /** Objects that a lock of the store retains, and until when if the store reports it. */
  readonly retained: readonly { readonly key: string; readonly until: Date | undefined }[]
  /** The store's error after the manifests were removed; the next attempt removes the remaining objects. */
  readonly failure?: Failure
}

/**
 * Removes all objects of the backups with one listing and two removals. If the store retains a manifest, for example by
 * a lock, that backup stays complete. A backup that was pinned after the catalogue was read also stays; the listing
 * finds such pins. Throws errors of the store until the manifests are removed.
 */
export async function removeBackups(store: Store, entries: readonly BackupEntry[]): Promise<Removed[]> {
  const pinned = await pinnedSince(store, entries)
  const free = entries.filter((entry) => !pinned.has(prefixOf(entry)))
  const done = new Map<string, Removal>()
  await collect(store, free.filter(hasManifest).map(manifestOf), done)
  const rest = free
    .filter((entry) => done.get(manifestOf(entry))?.outcome !== 'retained')
    .flatMap(({ keys }) => keys.flatMap(({ key }) => (done.has(key) ? [] : [key])))
  const failure = await failureOf(() => collect(store, rest, done))
  return entries.map((entry) => (pinned.has(prefixOf(entry)) ? spared : removedOf(entry, done, failure)))
}

const spared: Removed = { pinnedMeanwhile: true, gone: false, bytes: 0, retained: [] }

function removedOf(entry: BackupEntry, done: ReadonlyMap<string, Removal>, failure: Failure | undefined): Removed {
  const removals = entry.keys.flatMap(({ key, bytes }) => {
    const removal = done.get(key)
    return removal ? [{ removal, bytes }] : []
  })
  const retained = removals.flatMap(({ removal }) =>
    removal.outcome === 'retained' ? [{ key: removal.key, until: removal.until }] : [],
  )
  const isWhole = done.get(manifestOf(entry))?.outcome === 'retained'
  const isLeft = removals.length < entry.keys.length && !isWhole
  return {
    pinnedMeanwhile: false,
    gone: hasManifest(entry) ? !isWhole : !isLeft && retained.length === 0,
    bytes: removals.reduce((sum, { removal, bytes }) => sum + (removal.outcome === 'removed' ? bytes : 0), 0),
    retained,
    ...(failure && isLeft && { failure }),
  }
}

function prefixOf({ name, id }: BackupEntry): string {
  return backupPrefix(name, id.text)
}

function manifestOf(entry: BackupEntry): string {
  return prefixOf(entry) + manifestFile
}

function hasManifest(entry: BackupEntry): boolean {
  return entry.keys.some(({ key }) => key === manifestOf(entry))
}

/** Returns the prefixes of backups that were pinned after the catalogue was read. */
async function pinnedSince(store: Store, entries: readonly BackupEntry[]): Promise<Set<string>> {
  const known = new Map(entries.map((entry) => [prefixOf(entry), entry]))
  const [first] = entries
  const isOfOneName = entries.every(({ name }) => name === first?.name)
  const prefix = first && known.size === 1 ? prefixOf(first) : first && isOfOneName ? `${first.name}/` : ''
  const pinned = new Set<string>()
  for await (const { key } of store.list(prefix, { below: [...known.keys()].sort() })) {
    const backup = backupOf(key)
    const entry = backup && known.get(backupPrefix(backup.name, backup.id.text))
    if (!entry || parseMark(key.slice(prefixOf(entry).length))?.mark !== 'pin') continue
    if (!entry.keys.some((each) => each.key === key)) pinned.add(prefixOf(entry))
  }
  return pinned
}

async function collect(store: Store, keys: readonly string[], done: Map<string, Removal>): Promise<void> {
  if (keys.length === 0) return
  for await (const removal of store.remove(keys)) done.set(removal.key, removal)
}

async function failureOf(work: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return asFailure(error)
  }
}
