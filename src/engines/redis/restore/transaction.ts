// Redis transactions (MULTI and EXEC).
import { type CommandPart, type Reply, ReplyError } from '../connection/resp.ts'
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
  let reply: Reply = null
  out.command(key, database, ['MULTI'])
  for (const command of commands) out.command(key, database, command)
  out.command(key, database, ['EXEC'], {
    take(answer) {
      reply = answer
    },
  })
  await out.finish()
  if (Array.isArray(reply)) return reply
  throw reply ?? new ReplyError('EXECABORT Transaction discarded')
}

/** The same as `transaction`, but throws an error reply. */
export async function allOf(...[out, key, database, commands]: Parameters<typeof transaction>): Promise<Reply[]> {
  const replies = await transaction(out, key, database, commands)
  const error = replies.find((reply) => reply instanceof ReplyError)
  if (error) throw error
  return replies
}
