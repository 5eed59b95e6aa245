// Runs a script with psql in one transaction that commits only if the script is complete.
import pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { RestoreRequest } from '../../../ports/restore.ts'
import { startChild } from '../../../streams/processes/child.ts'
import type { Reader } from '../compare/reader.ts'
import { readingSettings } from '../compare/session.ts'
import { type Address, toolEnvironment } from '../connection/address.ts'
import { pinSql } from '../connection/pin.ts'
import type { DeferredDump } from '../load/deferred-dump.ts'
import { explainLoad } from '../load/explain-load.ts'
import { feed } from '../load/feed.ts'
import { restrict, withoutOwnRestriction } from '../load/restricted-script.ts'
import type { ClientTools } from '../tools.ts'
import { PsqlSession } from './psql-session.ts'
import { inSession } from './session.ts'

interface ScriptRun {
  readonly address: Address
  /** Role for SET ROLE before the script. */
  readonly role?: string | undefined
  readonly tools: ClientTools
  /** Statements before the script, in the same transaction. */
  readonly opening: readonly string[]
  /** Ends only if it is complete and verified; errors otherwise, and then nothing is committed. */
  readonly script: AsyncIterable<Uint8Array>
  /** Defers event triggers and refreshes of a plain dump. */
  readonly quiet?: DeferredDump | undefined
  /** Reads in the session of the script before the commit; if it throws, nothing is committed. */
  readonly check?: (reader: Reader) => Promise<void>
  readonly signal: AbortSignal
  /** Called before and after the commit. */
  readonly reached?: RestoreRequest['reached']
}

/**
 * psql treats the end of its input as success, so COMMIT is sent only after the script has ended without an error;
 * without COMMIT the server rolls back. Throws Failure, and then nothing has changed, unless the code is
 * `restore/commit-unknown` or the last call of `reached` was about a commit. A commit that was sent before an
 * interruption counts.
 */
export async function runScript(run: ScriptRun): Promise<void> {
  const { address, role, tools, opening, quiet, check, signal, reached } = run
  const restricted = restrict(tools)
  const psql = startChild({
    command: `${tools.folder}/psql`,
    arguments: ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1', '--file=-'],
    environment: { ...toolEnvironment(address, 'loading'), LC_ALL: 'C', PGCLIENTENCODING: 'UTF8' },
    stdin: 'pipe',
    stdout: 'pipe',
    whenOrphaned: 'SIGINT',
    signal,
    explain: explainLoad('psql', address.display, tools.major),
  })
  const session = new PsqlSession(psql)
  const become = role === undefined ? [] : [`SET ROLE ${pg.escapeIdentifier(role)}`]
  const head = [
    'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE',
    "SELECT pg_catalog.concat(pg_catalog.pg_backend_pid(), ' ', pg_catalog.pg_current_xact_id())",
    // Again, because a pooler may drop the options of a session.
    pinSql('loading', 'transaction'),
    ...become,
    ...opening,
  ]
    .map((statement) => `${statement};\n`)
    .join('')
  let failure: unknown
  let committing = false
  try {
    const script = withoutOwnRestriction(run.script)
    const tail = async (): Promise<string> => {
      if (check) {
        await session.open([pinSql('pinned', 'transaction'), readingSettings])
        await check(session)
        void session.finish()
      }
      const [, xid] = (await session.firstLine).split(' ')
      committing = true
      reached?.({ at: 'committing', ask: `SELECT pg_xact_status('${xid}')` })
      return 'COMMIT;\n'
    }
    await feed(psql, quiet ? quiet.run(script) : script, { head: restricted + head, tail })
  } catch (error) {
    failure = error
    await psql.stop()
  }
  const [pid = '', xid = ''] = (await session.firstLine).split(' ')
  const committed = /^\d+$/.test(xid) && (await commitOutcome(address, pid, xid).catch(asFailure))
  if (committed === true) {
    reached?.({ at: 'changed' })
    return
  }
  if (committed === false) reached?.({ at: 'unchanged' })
  if (signal.aborted) throw asFailure(signal.reason)
  throw committed instanceof Failure && committing ? committed : (failure ?? notCommitted(address))
}

/**
 * Whether the transaction was committed: if psql was lost, only the server knows. Ends the session if it still exists,
 * because a backend that waits for a lock does not notice that its client is gone. Throws `restore/commit-unknown`.
 */
export async function commitOutcome(address: Address, pid: string, xid: string): Promise<boolean> {
  try {
    return await inSession(address, undefined, async (client) => {
      for (;;) {
        await client.query(
          'SELECT pg_terminate_backend(pid), pg_sleep(0.1) FROM pg_stat_activity WHERE pid = $1 AND usename = current_user AND backend_xid::text = ($2::numeric % 4294967296)::text',
          [pid, xid],
        )
        const { rows } = await client.query<{ status: string | null }>('SELECT pg_xact_status($1::xid8) AS status', [
          xid,
        ])
        if (rows[0]?.status !== 'in progress') return rows[0]?.status === 'committed'
      }
    })
  } catch (error) {
    throw new Failure(
      'restore/commit-unknown',
      `it is not known whether the restore was committed: ${(error as Error).message}`,
      {
        hint: `When the server answers again, run SELECT pg_xact_status('${xid}'): "aborted" means that nothing was changed.`,
        cause: error,
      },
    )
  }
}

function notCommitted(address: Address): Failure {
  return new Failure('restore/not-committed', `psql ended without a commit, so ${address.database} is unchanged`, {
    hint: 'Run again. If it happens again, please report it.',
  })
}
