// Finds ACL rules that a user lacks with ACL DRYRUN (since Redis 7), which does not run the commands.
import { aclRuleIn } from './errors.ts'
import { askForText, type TextReply } from './replies.ts'

interface Asked {
  askText(...parts: readonly string[]): Promise<TextReply>
}

/**
 * Returns the ACL rules that a user lacks for these commands, such as `+exec` or `~*`; undefined if the server cannot
 * report them.
 */
export async function missingRules(
  connection: Asked,
  user: string,
  commands: readonly (readonly string[])[],
): Promise<string[] | undefined> {
  const missing = new Set<string>()
  for (const command of commands) {
    const answer = await askForText(connection, 'ACL', 'DRYRUN', user, ...command).catch((error) => {
      if (error.name !== 'ReplyError') throw error
      // The server does not have this command.
      return /not found/i.test(error.message) ? 'OK' : undefined
    })
    if (answer === undefined) return undefined
    if (answer !== 'OK') missing.add(aclRuleIn(answer) ?? `+${(command[0] ?? '').toLowerCase()}`)
  }
  return [...missing]
}

const name = 'resguardo'

/** Commands of a backup by `scan`. */
export const scanCommands: readonly (readonly string[])[] = [
  ['INFO'],
  ['SCAN', '0'],
  ['DUMP', name],
  ['PEXPIRETIME', name],
  ['SELECT', '0'],
  ['FUNCTION', 'DUMP'],
]

/** Further commands of a backup by `scan` if there are queues of BullMQ. */
export const queueScanCommands: readonly (readonly string[])[] = [['MULTI'], ['EXEC']]

/** Commands of every restore. */
export const restoreCommands: readonly (readonly string[])[] = [
  ['RESTORE', name, '0', 'value', 'REPLACE'],
  ['TIME'],
  ['DBSIZE'],
  ['EXISTS', name],
  ['UNLINK', name],
]

/** Further commands of a restore if there are queues of BullMQ. */
export const queueRestoreCommands: readonly (readonly string[])[] = [
  ['INCRBY', name, '1'],
  ['HSET', name, 'paused', '1'],
  ['HDEL', name, 'paused'],
  ['HEXISTS', name, 'paused'],
  ['DEL', name],
  ['MULTI'],
  ['EXEC'],
  ['LLEN', name],
  ['LRANGE', name, '0', '-1'],
  ['ZRANGE', name, '0', '-1'],
  ['RPOPLPUSH', name, name],
  ['RENAMENX', name, name],
  ['LREM', name, '0', 'value'],
  ['ZADD', name, '0', '0'],
  ['ZREM', name, 'value'],
  ['ZUNIONSTORE', name, '1', name],
]
