// Runs all checks that are possible before a restore changes anything, as steps of a checklist.

import type { RestoreRequest, Step } from '../../../ports/restore.ts'
import { inPlaceBlockers, nameBlockers } from './blockers.ts'
import { checkBackup, checkScript } from './check-backup.ts'
import { checkCode } from './check-code.ts'
import { checkLiveDatabase } from './check-live.ts'
import { checkLocks } from './check-locks.ts'
import { checkRights } from './check-rights.ts'
import { checkServer } from './check-server.ts'
import { checkSession } from './check-session.ts'
import { checkSpace } from './check-space.ts'
import type { LiveContext } from './context.ts'
import type { PreflightContext } from './preflight-context.ts'
import { readProperties } from './properties.ts'
import { inSession } from './session.ts'

/** Changes nothing. A `blocked` step means that the restore would fail or be unsafe. */
export async function preflight(context: LiveContext, request: RestoreRequest): Promise<readonly Step[]> {
  return inSession(context.maintenance ?? context.live, request.signal, async (client) => {
    const preflightContext: PreflightContext = {
      context,
      request,
      client,
      live: await readProperties(client, context.live.database),
    }
    const swaps = request.strategy === 'swap'
    return [
      ...checkBackup(preflightContext),
      ...(await checkScript(preflightContext)),
      ...(await checkLiveDatabase(preflightContext)),
      ...(await checkRights(preflightContext)),
      ...(await checkCode(preflightContext)),
      ...(await checkSession(preflightContext)),
      ...(await checkServer(preflightContext)),
      ...(swaps && preflightContext.live ? await nameBlockers(client, context.live.database) : []),
      ...(request.strategy === 'in-place' && preflightContext.live
        ? await inPlaceBlockers(client, context.live.database)
        : []),
      ...(await checkLocks(preflightContext)),
      ...(await checkSpace(preflightContext)),
    ]
  })
}
