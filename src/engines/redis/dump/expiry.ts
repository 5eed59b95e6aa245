// Reads when a key expires: as an instant with PEXPIRETIME, or computed from PTTL (before Redis 7).
import type { Clock } from '../../../ports/common.ts'
import type { RawConnection } from '../connection/connect.ts'
import { isForbidden } from '../connection/errors.ts'
import { timeIn } from '../connection/replies.ts'
import { InvalidReply, type Reply, ReplyError } from '../connection/resp.ts'

export interface Expiry {
  readonly command: 'PEXPIRETIME' | 'PTTL'
  readonly clock: Clock
  /** Milliseconds that the server's clock is ahead of the local clock. */
  readonly ahead: number
}

/** Uses PEXPIRETIME if the server has it, otherwise PTTL. */
export async function expiryBy(connection: RawConnection, clock: Clock): Promise<Expiry> {
  const known = await connection.ask('PEXPIRETIME', '').then(
    () => true,
    (error) => {
      if (!(error instanceof ReplyError)) throw error
      // The user may run the command, but may not access this key.
      return !isForbidden(error) || /access|keys/.test(error.message)
    },
  )
  if (known) return { command: 'PEXPIRETIME', clock, ahead: 0 }
  const time = await connection.askText('TIME').catch((error) => {
    if (isForbidden(error)) return undefined
    throw error
  })
  const ahead = time === undefined ? 0 : timeIn(time) - clock.now().getTime()
  return { command: 'PTTL', clock, ahead: Math.round(ahead) }
}

/**
 * Milliseconds since 1970; undefined for a key without expiry; `gone` if the key no longer exists. Throws an error
 * reply.
 */
export function expiryOf({ command, clock, ahead }: Expiry, reply: Reply): number | undefined | 'gone' {
  if (reply instanceof ReplyError) throw reply
  if (reply === -2) return 'gone'
  if (reply === -1) return undefined
  if (typeof reply !== 'number' || reply < 0) throw new InvalidReply(command)
  return command === 'PEXPIRETIME' ? reply : clock.now().getTime() + ahead + reply
}
