// Lists the backups of several stores, each once, with its stores. Reads the manifests of a few proven backups.

import type { Trigger } from '../../domain/backups/backup.ts'
import { newestFirst } from '../../domain/backups/build-catalogue.ts'
import { type BackupEntry, distrustOf, hasSignature, tenantFiles } from '../../domain/backups/catalogue.ts'
import { parseMark, signatureEnding } from '../../domain/backups/marks.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { tenantsInFile } from '../../domain/tenants/tenant-file.ts'
import type { Store } from '../../ports/common.ts'
import type { ListedBackup } from './listed-backup.ts'
import { markDamaged } from './mark-damaged.ts'
import { noBackups } from './no-backups.ts'
import { readCatalogue } from './read-catalogue.ts'

export interface ListRequest {
  readonly stores: readonly Store[]
  readonly name?: string | undefined
  /** Prefix of the IDs. */
  readonly id?: string | undefined
  readonly kind?: string | undefined
  readonly trigger?: Trigger | undefined
  /** Only backups that were started at or before this time. */
  readonly at?: Date | undefined
  /** Maximum number of backups: the newest ones. */
  readonly last?: number | undefined
  /** If true, an empty store must exist. */
  readonly strict: boolean
  readonly signal: AbortSignal
}

export interface Listing {
  /** Newest first. */
  readonly backups: readonly ListedBackup[]
  /** Folders without a manifest, in all stores that could be read. */
  readonly unfinished: readonly { readonly store: string; readonly entry: BackupEntry }[]
  /** Stores that could not be read. */
  readonly problems: readonly { readonly store: string; readonly failure: Failure }[]
}

/**
 * Lists what can be read; errors are in `problems`. Throws the first store's failure if none can be read, and a failure
 * of kind usage for invalid input.
 */
export async function listBackups(request: ListRequest): Promise<Listing> {
  const problems: { store: string; failure: Failure }[] = []
  const unfinished: { store: string; entry: BackupEntry }[] = []
  const places: { store: string; entry: BackupEntry }[] = []
  const read = await Promise.all(request.stores.map((store) => readStore(store, request)))
  request.signal.throwIfAborted()
  for (const { store, catalogue, failure } of read) {
    if (failure?.kind === 'usage' || failure?.kind === 'bug') throw failure
    if (failure) problems.push({ store, failure })
    for (const each of catalogue?.unreadable ?? []) problems.push({ store, failure: each })
    for (const entry of catalogue?.entries ?? []) if (isWanted(entry, request)) places.push({ store, entry })
    for (const entry of catalogue?.incomplete ?? []) if (isWanted(entry, request)) unfinished.push({ store, entry })
  }
  const [first] = problems
  if (first && read.every(({ failure }) => failure)) {
    throw problems.some(({ failure }) => failure.code === 'store/not-found')
      ? await noBackups(request.stores, request.kind)
      : first.failure
  }
  const backups = await markDamaged(
    merge(places, request.stores.length).slice(0, request.last),
    request.stores,
    request.signal,
  )
  return { backups, unfinished, problems }
}

async function readStore(store: Store, { name, signal, strict }: ListRequest) {
  try {
    const catalogue = await readCatalogue(store, name, { signal, keeps: isListed })
    if (strict && catalogue.entries.length + catalogue.incomplete.length === 0) await store.check(false)
    return { store: store.address, catalogue }
  } catch (error) {
    return { store: store.address, failure: asFailure(error) }
  }
}

/** Retains only keys of tenants, signatures and marks: with many backups, the other keys need much memory. */
function isListed(path: string): boolean {
  return path.startsWith('tenants/') || path.endsWith(signatureEnding) || parseMark(path) !== undefined
}

function isWanted({ id }: BackupEntry, { id: beginning = '', kind, trigger, at }: ListRequest): boolean {
  if (!id.text.startsWith(beginning) || (at && id.time > at)) return false
  return (kind === undefined || id.kind === kind) && (trigger === undefined || id.trigger === trigger)
}

/** With one store, each backup occurs once. */
function merge(places: readonly { store: string; entry: BackupEntry }[], stores: number): ListedBackup[] {
  if (stores === 1) return places.map(({ store, entry }) => listed([store], entry)).sort(newestFirst)
  const byPlace = new Map<string, { store: string; entry: BackupEntry }[]>()
  for (const place of places) {
    const key = `${place.entry.name}/${place.entry.id.text}`
    const copies = byPlace.get(key)
    if (copies) copies.push(place)
    else byPlace.set(key, [place])
  }
  return [...byPlace.values()].map(mergeCopies).sort(newestFirst)
}

function mergeCopies(all: readonly { store: string; entry: BackupEntry }[]): ListedBackup {
  const trusted = all.filter(({ entry }) => distrustOf(entry) === undefined)
  const copies = trusted.length > 0 ? trusted : all
  const stores = copies.map(({ store }) => store)
  const entries = copies.map(({ entry }) => entry)
  const [first, second] = entries as [BackupEntry, BackupEntry?]
  return second ? listed(stores, mergeEntries(first, entries), entries.some(hasSignature)) : listed(stores, first)
}

/** The first entry, with what the other copies add to it. */
function mergeEntries(first: BackupEntry, entries: readonly BackupEntry[]): BackupEntry {
  const pins = new Map(
    entries.flatMap((entry) => entry.pins.map((pin) => [`${pin.until?.getTime()} ${pin.reason}`, pin])),
  )
  const ends = entries.flatMap(({ keepUntil }) => (keepUntil ? [keepUntil.getTime()] : []))
  return {
    ...first,
    bytes: Math.max(...entries.map(({ bytes }) => bytes)),
    drills: entries.flatMap(({ drills }) => drills).sort((a, b) => b.time.getTime() - a.time.getTime()),
    pins: [...pins.values()],
    ...(ends.length > 0 && { keepUntil: new Date(Math.max(...ends)) }),
    suspect: entries.some(({ suspect }) => suspect),
    allTenants: entries.some(({ allTenants }) => allTenants),
  }
}

/** `signed`: whether a copy has a signature. */
function listed(stores: readonly string[], entry: BackupEntry, signed = hasSignature(entry)): ListedBackup {
  const { name, id, bytes, pins, keepUntil, suspect, trust } = entry
  const [drill] = entry.drills
  return {
    name,
    id,
    bytes,
    stores,
    ...(drill && { drill }),
    pins,
    ...(keepUntil && { keepUntil }),
    suspect,
    signed,
    ...(trust && { trust }),
    ...tenantsOf(entry),
  }
}

/** The tenants in the backup, according to the names of keys. */
function tenantsOf(entry: BackupEntry): Pick<ListedBackup, 'tenants'> {
  const { allTenants: all } = entry
  const files = tenantFiles(entry)
  const count = files.reduce((sum, file) => sum + tenantsInFile(file), 0)
  return all || files.length > 0 ? { tenants: { all, count, files } } : {}
}
