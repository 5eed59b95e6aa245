// One run at a time: an advisory lock in the database that is dumped, gone when its connection is.
import type pg from 'pg'
import { Failure } from '../../domain/failure.ts'
import { formatDuration } from '../../domain/quantities.ts'
import type { TurnRequest } from '../../operations/platform-ports.ts'
import type { Address } from './address.ts'

/**
 * The two halves of the lock's key: `resg` and `uard` in ASCII. Advisory locks belong to one database, so one key is enough.
 * `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 1919251303 AND objid = 1969320548` finds the holder.
 */
export const turnKey = [0x72_65_73_67, 0x75_61_72_64] as const

const pollSeconds = 1
const tellEverySeconds = 60

/**
 * Takes the lock on this connection and keeps it for the connection's life: nothing has to be tidied up after a crash. Allowed on
 * a standby too, where it keeps away other runs on that standby. Throws Failure('refused') once `seconds` are over, and the
 * signal's reason when aborted.
 */
export async function takeTurn(client: pg.Client, address: Address, turn: TurnRequest, signal: AbortSignal): Promise<void> {
  // A runner that vanished without closing its connection loses its turn in two minutes, not in the kernel's two hours.
  await client.query(
    "SELECT set_config('tcp_keepalives_idle', '60', false), set_config('tcp_keepalives_interval', '15', false), set_config('tcp_keepalives_count', '4', false)",
  )
  const { clock } = turn
  const began = clock.seconds()
  let told: number | undefined
  while (!(await tryLock(client))) {
    signal.throwIfAborted()
    const waited = clock.seconds() - began
    if (waited >= turn.seconds) throw refused(address, await holder(client), turn.seconds)
    if (told === undefined || waited - told >= tellEverySeconds) {
      told = waited
      const left = formatDuration(turn.seconds - waited)
      turn.note(`Waiting for another run that dumps ${address.display}: ${await holder(client)}; for ${left} more at most.`)
    }
    await clock.sleep(Math.min(pollSeconds, turn.seconds - waited), signal)
  }
  await turn.onTurn()
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [...turnKey])
  return rows[0]?.locked === true
}

interface HolderRow {
  readonly pid: number
  readonly application: string | null
  readonly role: string | null
  readonly since: Date | null
}

/** Who holds the lock, as far as this role may see it. */
async function holder(client: pg.Client): Promise<string> {
  const { rows } = await client.query<HolderRow>(
    `SELECT l.pid, a.application_name AS application, a.usename AS role, coalesce(a.xact_start, a.backend_start) AS since
       FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objid = $2 AND l.objsubid = 2 AND l.granted
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [...turnKey],
  )
  const [row] = rows
  if (!row) return 'it is just ending'
  const { pid, application, role, since } = row
  const seen = [application, role && `as ${role}`, since && `since ${since.toISOString()}`]
  return [`process ${pid}`, ...seen].filter(Boolean).join(', ')
}

function refused({ display }: Address, who: string, seconds: number): Failure {
  const waited = seconds === 0 ? '' : ` after ${formatDuration(seconds)} of waiting`
  return new Failure('postgres/dump-running', `another run dumps ${display}${waited}: ${who}`, {
    hint: 'Let it end and run again, or give --wait-for-other-run more time; if nobody knows that process, end it with SELECT pg_terminate_backend(pid).',
  })
}
