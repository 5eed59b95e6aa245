// Checks whether definitions of the backup are created with the rights of a superuser.
import { readContents } from './archive-facts.ts'
import { runsAsOwners } from './context.ts'
import { isOfSuperusers } from './one-session.ts'
import type { PreflightContext } from './preflight-context.ts'

/**
 * A superuser works with the rights of the database's owner if everything is restored in one session: in place, and
 * from a plain dump.
 */
export async function restoresAsSuperuser(preflight: PreflightContext): Promise<boolean> {
  const { context, request, client, live } = preflight
  if (!context.role.superuser) return false
  if (!runsAsOwners(context, request)) return true
  const isOneSession = request.strategy === 'in-place' || request.manifest.dump.format === 'plain'
  if (!isOneSession) return true
  const owner = live?.owner ?? request.manifest.database.owner
  const { rows } = await client.query<{ superuser: boolean }>(
    'SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = $1',
    [owner],
  )
  return rows[0]?.superuser === true || isOfSuperusers(client, await readContents(request.payloads))
}
