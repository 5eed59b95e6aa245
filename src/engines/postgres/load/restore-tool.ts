// Starts pg_restore for all load methods.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProgramRequest } from '../../../sandbox/sandbox.ts'
import { type Child, startChild } from '../../../streams/processes/child.ts'
import { listFile } from '../archive/selection.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { connectionWithoutSecrets, toolEnvironment } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { withoutFinalCommit } from '../live/final-commit.ts'
import { runScript } from '../live/run-script.ts'
import { type Chosen, chooseEntries, hasSelection, isPartial } from './choose-entries.ts'
import { explainLoad } from './explain-load.ts'
import { mostErrors } from './failed-entries.ts'
import { type MadeExtensions, makeExtensions } from './make-extensions.ts'
import { inOnePass, scriptHint } from './one-pass.ts'
import { prepareForPart } from './prepare.ts'
import type { LoadRequest } from './request.ts'

/** The entries that pg_restore is to restore. */
export interface Restorable {
  readonly toRestore: readonly TocEntry[]
  /** The archive has more entries, so pg_restore needs a list. */
  readonly partial: boolean
}

interface Prepared extends Restorable {
  /** All chosen entries, including those that the database already has. */
  readonly entries: readonly TocEntry[]
}

/** Chooses the entries to restore, and prepares the database for them. Without a table of contents: all entries. */
export async function prepareChoice(
  request: LoadRequest,
  all: readonly TocEntry[] | undefined,
): Promise<{ readonly prepared: Prepared | undefined; readonly notes: readonly string[] }> {
  const chosen = all && chooseEntries(all, request.manifest, request)
  const { made, notes } = await prepareDatabase(request, chosen)
  if (!chosen) return { prepared: undefined, notes }
  const toRestore = chosen.entries.filter((entry) => !made.has(entry))
  const partial = chosen.partial || made.size > 0
  return { prepared: { entries: chosen.entries, toRestore, partial }, notes: [...chosen.notes, ...notes] }
}

async function prepareDatabase(request: LoadRequest, chosen: Chosen | undefined): Promise<MadeExtensions> {
  if (!isPartial(request) && !hasSelection(request.manifest)) return makeExtensions(request, chosen?.entries)
  return { made: new Set(), notes: await prepareForPart(request.address, request.manifest, chosen?.entries) }
}

/**
 * How pg_restore works: several workers that stop at the first error, or that go on after errors about single objects;
 * or one transaction. An archive on standard input is always restored in one transaction.
 */
type Mode = 'stop' | 'go-on' | 'one-transaction'

/** Starts pg_restore, on standard input if `archive` is undefined. */
export async function startRestore(
  request: LoadRequest,
  chosen: Restorable | undefined,
  folder: string,
  archive: string | undefined,
  mode: Mode = 'stop',
): Promise<Child> {
  const { address, role, tools, noOwner, noTablespaces, jobs } = request
  const server = await olderServer(request)
  if (server !== undefined) return startAsScript(request, chosen, folder, archive, server)
  const oneTransaction = mode === 'one-transaction' || archive === undefined
  const list = chosen?.partial ? [`--use-list=${await writeList(chosen.toRestore, folder)}`] : []
  await request.sandbox?.share(folder)
  return startLoading(request, {
    command: join(tools.folder, 'pg_restore'),
    arguments: [
      ...(mode === 'go-on' ? ['--verbose'] : ['--exit-on-error']), // only verbose errors name the entry that failed
      ...['--no-password', '--no-subscriptions', `--dbname=${connectionWithoutSecrets}`],
      ...(noOwner ? ['--no-owner', '--no-acl'] : []),
      ...(role === undefined ? [] : [`--role=${role}`]),
      ...(noTablespaces ? ['--no-tablespaces'] : []),
      ...(oneTransaction ? ['--single-transaction'] : [`--jobs=${Math.max(2, jobs)}`]),
      ...list,
      ...(archive === undefined ? ['--format=custom'] : [archive]),
    ],
    environment: { ...toolEnvironment(address, 'loading'), LC_ALL: 'C' },
    stdin: archive === undefined ? 'pipe' : 'ignore',
    stdout: 'ignore',
    explain: explainLoad('pg_restore', address.display, tools.major),
    stderrKept: mostErrors,
  })
}

/**
 * The major version of a server that rejects transaction_timeout, which pg_restore since 17 sets in its session;
 * undefined for other servers.
 */
async function olderServer({ address, tools }: LoadRequest): Promise<number | undefined> {
  if (tools.major < firstWithTimeout) return undefined
  const { rows } = await withClient(address, (client) =>
    client.query<{ major: number }>("SELECT current_setting('server_version_num')::int / 10000 AS major"),
  )
  return rows.map(({ major }) => major).find((major) => major < firstWithTimeout)
}

const firstWithTimeout = 17

/** Restores the archive as a script through psql, in one transaction and so without parallel workers. */
async function startAsScript(
  request: LoadRequest,
  chosen: Restorable | undefined,
  folder: string,
  archive: string | undefined,
  server: number,
): Promise<Child> {
  const { address, role, tools, noOwner, noTablespaces, signal } = request
  const pgRestore = startChild({
    command: join(tools.folder, 'pg_restore'),
    arguments: [
      ...['--single-transaction', '--no-subscriptions', '--file=-'],
      ...(noOwner ? ['--no-owner', '--no-acl'] : []),
      ...(noTablespaces ? ['--no-tablespaces'] : []),
      ...(chosen?.partial ? [`--use-list=${await writeList(chosen.toRestore, folder)}`] : []),
      ...(archive === undefined ? ['--format=custom'] : [archive]),
    ],
    environment: { LC_ALL: 'C' },
    stdin: archive === undefined ? 'pipe' : 'ignore',
    explain: explainLoad('pg_restore', address.display, tools.major),
    signal,
  })
  const script = withoutFinalCommit(pgRestore.output())
  const exited = runScript({ address, role, tools, opening: [], script, signal }).catch((error) => {
    throw inOnePass(error, scriptHint(tools.major, server))
  })
  exited.catch(() => {})
  return { ...pgRestore, exited }
}

/** Starts a tool that loads the backup, in the sandbox if there is one. */
export function startLoading({ sandbox, signal }: LoadRequest, program: ProgramRequest): Child {
  return sandbox ? sandbox.start(program) : startChild({ ...program, signal })
}

/** Writes the file for `--use-list` under a random name; returns its path. */
export async function writeList(entries: readonly TocEntry[], folder: string): Promise<string> {
  const path = join(folder, `list-${randomBytes(4).toString('hex')}`)
  await writeFile(path, listFile(entries), { mode: 0o600 })
  return path
}
