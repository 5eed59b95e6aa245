// Redis transactions (MULTI and EXEC).
import { type CommandPart, InvalidReply, type Reply, ReplyError } from '../connection/resp.ts'
import type { CommandRouter } from './command-router.ts'

/**
 * Runs commands on the server that has `key`. Returns the reply of each, which can be an error; throws if none was
 * executed.
 */
export async function transaction(
  out: CommandRouter,
  key: Uint8Array,
  database: number,
  commands: readonly (readonly CommandPart[])[],
): Promise<Reply[]> {
  let reply = null as Reply
  out.command(key, database, ['MULTI'])
  for (const command of commands) out.command(key, database, command)
  out.command(key, database, ['EXEC'], {
    take(answer) {
      reply = answer
    },
  })
  await out.finish()
  if (Array.isArray(reply) && reply.length === commands.length) return reply
  if (reply === null) throw new ReplyError('EXECABORT Transaction discarded')
  throw reply instanceof ReplyError ? reply : new InvalidReply('EXEC')
}

/** The same as `transaction`, but throws an error reply. */
export async function allOf(...[out, key, database, commands]: Parameters<typeof transaction>): Promise<Reply[]> {
  const replies = await transaction(out, key, database, commands)
  const error = replies.find((reply) => reply instanceof ReplyError)
  if (error) throw error
  return replies
}
