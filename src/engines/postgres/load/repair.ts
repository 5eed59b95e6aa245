// Restores as much of an archive as possible: retries entries that fail, and reports those that fail again.

import { Failure } from '../../../domain/failures/failure.ts'
import { dumpEncoding } from '../archive/encoding.ts'
import { searchPathOf } from '../archive/search-path.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { noteOnUnfilled } from './deferred-entries.ts'
import { explainLoad } from './explain-load.ts'
import { type FailedEntry, failedEntries } from './failed-entries.ts'
import { noRepairs, type Repairs } from './repairs.ts'
import { isReplayable, type ReplaySession, replay } from './replay.ts'
import type { LoadRequest } from './request.ts'
import { type Restorable, startRestore } from './restore-tool.ts'

export interface RepairTools {
  readonly request: LoadRequest
  /** All entries of the archive. */
  readonly contents: readonly TocEntry[]
  readonly folder: string
  readonly archive: string
  /**
   * The session in which code of the entry may run under a search_path that the database's owner chose; undefined if
   * there is none, so that the entry is not retried.
   */
  readonly sessionFor: (entry: TocEntry) => ReplaySession | undefined
}

/** Runs pg_restore to its end, then retries the entries that failed, derived data last. */
export async function restoreAndRepair(tools: RepairTools, request: LoadRequest, part: Restorable): Promise<Repairs> {
  const child = await startRestore(request, part, tools.folder, tools.archive, 'go-on')
  try {
    await child.exited
    return noRepairs
  } catch (failure) {
    return await repair(tools, part.toRestore, failure, child.stderr())
  }
}

/**
 * Throws a failure if pg_restore did not finish, or if an error is not about an object but about the server, or about
 * rights and owners.
 */
async function repair(
  tools: RepairTools,
  entries: readonly TocEntry[],
  failure: unknown,
  stderr: string,
): Promise<Repairs> {
  const failed = failedEntries(stderr, entries)
  if (!failed || !isAboutObject(failure, tools.request)) throw failure
  const { address, tools: client } = tools.request
  const explain = explainLoad('pg_restore', address.display, client.major)
  const failures = new Map(
    failed.map(({ entry, message }) => [entry, explain(`ERROR: ${message} (${nameOfEntry(entry)})`, 'failed')]),
  )
  if (tools.request.codeRunsAs === 'owners') requireOwnObjects(failed, stderr)
  for (const [entry, each] of failures) if (!isAboutObject(each, tools.request) || isAboutOwner(entry, each)) throw each
  return replayAll(tools, failures)
}

/**
 * Throws if an object may have existed before: pg_restore gives it to the owner of the entry, regardless of its
 * creator. Workers interleave lines, so the message may be next to another entry.
 */
function requireOwnObjects(failed: readonly FailedEntry[], stderr: string): void {
  const given = failed.find(({ entry }) => entry.owner && !isReplayable(entry) && entry.description !== 'COMMENT')
  if (!given || !/\bERROR: .* already exists/.test(stderr)) return
  const message = `an object of the backup existed before it was restored, perhaps ${nameOfEntry(given.entry)}; code of another role may have created it`
  throw new Failure('restore/code-rights', message, {
    hint: 'Read the code of the other roles in the backup before you restore it.',
  })
}

/**
 * Whether an object may have been created and not given to its owner: it would have the rights of the restoring user.
 */
function isAboutOwner(entry: TocEntry, { code, message }: Failure): boolean {
  if (isReplayable(entry) || entry.description === 'COMMENT') return false
  return (
    code === 'restore/missing-role' || code === 'postgres/permission-denied' || /must be (member|able)/i.test(message)
  )
}

/** Retries entries until no more succeed, because one may need another. */
export async function replayAll(tools: RepairTools, failures: ReadonlyMap<TocEntry, Failure>): Promise<Repairs> {
  const missing = new Map(failures)
  const repaired: { entry: TocEntry; schemas: readonly string[] }[] = []
  const unfilled: TocEntry[] = []
  for (let before = -1; before !== missing.size; ) {
    before = missing.size
    for (const entry of [...missing.keys()].sort((a, b) => Number(isDerived(a)) - Number(isDerived(b)))) {
      const session = isReplayable(entry) ? tools.sessionFor(entry) : undefined
      if (!session) continue
      const schemas = searchPathOf(tools.contents, entry.owner ?? '')
      const outcome = await tryAgain(tools, session, entry, schemas)
      if (outcome instanceof Failure) {
        missing.set(entry, outcome)
        continue
      }
      missing.delete(entry)
      if (outcome === 'unfilled') unfilled.push(entry)
      else repaired.push({ entry, schemas })
    }
  }
  return { repaired, unfilled, missing: [...missing].map(([entry, failure]) => ({ entry, failure })) }
}

/** SQLSTATE for a foreign table that the session must not read, and for a materialized view that is empty. */
const notReadable = '55000'

function isDerived({ description }: TocEntry): boolean {
  return description === 'MATERIALIZED VIEW DATA'
}

async function tryAgain(
  { request, folder, archive }: RepairTools,
  session: ReplaySession,
  entry: TocEntry,
  schemas: readonly string[],
): Promise<Failure | 'repaired' | 'unfilled'> {
  const { database, dump } = request.manifest
  try {
    await replay(request, session, {
      entry,
      schemas,
      folder,
      archive,
      encoding: dumpEncoding(database, dump.selection),
    })
    return 'repaired'
  } catch (error) {
    request.signal.throwIfAborted()
    if (isDerived(entry) && (error as { code?: unknown }).code === notReadable) return 'unfilled'
    const { address, tools } = request
    const failure =
      error instanceof Failure
        ? error
        : explainLoad(
            'pg_restore',
            address.display,
            tools.major,
          )(`ERROR: ${(error as Error).message} (${nameOfEntry(entry)})`, 'failed')
    if (!isAboutObject(failure, request)) throw failure
    return failure
  }
}

/** Codes of failures about something that the server lacks: `--on-error report` skips the objects that need it. */
const lacking: ReadonlySet<string> = new Set([
  ...['restore/missing-role', 'restore/missing-extension', 'restore/missing-collation', 'restore/missing-tablespace'],
  'postgres/permission-denied',
])

/** Whether a failure is about one object, so that the others can be restored. */
export function isAboutObject(failure: unknown, { onError }: LoadRequest): boolean {
  if (!(failure instanceof Failure)) return false
  if (failure.kind === 'integrity' || failure.code === 'restore/load-failed') return true
  return onError === 'report' && lacking.has(failure.code)
}

/** `index public.d_un_idx`. */
export function nameOfEntry({ description, schema, tag }: TocEntry): string {
  return `${description.toLowerCase()} ${schema ? `${schema}.` : ''}${tag}`
}

/** Sentences for the notes of a restore. */
export function notesOnRepairs({ repaired, unfilled }: Repairs): string[] {
  const notes = repaired.map(
    ({ entry, schemas }) =>
      `${nameOfEntry(entry)} could not be restored with the empty search_path of pg_restore, and was restored with that of the database (${schemas.join(', ')}).`,
  )
  return unfilled.length === 0 ? notes : [...notes, noteOnUnfilled(unfilled)]
}

/** Throws the first failure, with the names of the other objects, unless failures are only to be reported. */
export function requireComplete({ missing }: Repairs, onError: LoadRequest['onError']): void {
  const [first, ...others] = missing
  if (!first || onError === 'report') return
  if (others.length === 0) throw first.failure
  const names = others.slice(0, 20).map(({ entry }) => nameOfEntry(entry))
  const more = others.length > names.length ? ` and ${others.length - names.length} more` : ''
  throw first.failure.restate(`${first.failure.message}; also failed: ${names.join(', ')}${more}`)
}
