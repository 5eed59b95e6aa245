// The advisory lock that allows one backup of a database at a time. The server releases it when the connection ends.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import { formatDuration } from '../../../domain/text/quantities.ts'
import type { BackupLockRequest } from '../../../ports/platform.ts'
import type { Address } from '../connection/address.ts'
import { type LockHolder, lockHolder } from '../connection/lock-holder.ts'

/**
 * The two halves of the lock's key: `resg` and `uard` in ASCII. Advisory locks belong to one database, so one key is
 * enough. `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 1919251303 AND objid = 1969320548` finds
 * the holder.
 */
export const backupLockKey = [0x72_65_73_67, 0x75_61_72_64] as const

const pollSeconds = 1
const tellEverySeconds = 60

/**
 * Acquires the lock until the connection ends, so nothing has to be cleaned up after a crash. Works on a standby too,
 * where it excludes other runs on that standby. Throws a Failure of kind refused after `seconds`, and the signal's
 * reason if it is aborted. With `ignoreOthers` it warns and continues without the lock.
 */
export async function acquireBackupLock(
  client: pg.Client,
  address: Address,
  turn: BackupLockRequest,
  signal: AbortSignal,
): Promise<void> {
  // With these keepalives, a runner that disappeared loses the lock after two minutes, not after the kernel's two
  // hours.
  await client.query(
    "SELECT set_config('tcp_keepalives_idle', '60', false), set_config('tcp_keepalives_interval', '15', false), set_config('tcp_keepalives_count', '4', false)",
  )
  const { clock } = turn
  const began = clock.seconds()
  let told: number | undefined
  while (!(await tryLock(client))) {
    signal.throwIfAborted()
    if (turn.ignoreOthers) {
      turn.warn(
        `Backing up without the backup lock, although ${whoDumps(await lockHolder(client, backupLockKey), address)}.`,
      )
      break
    }
    const waited = clock.seconds() - began
    if (waited >= turn.seconds) throw refused(await lockHolder(client, backupLockKey), address, turn.seconds)
    if (told === undefined || waited - told >= tellEverySeconds) {
      told = waited
      const left = formatDuration(turn.seconds - waited)
      turn.note(`Waiting up to ${left} more, because ${whoDumps(await lockHolder(client, backupLockKey), address)}.`)
    }
    await clock.sleep(Math.min(pollSeconds, turn.seconds - waited), signal)
  }
  await turn.onLockAcquired()
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [
    ...backupLockKey,
  ])
  return rows[0]?.locked === true
}

/** Describes the holder of the lock, which may be a session of another program. */
function whoDumps(held: LockHolder | undefined, { display }: Address): string {
  if (!held) return `another run is dumping ${display} and is about to end`
  return held.saysItIsOurs
    ? `another run is dumping ${display}: ${held.display}`
    : `a session that is not a backup holds the backup lock of ${display}: ${held.display}`
}

function refused(held: LockHolder | undefined, address: Address, seconds: number): Failure {
  const waited = seconds === 0 ? '' : `, after a wait of ${formatDuration(seconds)}`
  const message = `${whoDumps(held, address)}${waited}`
  const override = 'use --ignore-other-run to back up without the lock'
  if (!held || held.saysItIsOurs) {
    return new Failure('postgres/dump-running', message, {
      hint: `Wait until it ends, or raise --wait-for-other-run. If the process should not run, end it with SELECT pg_terminate_backend(pid), or ${override}.`,
    })
  }
  return new Failure('postgres/backup-lock-held', message, {
    hint: `Find out why that session holds the lock. End it with SELECT pg_terminate_backend(${held.pid}), or ${override}.`,
  })
}
