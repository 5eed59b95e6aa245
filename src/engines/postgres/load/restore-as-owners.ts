// Restores an archive on disk so that its code runs with the rights of the objects' owners, not of a superuser.
import { join } from 'node:path'
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import { type Child, startChild } from '../../../streams/processes/child.ts'
import { parseForeignKey } from '../archive/foreign-key.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { ties } from '../archive/toc-index.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { qualified } from '../dump/snapshot.ts'
import { runScript } from '../live/run-script.ts'
import { asLackingRight } from '../owners/lacking-right.ts'
import { lendCreate } from '../owners/lend-create.ts'
import { type OwnerLogins, openOwnerLogins } from '../owners/owner-logins.ts'
import { superusersAmong } from '../owners/superusers.ts'
import type { Batch } from './batches.ts'
import { codeOfNonSuperusers, refusalOf } from './code-of-other-owners.ts'
import { altersTable, isRoutine, ReachedCode, readsChangeable } from './evaluated-entries.ts'
import { explainLoad } from './explain-load.ts'
import { authorsOfCode, ownersOfCode, phasesOf } from './phases.ts'
import { isAboutObject, type RepairTools, replayAll, requireComplete, restoreAndRepair } from './repair.ts'
import { joinRepairs, noRepairs, type Repairs } from './repairs.ts'
import type { LoadRequest } from './request.ts'
import { writeList } from './restore-tool.ts'
import { requireNamed, requireSafeIndexes, requireSafeKeys } from './unchanged-objects.ts'

/** Restores the entries in phases, and retries those that fail. Throws as `loadBackup` does. */
export async function restoreAsOwners(
  entries: readonly TocEntry[],
  tools: Omit<RepairTools, 'sessionFor'>,
): Promise<Repairs> {
  const { request } = tools
  const { address } = request
  const superusers = await withClient(address, async (client) => {
    const borrowed = await codeOfNonSuperusers(client, entries)
    if (borrowed) throw refusalOf(borrowed)
    return superusersAmong(client, [...new Set(entries.flatMap(({ owner }) => owner ?? []))])
  })
  const byOwner = madeByOwner(entries, new Set(superusers))
  let progress = noRepairs
  const add = (repairs: Repairs): void => {
    progress = joinRepairs([progress, repairs])
    requireComplete(progress, request.onError)
  }
  const makers = [...byOwner].flatMap(({ owner }) => owner ?? [])
  const logins = await openOwnerLogins(address, [...ownersOfCode(entries), ...makers])
  const phases = phasesOf(entries, { owners: new Set(logins.addresses.keys()), byOwner })
  const restoreWith =
    (sessionFor: RepairTools['sessionFor']) =>
    async (some: readonly TocEntry[], more: Partial<LoadRequest> = {}): Promise<void> => {
      const part = { toRestore: some, partial: true }
      if (some.length > 0) add(await restoreAndRepair({ ...tools, sessionFor }, { ...request, ...more }, part))
    }
  try {
    const sessionFor = await sessionsOf(request, logins, tools.contents)
    const restore = restoreWith(sessionFor)
    const restoreBatch = async ({ owner, entries: some }: Batch): Promise<void> => {
      if (owner === undefined) {
        const attached = some.filter(({ description }) => description === 'INDEX ATTACH')
        await restore(some.filter((entry) => !attached.includes(entry)))
        await requireSafeIndexes(address, attached)
        return restore(attached)
      }
      const work = (): Promise<void> => restore(some, { address: addressOf(logins, owner), role: owner })
      const made = await lendCreate(address, { role: owner, schemas: schemasOf(some) }, work).catch((error) => {
        throw asLackingRight(error, owner, ownerHint)
      })
      requireNamed(made, owner, some)
    }
    for (const batch of phases.definitions) await restoreBatch(batch)
    for (const [owner, rows] of phases.rows)
      add(await copyRows({ ...tools, sessionFor }, addressOf(logins, owner), owner, rows))
    for (const batch of phases.keyIndexes) await restoreBatch(batch)
    for (const { owner, entries: keys } of phases.foreignKeys) {
      if (owner !== undefined) await permitKeys(address, addressOf(logins, owner), keys)
      const maker = owner === undefined ? address : addressOf(logins, owner)
      await requireSafeKeys(address, owner, keys)
      await restore(keys, { address: maker })
    }
    for (const batch of phases.indexes) await restoreBatch(batch)
    for (const [owner, some] of phases.constraints)
      await restore(some, { address: addressOf(logins, owner), role: owner })
    await restore(phases.rest)
  } finally {
    await logins.close()
  }
  // After the logins are dropped, because that may fire event triggers, too.
  await restoreWith(() => undefined)(phases.eventTriggers)
  return progress
}

/**
 * Entries that their owner must create: definitions that run code of ordinary roles at once, and partitions, whose
 * bounds and keys are evaluated.
 */
function madeByOwner(entries: readonly TocEntry[], superusers: ReadonlySet<string>): Set<TocEntry> {
  const reached = new ReachedCode(entries)
  const isOrdinary = ({ owner }: TocEntry): boolean => owner === undefined || !superusers.has(owner)
  const runsCode = (entry: TocEntry): boolean =>
    entry.description === 'TABLE ATTACH' || reached.evaluatedBy(entry).some(isOrdinary)
  const made = new Set(entries.filter((entry) => reached.isRestoredByOwner(entry) && runsCode(entry)))
  if (!entries.some((entry) => isRoutine(entry) && isOrdinary(entry))) return made
  const comesAfterCode = (entry: TocEntry): boolean =>
    entry.section === 'post-data' || [...reached.needed(entry)].some((needed) => made.has(needed))
  const late = entries.filter(
    (entry) =>
      (readsChangeable(entry) || altersTable(entry)) &&
      isOrdinary(entry) &&
      reached.isRestoredByOwner(entry) &&
      comesAfterCode(entry),
  )
  return new Set([...made, ...late])
}

/** Schemas in which the entries create objects. */
function schemasOf(entries: readonly TocEntry[]): string[] {
  return [...new Set(entries.flatMap((entry) => (ties.has(entry.description) ? [] : (entry.schema ?? []))))]
}

const ownerHint =
  'Grant the privilege to the owner of the object, or use --code-as-superuser if you trust the authors of the database.'

/**
 * The owner of the source's database chose its search_path: only objects of ordinary owners are restored under it, with
 * their rights, unless that owner and all authors of code are superusers.
 */
async function sessionsOf(
  { address, manifest }: LoadRequest,
  logins: OwnerLogins,
  contents: readonly TocEntry[],
): Promise<RepairTools['sessionFor']> {
  const authors = [...new Set([manifest.database.owner, ...authorsOfCode(contents)])]
  const superusers = await withClient(address, (client) => superusersAmong(client, authors))
  return ({ owner = '', description }) => {
    const login = logins.addresses.get(owner)
    if (login) return { address: login, role: description === 'FK CONSTRAINT' ? undefined : owner }
    return superusers.length === authors.length ? { address } : undefined
  }
}

function addressOf(logins: OwnerLogins, owner: string): Address {
  const address = logins.addresses.get(owner)
  if (!address) throw new Error(`${owner} has no login`)
  return address
}

/**
 * Permits a login to create the foreign keys, until it is dropped: their owner may have lost the privilege, which an
 * existing key does not need.
 */
async function permitKeys(superuser: Address, login: Address, keys: readonly TocEntry[]): Promise<void> {
  const user = pg.escapeIdentifier(login.user ?? '')
  await withClient(superuser, async (client) => {
    for (const { definition } of keys) {
      const target = parseForeignKey(definition)?.references
      if (!target) continue
      await client.query(`GRANT USAGE ON SCHEMA ${pg.escapeIdentifier(target.schema)} TO ${user}`)
      await client.query(
        `GRANT SELECT, REFERENCES ON ${qualified({ schema: target.schema, table: target.name })} TO ${user}`,
      )
    }
  })
}

/**
 * Copies rows in several sessions. Each truncates its tables and copies their rows in one transaction, because only
 * then do rows retain their order. pg_restore does the same, but only for tables that it has created itself.
 */
async function copyRows(
  tools: RepairTools,
  address: Address,
  owner: string,
  entries: readonly TocEntry[],
): Promise<Repairs> {
  const { request, folder, archive } = tools
  const stop = new AbortController()
  const signal = AbortSignal.any([request.signal, stop.signal])
  const failed = new Map<TocEntry, Failure>()
  const copy = async (share: readonly TocEntry[]): Promise<void> => {
    try {
      await copyShare({ ...request, signal }, address, owner, share, folder, archive)
    } catch (error) {
      if (!(error instanceof Failure) || !isAboutObject(error, request)) throw error
      const [only, ...others] = share
      if (only && others.length === 0) failed.set(only, error)
      else for (const entry of share) await copy([entry])
    }
  }
  const work = divide(entries, request).map(async (share) => {
    try {
      await copy(share)
    } catch (error) {
      stop.abort(error)
      throw error
    }
  })
  await Promise.allSettled(work)
  if (stop.signal.aborted) throw stop.signal.reason
  return replayAll(tools, failed)
}

async function copyShare(
  request: LoadRequest,
  address: Address,
  owner: string,
  entries: readonly TocEntry[],
  folder: string,
  archive: string,
): Promise<void> {
  const { tools, signal } = request
  const tables = entries.map(({ schema = '', tag }) => `ONLY ${qualified({ schema, table: tag })}`)
  const script: Child = startChild({
    command: join(tools.folder, 'pg_restore'),
    arguments: ['--file=-', '--data-only', `--use-list=${await writeList(entries, folder)}`, archive],
    environment: { LC_ALL: 'C' },
    signal,
    explain: explainLoad('pg_restore', address.display, tools.major),
  })
  try {
    const opening = [`TRUNCATE ${tables.join(', ')}`]
    await runScript({ address, role: owner, tools, opening, script: script.output(), signal })
  } finally {
    await script.stop()
  }
}

/** Divides the entries into as many shares as there are jobs, none empty, each with about as many bytes. */
function divide(entries: readonly TocEntry[], { manifest, jobs }: LoadRequest): TocEntry[][] {
  const bytes = new Map(manifest.fingerprint.tables.map((table) => [qualified(table), table.bytes ?? table.rows]))
  const size = ({ schema = '', tag }: TocEntry): number => (bytes.get(qualified({ schema, table: tag })) ?? 0) + 1
  const shares = Array.from({ length: Math.min(jobs, entries.length) }, () => ({ size: 0, entries: [] as TocEntry[] }))
  for (const entry of [...entries].sort((a, b) => size(b) - size(a))) {
    const smallest = shares.reduce((least, share) => (share.size < least.size ? share : least))
    smallest.entries.push(entry)
    smallest.size += size(entry)
  }
  return shares.map((share) => share.entries)
}
