// Databases of incomplete restores: lists them, and drops them if that is safe.
import pg from 'pg'
import type { Step } from '../../../ports/restore.ts'
import type { LiveContext } from './context.ts'
import { readComment } from './marker.ts'
import { isNewDatabaseName } from './names.ts'
import { holderOf } from './restore-lock.ts'
import { inSession } from './session.ts'

interface Unfinished {
  readonly name: string
  /** Whether it is safe to drop: it has the name of a restore, and PUBLIC cannot connect to it. */
  readonly hasRestoreName: boolean
  /** Sessions connected to it: `process 71, as mallory, since …`. */
  readonly sessions: readonly string[]
}

interface Row {
  readonly name: string
  readonly comment: string | null
  readonly open: boolean
  /** Whether PUBLIC has CONNECT. */
  readonly granted: boolean
  readonly sessions: string[]
}

/** Returns the incomplete databases of this live database, and `kept`: databases that earlier restores renamed. */
async function findUnfinished(
  client: pg.Client,
  live: string,
): Promise<{ readonly unfinished: readonly Unfinished[]; readonly kept: readonly string[] }> {
  const { rows } = await client.query<Row>(
    `SELECT d.datname::text AS name, shobj_description(d.oid, 'pg_database') AS comment, d.datallowconn AS open,
            EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT') AS granted,
            ARRAY(SELECT concat_ws(', ', 'process ' || a.pid, 'as ' || a.usename, 'since ' || to_char(a.backend_start, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                    FROM pg_stat_activity a WHERE a.datid = d.oid AND a.backend_type IS DISTINCT FROM 'autovacuum worker' ORDER BY a.pid) AS sessions
       FROM pg_database d WHERE d.datname <> $1 AND NOT d.datistemplate ORDER BY 1`,
    [live],
  )
  const unfinished: Unfinished[] = []
  const kept: string[] = []
  for (const { name, comment, open, granted, sessions } of rows) {
    const { marker } = readComment(comment)
    const isNamed = isNewDatabaseName(name, live, 'restoring')
    const isMarked = marker?.database === live && marker.role === 'restoring'
    // A restore sets the comment before it allows connections.
    if (isMarked || (isNamed && comment === null && !open))
      unfinished.push({ name, hasRestoreName: isNamed && !(open && granted), sessions })
    else if (marker?.database === live) kept.push(name)
  }
  return { unfinished, kept }
}

/** Returns steps for the checklist of a restore. */
export async function checkUnfinished(client: pg.Client, live: string): Promise<Step[]> {
  const { unfinished, kept } = await findUnfinished(client, live)
  const holder = await holderOf(client, live, { except: undefined })
  return [
    ...(holder ? [runningStep(live, holder.display, unfinished)] : interruptedSteps(unfinished)),
    ...(kept.length > 0
      ? [
          {
            title: `Databases kept from earlier restores: ${kept.join(', ')}`,
            state: 'warning' as const,
            detail: 'They take disk space; drop them when you no longer need them',
          },
        ]
      : []),
  ]
}

function runningStep(live: string, holder: string, unfinished: readonly Unfinished[]): Step {
  const made = unfinished.length === 0 ? '' : `, into ${unfinished.map(({ name }) => name).join(', ')}`
  return {
    title: `A restore of ${live} is running: ${holder}${made}`,
    state: 'warning',
    detail: 'Wait until it ends. Only one restore of a database can run at a time',
  }
}

function interruptedSteps(unfinished: readonly Unfinished[]): Step[] {
  const safe = unfinished.filter(isSafe).map(({ name }) => name)
  const dropped: Step = {
    title: `Databases of interrupted restores: ${safe.join(', ')}`,
    state: 'warning',
    detail: 'The restore drops them first',
  }
  return [
    ...(safe.length > 0 ? [dropped] : []),
    ...unfinished
      .filter((each) => !isSafe(each))
      .map((each): Step => ({ title: sentenceOf(each), state: 'warning', detail: dropByHand(each) })),
  ]
}

const isSafe = ({ hasRestoreName, sessions }: Unfinished): boolean => hasRestoreName && sessions.length === 0

function sentenceOf({ name, sessions }: Unfinished): string {
  const why = sessions.length > 0 ? `is in use by ${sessions.join('; ')}` : 'has been renamed since'
  return `Database ${name} of an interrupted restore ${why}`
}

function dropByHand({ name }: Unfinished): string {
  return `It is not dropped. Drop it if you do not need it: DROP DATABASE ${pg.escapeIdentifier(name)}`
}

/**
 * Drops the databases of killed restores. The caller's session with this process ID must hold the restore lock. Drops
 * nothing if another session holds the lock in another database. Returns notes, including databases that could not be
 * dropped.
 */
export async function dropUnfinished(
  context: LiveContext,
  holder: number | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const { maintenance, live } = context
  if (!maintenance) return []
  return inSession(maintenance, signal, async (client) => {
    const { unfinished } = await findUnfinished(client, live.database)
    if (unfinished.length === 0 || (await holderOf(client, live.database, { except: holder }))) return []
    const notes: string[] = []
    for (const each of unfinished.filter(isSafe)) notes.push(await drop(client, each))
    return notes
  })
}

/** Drops without FORCE, so that a database with a new connection is not dropped. */
async function drop(client: pg.Client, each: Unfinished): Promise<string> {
  return client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(each.name)}`).then(
    () => `Dropped database ${each.name}, which an interrupted restore left behind.`,
    (error: Error) =>
      `Could not drop database ${each.name}, which an interrupted restore left behind (${error.message}). ${dropByHand(each)}.`,
  )
}
