// Chooses the role that runs a script which restores in a single session.
import type pg from 'pg'
import type { RestoreRequest } from '../../../ports/restore.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { authorsOfCode, ownersOfCode } from '../load/phases.ts'
import { asDatabaseOwner, type OwnersSession } from '../owners/as-database-owner.ts'
import { superusersAmong } from '../owners/superusers.ts'
import { type LiveContext, runsAsOwners } from './context.ts'
import { inSession } from './session.ts'

/**
 * Runs work on the live database. If the connected role is a superuser, the work runs with the rights of the database's
 * owner, unless only superusers wrote code of the backup. `entries` undefined: the authors are unknown.
 */
export async function inOneSession<T>(
  context: LiveContext,
  request: RestoreRequest,
  entries: readonly TocEntry[] | undefined,
  work: (session: OwnersSession) => Promise<T>,
): Promise<T> {
  const { live: address } = context
  const isOurs = await inSession(address, request.signal, (client) => isOfSuperusers(client, entries))
  if (runsAsOwners(context, request) && !isOurs)
    return asDatabaseOwner(address, { entries, manifest: request.manifest }, work)
  return work({ address, role: undefined })
}

/** Whether every owner of rows, constraints and code is a superuser. */
export async function isOfSuperusers(client: pg.Client, entries: readonly TocEntry[] | undefined): Promise<boolean> {
  if (!entries) return false
  const owners = [...new Set([...ownersOfCode(entries), ...authorsOfCode(entries)])]
  return (await superusersAmong(client, owners)).length === owners.length
}
