// Several commands at one stroke.
import { type CommandPart, type Reply, ReplyError } from '../resp.ts'
import type { Out } from './out.ts'

/** Of keys of the server that has `key`. Gives the reply of each, which may be an error; throws where none was carried out. */
export async function transaction(
  out: Out,
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

/** As `transaction`; an error is thrown. */
export async function allOf(...[out, key, database, commands]: Parameters<typeof transaction>): Promise<Reply[]> {
  const replies = await transaction(out, key, database, commands)
  const error = replies.find((reply) => reply instanceof ReplyError)
  if (error) throw error
  return replies
}
