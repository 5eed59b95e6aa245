// Exchanges database names: ends sessions and renames in one transaction, so that other sessions see all new names or
// none.
import pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { LiveState } from '../../../ports/restore.ts'
import { cancel } from '../connection/cancel.ts'
import { explainPostgres } from '../connection/errors.ts'
import type { LiveContext } from './context.ts'
import { commitOutcome } from './run-script.ts'
import { inSession, maintenanceOf } from './session.ts'

interface Rename {
  readonly oid: number
  readonly from: string
  readonly to: string
}

interface Exchange {
  /** In order: each new name must be free when its rename runs. */
  readonly renames: readonly Rename[]
  /** SQL for the same transaction, before and after the renames; `after` gets the transaction's ID. */
  readonly before: readonly string[]
  after(xid: string): readonly string[]
  /** Called before the commit, and if there was no commit. */
  reached?(state: LiveState): void
}

const attempts = 3

/**
 * Renames databases to which other sessions are connected, in at most three attempts. The rename locks the database
 * against new connections, and waits up to five seconds while a second connection ends the existing sessions. If it
 * fails, or this process dies at any moment, the server rolls everything back: old names, connections allowed. Returns
 * the seconds in which connections were blocked, 0 if unknown. An interruption ends the rename at once; after the
 * commit it has no effect. Throws `restore/commit-unknown` if the server does not report the outcome.
 */
export async function swapDatabaseNames(
  context: LiveContext,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptExchange(context, exchange, signal)
    if ('seconds' in outcome) return outcome.seconds
    // Without a commit nothing can have changed.
    const done = outcome.committing ? await wasCommitted(context, outcome.committing) : false
    if (done) return 0
    if (done === false) exchange.reached?.({ at: 'unchanged' })
    if (signal.aborted) throw asFailure(signal.reason)
    if (done === undefined) throw commitUnknown(context, outcome.error)
    if (!outcome.busy) throw explainPostgres(outcome.error, context.live.display)
    if (attempt === attempts) throw sessionsStay(context, outcome)
  }
}

/** A transaction that may have been committed. */
interface Committing {
  readonly pid: string
  readonly xid: string
}

type Attempt =
  | { readonly seconds: number }
  | {
      readonly error: unknown
      readonly busy: boolean
      readonly stubborn: readonly string[]
      /** Set when the commit is sent. */
      readonly committing: Committing | undefined
    }

async function attemptExchange(context: LiveContext, exchange: Exchange, signal: AbortSignal): Promise<Attempt> {
  const maintenance = maintenanceOf(context)
  const stubborn = new Set<string>()
  let committing: Committing | undefined
  let renaming: pg.Client | undefined
  const commits = (transaction: Committing): void => {
    committing = transaction
    exchange.reached?.({ at: 'committing' })
  }
  try {
    return await inSession(maintenance, signal, (ender) =>
      inSession(maintenance, signal, async (mover) => {
        renaming = mover
        const moving = move(mover, exchange, signal, commits)
        const oids = exchange.renames.map(({ oid }) => oid)
        await endSessionsUntil(ender, oids, moving, stubborn)
        return { seconds: await moving }
      }),
    )
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause
    // The server does not detect the closed client, so a waiting rename would block new connections for five more
    // seconds.
    if (signal.aborted && renaming && !committing) await cancel(renaming, maintenance)
    return { error, busy: cause?.code === '55006', stubborn: [...stubborn], committing }
  }
}

async function move(
  mover: pg.Client,
  { renames, before, after }: Exchange,
  signal: AbortSignal,
  commits: (transaction: Committing) => void,
): Promise<number> {
  await mover.query('BEGIN')
  // If this machine or the network fails, the server accepts connections again after ten seconds.
  await mover.query(
    "SELECT set_config('lock_timeout', '10s', true), set_config('idle_in_transaction_session_timeout', '10s', true)",
  )
  const { rows } = await mover.query<Committing>(
    'SELECT pg_current_xact_id()::text AS xid, pg_backend_pid()::text AS pid',
  )
  const transaction = rows[0] as Committing
  for (const statement of before) await mover.query(statement)
  for (const { from, to } of renames)
    await mover.query(`ALTER DATABASE ${pg.escapeIdentifier(from)} RENAME TO ${pg.escapeIdentifier(to)}`)
  await requireOids(mover, renames)
  for (const statement of after(transaction.xid)) await mover.query(statement)
  const { rows: times } = await mover.query<{ seconds: number }>(
    'SELECT extract(epoch FROM clock_timestamp() - transaction_timestamp())::float8 AS seconds',
  )
  signal.throwIfAborted()
  commits(transaction)
  await mover.query('COMMIT')
  return (times[0] as { seconds: number }).seconds
}

/** Throws if another database now has one of the names. From here on, the locks of the renames prevent that. */
async function requireOids(mover: pg.Client, renames: readonly Rename[]): Promise<void> {
  for (const { oid, from, to } of renames) {
    const { rows } = await mover.query<{ oid: string }>(
      'SELECT oid::int8::text AS oid FROM pg_database WHERE datname = $1',
      [to],
    )
    if (Number(rows[0]?.oid) === oid) continue
    throw new Failure(
      'restore/renamed-meanwhile',
      `could not rename database ${from}: another database now has that name`,
      {
        hint: 'Nothing was changed. Find out who renames databases on this server, then try again.',
      },
    )
  }
}

async function endSessionsUntil(
  ender: pg.Client,
  oids: readonly number[],
  moving: Promise<unknown>,
  stubborn: Set<string>,
): Promise<void> {
  let settled = false
  const done = moving.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  while (!settled) {
    await endSessions(ender, oids, stubborn)
    await Promise.race([done, ender.query('SELECT pg_sleep(0.05)')])
  }
}

/** Ends every session in these databases; adds roles with sessions that this role may not end to `stubborn`. */
async function endSessions(ender: pg.Client, oids: readonly number[], stubborn: Set<string>): Promise<void> {
  const { rows } = await ender.query<{ pid: number; who: string | null }>(
    'SELECT pid, coalesce(usename::text, backend_type) AS who FROM pg_stat_activity WHERE datid = ANY($1::oid[]) AND pid <> pg_backend_pid()',
    [oids],
  )
  for (const { pid, who } of rows) {
    await ender.query('SELECT pg_terminate_backend($1)', [pid]).catch((error: { code?: string }) => {
      if (error.code !== '42501') throw error
      stubborn.add(who ?? 'another role')
    })
  }
}

/**
 * Whether the transaction was committed although its connection was lost; undefined if the server does not report it.
 */
async function wasCommitted(context: LiveContext, { pid, xid }: Committing): Promise<boolean | undefined> {
  return commitOutcome(maintenanceOf(context), pid, xid).catch(() => undefined)
}

function commitUnknown({ live }: LiveContext, cause: unknown): Failure {
  return new Failure(
    'restore/commit-unknown',
    `it is not known whether the rename of ${live.database} and the restored database was committed`,
    {
      hint: 'When the server responds again, run `resguardo restore --undo --dry-run` to see which database is live.',
      cause,
    },
  )
}

function sessionsStay(context: LiveContext, { error, stubborn }: Extract<Attempt, { busy: boolean }>): Failure {
  const { database } = context.live
  const who = stubborn.length > 0 ? `: ${context.role.name} cannot end sessions of ${stubborn.join(', ')}` : ''
  return new Failure(
    'restore/sessions-connected',
    `could not rename ${database}: other sessions remain connected${who}`,
    {
      hint:
        stubborn.length > 0
          ? `End these sessions, or GRANT pg_signal_backend TO the role (only a superuser can end sessions of a superuser).`
          : 'Stop clients that reconnect (--before), and check for prepared transactions: SELECT * FROM pg_prepared_xacts.',
      cause: error,
    },
  )
}
