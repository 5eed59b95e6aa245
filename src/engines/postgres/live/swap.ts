// The swap: the restored database gets the live name and the live database's properties; the old database is kept.
import type { RestoreRequest, Swapped } from '../../../ports/restore.ts'
import { refuseBlocked } from './blockers.ts'
import { openStatements } from './closed.ts'
import type { LiveContext } from './context.ts'
import { withMarker } from './marker.ts'
import { newDatabaseName } from './names.ts'
import type { NewDatabase } from './new-database.ts'
import { commentStatement, propertyStatements, readProperties } from './properties.ts'
import { databaseNames, inSession, maintenanceOf, serverTime } from './session.ts'
import { swapDatabaseNames } from './swap-names.ts'

/**
 * Swaps the databases. Throws Failure, and then names, grants and properties are unchanged, unless the code is
 * `restore/commit-unknown`.
 */
export async function swapIn(context: LiveContext, restored: NewDatabase, request: RestoreRequest): Promise<Swapped> {
  const swapped = await exchange(context, restored, request)
  request.reached?.({ at: 'changed', kept: swapped.kept })
  return swapped
}

async function exchange(context: LiveContext, restored: NewDatabase, request: RestoreRequest): Promise<Swapped> {
  const { signal } = request
  const backup = request.manifest.id
  const reached = request.reached?.bind(request)
  const live = context.live.database
  const { model, kept, time } = await inSession(maintenanceOf(context), signal, async (client) => {
    await refuseBlocked(client, live)
    const { stamp, iso } = await serverTime(client)
    const properties = await readProperties(client, live)
    return { model: properties, kept: newDatabaseName(live, 'before', stamp, await databaseNames(client)), time: iso }
  })
  const takeName = { oid: restored.oid, from: restored.database, to: live }
  if (!model) {
    const open = openStatements({ name: live, owner: restored.owner, role: context.role })
    const after = () => [commentStatement(live, undefined), ...open, ...restored.archived]
    const closed = await swapDatabaseNames(
      context,
      { renames: [takeName], before: [], after, ...(reached && { reached }) },
      signal,
    )
    return { kept: undefined, closed }
  }
  const closed = await swapDatabaseNames(
    context,
    {
      ...(reached && { reached }),
      renames: [{ oid: model.oid, from: live, to: kept }, takeName],
      before: [
        ...openStatements({ name: restored.database, owner: restored.owner, role: context.role }),
        ...propertyStatements(model, restored.database),
      ],
      after: (xid) => {
        const common = { database: live, backup, time, xid }
        const earlier = model.marker?.role === 'live' ? { earlier: model.marker } : {}
        return [
          commentStatement(
            kept,
            withMarker(model.comment, { role: 'before', ...common, replacedBy: restored.oid, ...earlier }),
          ),
          commentStatement(live, withMarker(model.comment, { role: 'live', ...common, replaced: model.oid })),
        ]
      },
    },
    signal,
  )
  return { kept, closed }
}
