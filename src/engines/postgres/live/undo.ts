// Undoes the last swap: reports which writes would be lost, and exchanges the names back.
import type pg from 'pg'
import type { LiveServer, RestoreRequest, Undone, UndoPair } from '../../../ports/restore.ts'
import { nameBlockers, refuseBlocked } from './blockers.ts'
import type { LiveContext } from './context.ts'
import { lostWrites } from './lost-writes.ts'
import { withMarker } from './marker.ts'
import { newDatabaseName } from './names.ts'
import { commentStatement } from './properties.ts'
import { databaseNames, inSession, maintenanceOf, serverTime } from './session.ts'
import { swapDatabaseNames } from './swap-names.ts'
import { type ConfirmedPair, findPair } from './undo-pair.ts'

/** The two databases that an undo would exchange. Throws a failure of kind refused if there is no such pair. */
export async function undoPair(context: LiveContext, signal: AbortSignal): Promise<UndoPair> {
  return inSession(maintenanceOf(context), signal, async (client) => {
    const { live, kept, backup, swapped } = await findPair(client, context.live.database)
    return { live, kept, backup, swapped }
  })
}

/**
 * Reports what an undo would lose; with `really` also undoes the swap. Throws Failure, and then nothing has changed,
 * unless the code is `restore/commit-unknown`.
 */
export async function undoSwap(
  context: LiveContext,
  { really, signal, reached }: Parameters<LiveServer['undo']>[0],
): Promise<Undone> {
  return inSession(maintenanceOf(context), signal, async (client) => {
    const pair = await findPair(client, context.live.database)
    const { live, kept, backup, swapped } = pair
    const lost = await lostWrites(context, pair.current, pair.marker, { signal, hurried: really })
    if (!really) {
      const blocked = (await nameBlockers(client, live.name)).filter(({ state }) => state === 'blocked')
      const sentences = blocked.map(({ title, detail }) => `${title}. ${detail}.`)
      return { live, kept, backup, swapped, lost: [...lost, ...sentences], aside: undefined }
    }
    await refuseBlocked(client, live.name)
    return { live, kept, backup, swapped, lost, aside: await exchangeBack(context, client, pair, { signal, reached }) }
  })
}

/** Returns the new name of the database that was live. */
async function exchangeBack(
  context: LiveContext,
  client: pg.Client,
  pair: ConfirmedPair,
  { signal, reached }: { readonly signal: AbortSignal; readonly reached: RestoreRequest['reached'] | undefined },
): Promise<string> {
  const { live, kept, current, comment, marker } = pair
  const { stamp, iso } = await serverTime(client)
  const aside = newDatabaseName(live.name, 'undone', stamp, await databaseNames(client))
  await swapDatabaseNames(
    context,
    {
      renames: [
        { oid: live.oid, from: live.name, to: aside },
        { oid: kept.oid, from: kept.name, to: live.name },
      ],
      before: [],
      ...(reached && { reached }),
      after: (xid) => {
        const undone = {
          role: 'undone',
          database: live.name,
          backup: pair.backup,
          time: iso,
          xid,
          replacedBy: kept.oid,
        } as const
        return [
          commentStatement(live.name, withMarker(comment, marker.earlier)),
          commentStatement(aside, withMarker(current.comment, undone)),
        ]
      },
    },
    signal,
  )
  return aside
}
