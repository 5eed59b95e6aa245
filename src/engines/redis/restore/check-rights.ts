// Checks the user's permissions for the restore with ACL DRYRUN, if the server has it (since 7.0).
import type { Step } from '../../../ports/restore.ts'
import type { RawConnection } from '../connection/connect.ts'
import { missingRules, queueRestoreCommands, restoreCommands } from '../connection/permissions.ts'
import type { PreflightContext } from './preflight-context.ts'

export async function checkRights({ request, each }: PreflightContext): Promise<Step[]> {
  const [first] = each
  if (!first) return []
  const { connection } = first
  const user = await connection.askText('ACL', 'WHOAMI').catch(unlessAnswered)
  if (typeof user !== 'string') return []
  const missing = await missingRules(connection, user, commandsOf(request))
  if (missing === undefined) return []
  if (missing.length === 0) return [{ title: `The user ${user} has all permissions for the restore`, state: 'done' }]
  return [
    {
      title: `The user ${user} lacks permissions for the restore`,
      state: 'blocked',
      detail: `ACL SETUSER ${user} ${missing.join(' ')}`,
    },
  ]
}

function commandsOf({ mode, manifest, patterns, database }: PreflightContext['request']): (readonly string[])[] {
  const { queues, functions, databases } = manifest.fingerprint
  const whole = patterns.length === 0 && database === undefined
  const isPart = patterns.length > 0 || manifest.dump.patterns !== undefined
  const scans = queues.length > 0 || (mode === 'flush-first' && isPart)
  return [
    ...restoreCommands,
    ...(databases.some((each) => each.database > 0) ? [['SELECT', '1']] : []),
    ...(scans ? [['SCAN', '0']] : []),
    ...(mode === 'flush-first' && !isPart ? [['FLUSHDB', 'ASYNC']] : []),
    ...(queues.length > 0 ? queueRestoreCommands : []),
    ...(whole && functions.length > 0 ? [['FUNCTION', 'RESTORE', 'value']] : []),
  ]
}

/** Ignores error replies; throws other errors. */
function unlessAnswered(error: Error): Awaited<ReturnType<RawConnection['askText']>> | undefined {
  if (error.name === 'ReplyError') return undefined
  throw error
}
