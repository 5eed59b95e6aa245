// Finds the requested backup in every store that has it.
import { parseBackupId } from '../../domain/backups/backup.ts'
import { newestFirst } from '../../domain/backups/build-catalogue.ts'
import { type BackupEntry, distrustOf, tenantFiles } from '../../domain/backups/catalogue.ts'
import { type Choice, choiceNotes, chooseBackup, mayContain } from '../../domain/backups/choose-backup.ts'
import { type Alternative, chooseName, namesOf } from '../../domain/backups/choose-name.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import { notTrusted } from '../signatures/require-signature.ts'
import { chooseCopy } from './choose-copy.ts'
import { noBackups } from './no-backups.ts'
import { readCatalogue, unreadableText } from './read-catalogue.ts'

export interface BackupChoice {
  /** `latest`, an ID, or a unique prefix of one. */
  readonly backup: string
  readonly at?: Date | undefined
  /** Absent: the only name in the stores or, for an ID, any. */
  readonly name?: string | undefined
  /** Name of the backups of the connected database, used if there are several names. Called only then. */
  readonly usualName?: (() => Promise<string | undefined>) | undefined
  /** Absent: for the latest, `usualKind`; for an ID, any. */
  readonly kind?: string | undefined
  /** Kind of the latest if there are backups of it; otherwise any. */
  readonly usualKind?: string | undefined
  readonly alternative?: Alternative | undefined
  /** ID of a tenant that the latest must contain. */
  readonly tenant?: string | undefined
}

export interface Found {
  readonly store: Store
  readonly entry: BackupEntry
}

/** A backup and its manifest. */
export interface FoundWithManifest<M extends Manifest = Manifest> extends Found {
  readonly manifest: M
}

interface FindOptions {
  /** Receives the notes of `choiceNotes`, and warnings about stores that are down. */
  readonly reporter?: Reporter
  /** An ID later than this does not count as the latest. */
  readonly now?: Date
  /** If true, a store that cannot be read is a warning, unless none can be read; otherwise it is a failure. */
  readonly tolerant?: boolean
  /** Includes copies that are not trusted; otherwise they are left out with a warning. */
  readonly everyCopy?: boolean
  readonly signal?: AbortSignal
}

/**
 * Finds a backup in the union of all stores. Returns its copies in the order of the stores, at least one. Throws a
 * failure of kind usage if no backup matches or several do, a failure of kind integrity if the matching one is not
 * trusted, and the failure of the first store that cannot be read.
 */
export async function findBackup(
  stores: readonly Store[],
  choice: BackupChoice,
  options: FindOptions = {},
): Promise<[Found, ...Found[]]> {
  const exact = parseBackupId(choice.backup) ? choice.backup : undefined
  const named = await readStores(stores, choice.name, options, exact)
  const unknownName = named.length === 0 && choice.name !== undefined
  const all = unknownName ? await readStores(stores, undefined, options) : named
  if (all.length === 0) throw await noBackups(stores, choice.kind)
  const trusted = all.filter(({ entry }) => distrustOf(entry) === undefined)
  requireTrusted(all, trusted, choice)
  const chosen = await chooseAmong(trusted, all, choice, options)
  const copies = all.filter(({ entry }) => newestFirst(entry, chosen) === 0)
  return (options.everyCopy ? copies : trustedOnly(copies, options)) as [Found, ...Found[]]
}

async function chooseAmong(
  trusted: readonly Found[],
  all: readonly Found[],
  choice: BackupChoice,
  options: FindOptions,
): Promise<BackupEntry> {
  const entries = distinct(trusted.map(({ entry }) => entry))
  const isLatest = choice.backup === 'latest'
  const hasUsual = entries.some(({ complete, id }) => complete && id.kind === choice.usualKind)
  const kind = choice.kind ?? (isLatest && hasUsual ? choice.usualKind : undefined)
  const anyName = !isLatest && choice.name === undefined
  const name = anyName
    ? undefined
    : chooseName(entries, choice.name ?? (await usualNameIn(entries, choice, kind)), kind, choice.alternative)
  const ofName = entries.filter((entry) => name === undefined || entry.name === name)
  const asked = { ...choice, kind, now: options.now }
  const chosen = await chooseContaining(ofName, asked, { places: trusted, signal: options.signal })
  const passed = distinct([...trusted, ...all].map(({ entry }) => entry)).filter((entry) => entry.name === chosen.name)
  for (const note of choiceNotes(passed, chosen, asked)) options.reporter?.warn(note)
  return chosen
}

/** If file names do not show whether a backup contains the tenant, reads its manifest. */
async function chooseContaining(
  entries: readonly BackupEntry[],
  asked: Choice,
  { places, signal }: { readonly places: readonly Found[]; readonly signal: AbortSignal | undefined },
): Promise<BackupEntry> {
  const lacking = new Set<BackupEntry>()
  for (;;) {
    const chosen = chooseBackup(entries, { ...asked, lacking })
    if (asked.backup !== 'latest' || mayContain(chosen, asked.tenant) !== 'unknown') return chosen
    const copies = places.filter(({ entry }) => newestFirst(entry, chosen) === 0)
    const { payloads } = (await chooseCopy(copies, { signal: signal ?? new AbortController().signal })).manifest
    if (payloads.some(({ tenants }) => tenants?.includes(asked.tenant ?? ''))) return chosen
    lacking.add(chosen)
  }
}

/** Returns the usual name if there are several names and it is one of them. */
async function usualNameIn(
  entries: readonly BackupEntry[],
  { usualName }: BackupChoice,
  kind: string | undefined,
): Promise<string | undefined> {
  const names = namesOf(entries, kind)
  const usual = names.length > 1 ? await usualName?.() : undefined
  return usual !== undefined && names.includes(usual) ? usual : undefined
}

/** A choice ignores untrusted backups; a request for an untrusted one fails with the reason. */
function requireTrusted(all: readonly Found[], trusted: readonly Found[], { backup, kind }: BackupChoice): void {
  const fits = ({ entry }: Found): boolean =>
    (backup === 'latest' || entry.id.text.startsWith(backup)) && (kind === undefined || entry.id.kind === kind)
  const meant = all.filter(fits).sort((a, b) => newestFirst(a.entry, b.entry))
  const [newest] = meant
  if (!newest || trusted.some(fits)) return
  const more = meant.length > 1 ? `, nor are ${meant.length - 1} others` : ''
  throw notTrusted(`${newest.entry.id.text} in ${newest.store.address}`, `${distrustOf(newest.entry)}${more}`)
}

function trustedOnly(copies: readonly Found[], { reporter }: FindOptions): Found[] {
  return copies.filter(({ store, entry }) => {
    const distrust = distrustOf(entry)
    if (distrust !== undefined)
      reporter?.warn(`The copy in ${store.address} is not trusted and is ignored: ${distrust}.`)
    return distrust === undefined
  })
}

async function readStores(
  stores: readonly Store[],
  name: string | undefined,
  options: FindOptions,
  id?: string,
): Promise<Found[]> {
  const failures: { store: Store; failure: Failure }[] = []
  const read = await Promise.all(
    stores.map(async (store) => {
      try {
        const { entries, unreadable } = await readCatalogue(store, name, { signal: options.signal, id })
        for (const failure of unreadable) options.reporter?.warn(unreadableText(store, failure))
        return entries.map((entry) => ({ store, entry }))
      } catch (error) {
        failures.push({ store, failure: asFailure(error) })
        return undefined
      }
    }),
  )
  options.signal?.throwIfAborted()
  const usable = read.filter((each) => each !== undefined)
  const fatal = failures.find(({ failure }) => !options.tolerant || usable.length === 0 || !mayBeDown(failure))
  if (fatal) throw fatal.failure
  for (const { store, failure } of failures) {
    options.reporter?.warn(`Store ${store.address} cannot be read and is skipped: ${failure.message}`)
  }
  return usable.flat()
}

function mayBeDown({ kind }: Failure): boolean {
  return kind === 'unreachable' || kind === 'tool'
}

/** Returns each backup once: the first copy with the most ZIPs of tenants, because a damaged copy may lack some. */
function distinct(entries: readonly BackupEntry[]): BackupEntry[] {
  const seen = new Map<string, BackupEntry>()
  for (const entry of entries) {
    const place = `${entry.name}/${entry.id.text}`
    const first = seen.get(place)
    if (!first || tenantFiles(first).length < tenantFiles(entry).length) seen.set(place, entry)
  }
  return [...seen.values()].sort(newestFirst)
}
