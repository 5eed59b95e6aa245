// When a key's time is over, as an instant: asked for as such, or made out of what is left (before Redis 7).
import type { Clock } from '../../../ports/common.ts'
import type { RawConnection } from '../connection/connect.ts'
import { isForbidden } from '../connection/errors.ts'
import { type Reply, ReplyError } from '../connection/resp.ts'

export interface Expiry {
  readonly command: 'PEXPIRETIME' | 'PTTL'
  readonly clock: Clock
  /** Milliseconds that the server's clock is ahead of ours. */
  readonly ahead: number
}

/** Finds out what the server has. */
export async function expiryBy(connection: RawConnection, clock: Clock): Promise<Expiry> {
  const known = await connection.ask('PEXPIRETIME', '').then(
    () => true,
    (error) => {
      if (!(error instanceof ReplyError)) throw error
      // A key that our user may not touch, but a command that it may use.
      return !isForbidden(error) || /access|keys/.test(error.message)
    },
  )
  if (known) return { command: 'PEXPIRETIME', clock, ahead: 0 }
  const time = await connection.askText('TIME').catch((error) => {
    if (isForbidden(error)) return undefined
    throw error
  })
  const server = Array.isArray(time) ? Number(time[0]) * 1000 + Number(time[1]) / 1000 : undefined
  return { command: 'PTTL', clock, ahead: server === undefined ? 0 : Math.round(server - clock.now().getTime()) }
}

/**
 * Milliseconds since 1970; undefined for a key that stays; `gone` where there is no such key any more. Throws what the
 * server answers.
 */
export function expiryOf({ command, clock, ahead }: Expiry, reply: Reply): number | undefined | 'gone' {
  if (reply instanceof ReplyError) throw reply
  if (reply === -2) return 'gone'
  if (typeof reply !== 'number' || reply < 0) return undefined
  return command === 'PEXPIRETIME' ? reply : clock.now().getTime() + ahead + reply
}
