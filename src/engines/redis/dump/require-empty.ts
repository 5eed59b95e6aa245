// Accepts a dump without keys only if the server has none.
import { Failure } from '../../../domain/failures/failure.ts'
import { plural } from '../../../domain/text/plural.ts'
import { displayNode, type ParsedRedis, type RedisNode } from '../connection/address.ts'
import { type CommandConnection, type ConnectOptions, connectCommands } from '../connection/connect.ts'
import { explainRedis } from '../connection/errors.ts'
import { infoOf, keysIn } from '../connection/info.ts'
import { askForNumber } from '../connection/replies.ts'
import { ReplyError } from '../connection/resp.ts'
import { using } from './shard-stream.ts'

/**
 * Reads the number of keys of each server with INFO and, if permitted, DBSIZE. Throws `redis/keys-missing` if there are
 * any.
 */
export async function requireEmpty(
  nodes: readonly RedisNode[],
  parsed: ParsedRedis,
  options: ConnectOptions,
): Promise<void> {
  for (const node of nodes) {
    const connection = await connectCommands(node, parsed, options)
    const keys = await using(connection, keysAt).catch((error) => {
      throw explainRedis(error, displayNode(node))
    })
    if (keys === 0) continue
    throw new Failure(
      'redis/keys-missing',
      `the dump has no keys, but ${displayNode(node)} has ${plural(keys, 'key')}`,
      {
        hint: 'Run again, because keys may have been added during the backup. If it fails again, check --redis-rdb-path and the ACL of the user.',
      },
    )
  }
}

async function keysAt(connection: CommandConnection): Promise<number> {
  const named = keysIn(await infoOf(connection, 'keyspace')).reduce((sum, { keys }) => sum + keys, 0)
  const size = await askForNumber(connection, 'DBSIZE').catch((error) => {
    if (error instanceof ReplyError) return 0
    throw error
  })
  return Math.max(named, size)
}
