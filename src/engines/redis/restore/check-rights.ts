// Whether our user may do what is needed: asked by ACL DRYRUN, where there is that (7.0).
import type { Step } from '../../../ports/restore.ts'
import type { RawConnection } from '../connection/connect.ts'
import type { Look } from './look.ts'

export async function checkRights({ request, each }: Look): Promise<Step[]> {
  const [first] = each
  if (!first) return []
  const { connection } = first
  const user = await connection.askText('ACL', 'WHOAMI').catch(unlessAnswered)
  if (typeof user !== 'string') return []
  const missing: string[] = []
  for (const command of commandsOf(request)) {
    const answer = await connection.askText('ACL', 'DRYRUN', user, ...command).catch(unlessAnswered)
    if (answer === undefined) return [] // not known here, or not allowed to ask
    if (answer !== 'OK') missing.push(`+${(command[0] ?? '').toLowerCase()}`)
  }
  if (missing.length === 0) return [{ title: `The user ${user} has all permissions for the restore`, state: 'done' }]
  const rules = [...new Set(missing)].join(' ')
  return [
    {
      title: `The user ${user} lacks permissions for the restore`,
      state: 'blocked',
      detail: `ACL SETUSER ${user} ${rules}, and ~* for all keys`,
    },
  ]
}

type Words = readonly string[]

function commandsOf({ mode, manifest, patterns, database }: Look['request']): Words[] {
  const name = 'resguardo'
  const { queues, functions, databases } = manifest.fingerprint
  const whole = patterns.length === 0 && database === undefined
  const isPart = patterns.length > 0 || manifest.dump.patterns !== undefined
  const scans = queues.length > 0 || (mode === 'flush-first' && isPart)
  return [
    ['RESTORE', name, '0', 'value', 'REPLACE'],
    ['TIME'],
    ['DBSIZE'],
    ['EXISTS', name],
    ['UNLINK', name],
    ...(databases.some((each) => each.database > 0) ? [['SELECT', '1']] : []),
    ...(scans ? [['SCAN', '0']] : []),
    ...(mode === 'flush-first' && !isPart ? [['FLUSHDB', 'ASYNC']] : []),
    ...(queues.length > 0 ? queueCommands(name) : []),
    ...(whole && functions.length > 0 ? [['FUNCTION', 'RESTORE', 'value']] : []),
  ]
}

function queueCommands(name: string): Words[] {
  return [
    ['INCRBY', name, '1'],
    ['HSET', name, 'paused', '1'],
    ['HDEL', name, 'paused'],
    ['HEXISTS', name, 'paused'],
    ['DEL', name],
    ['MULTI'],
    ['EXEC'],
    ['LLEN', name],
    ['RPOPLPUSH', name, name],
    ['RENAMENX', name, name],
    ['LREM', name, '0', 'value'],
    ['ZADD', name, '0', '0'],
    ['ZREM', name, 'value'],
    ['ZUNIONSTORE', name, '1', name],
  ]
}

/** Errors that are answered say nothing; others are none of ours. */
function unlessAnswered(error: Error): Awaited<ReturnType<RawConnection['askText']>> | undefined {
  if (error.name === 'ReplyError') return undefined
  throw error
}
