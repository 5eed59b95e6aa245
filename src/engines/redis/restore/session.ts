// The common beginning of plan and restore: verifies the backup and connects to the target.
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import { withOwnFolder } from '../../../streams/files/leftovers.ts'
import type { ParsedRedis } from '../connection/address.ts'
import { timeIn } from '../connection/replies.ts'
import { CommandRouter } from './command-router.ts'
import { Selection } from './selection.ts'
import { withServers } from './servers.ts'
import { Tally } from './tally.ts'
import { type StagedBackup, verifyAndStage } from './verify-and-stage.ts'

interface RestoreSession {
  readonly out: CommandRouter
  readonly tally: Tally
  readonly selection: Selection
  readonly staged: StagedBackup
  /** For temporary files; removed afterwards. */
  readonly folder: string
}

/** Verifies every byte of the backup before it connects to the target. */
export function withProvedBackup<T>(
  parsed: ParsedRedis,
  request: RedisRestoreRequest,
  work: (session: RestoreSession) => Promise<T>,
): Promise<T> {
  const selection = new Selection(request)
  return withOwnFolder(request.temporary, 'resguardo-redis-', async (folder) => {
    const staged = await request.phase('Verifying the backup', () => verifyAndStage(request, selection, folder))
    return withServers(parsed, request.signal, (servers) =>
      work({ out: new CommandRouter(servers), tally: new Tally(), selection, staged, folder }),
    )
  })
}

/** The target's clock, in milliseconds since 1970. */
export async function timeOf(out: CommandRouter): Promise<number> {
  const reply = await out.askAt(0, 0, 'TIME')
  return timeIn(reply)
}
