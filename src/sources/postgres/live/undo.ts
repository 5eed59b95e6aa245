// Undoing the last swap: which writes it would lose, and the names exchanged back.
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import type { Undone } from '../../../operations/platform-ports.ts'
import { nameBlockers, refuseBlocked } from './blockers.ts'
import type { LiveContext } from './context.ts'
import { exchangeNames } from './exchange.ts'
import { lostWrites } from './lost-writes.ts'
import { type Marker, readComment, withMarker } from './marker.ts'
import { besideName } from './names.ts'
import { commentStatement, readProperties } from './properties.ts'
import { databaseNames, inSession, maintenanceOf, serverTime } from './session.ts'

interface Kept {
  readonly oid: number
  readonly name: string
  readonly comment: string | undefined
  readonly marker: Marker
}

/** The newest database that a swap of this live database put aside. */
async function newestKept(client: pg.Client, live: string): Promise<Kept> {
  const { rows } = await client.query<{ oid: string; name: string; comment: string | null }>(
    "SELECT oid::int8::text AS oid, datname::text AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database",
  )
  const kept = rows.flatMap(({ oid, name, comment }): Kept[] => {
    const { marker, comment: own } = readComment(comment)
    return marker?.role === 'before' && marker.database === live ? [{ oid: Number(oid), name, comment: own, marker }] : []
  })
  const [newest] = kept.sort((a, b) => (a.marker.time < b.marker.time ? 1 : -1))
  if (newest) return newest
  throw new Failure('refused', `no database is kept from an earlier restore of ${live}: there is nothing to undo`, {
    hint: 'Only a restore with --strategy swap can be undone. To go back further, restore an older backup: `resguardo list`.',
  })
}

/** Says what undoing would lose; with `really` also does it. Throws Failure, and then all is as it was. */
export async function undoSwap(
  context: LiveContext,
  { really, signal }: { readonly really: boolean; readonly signal: AbortSignal },
): Promise<Undone> {
  const live = context.live.database
  return inSession(maintenanceOf(context), signal, async (client) => {
    const kept = await newestKept(client, live)
    const { marker, name: from } = kept
    const current = await readProperties(client, live)
    const lost = current ? await lostWrites(context, current, marker, { signal, hurried: really }) : []
    const told = { from, backup: marker.backup, swapped: marker.time, lost }
    if (!really) {
      const blocked = (await nameBlockers(client, live)).filter(({ state }) => state === 'blocked')
      return { ...told, lost: [...lost, ...blocked.map(({ title, detail }) => `${title}: ${detail}.`)], kept: undefined }
    }
    await refuseBlocked(client, live)
    const { stamp, iso } = await serverTime(client)
    const aside = besideName(live, 'undone', stamp, await databaseNames(client))
    const comeBack = { oid: kept.oid, from, to: live }
    await exchangeNames(
      context,
      {
        renames: current ? [{ oid: current.oid, from: live, to: aside }, comeBack] : [comeBack],
        before: [],
        after: (xid) => [
          commentStatement(live, kept.comment),
          ...(current
            ? [
                commentStatement(
                  aside,
                  withMarker(current.comment, {
                    role: 'undone',
                    database: live,
                    backup: marker.backup,
                    time: iso,
                    xid,
                    replacedBy: kept.oid,
                  }),
                ),
              ]
            : []),
        ],
      },
      signal,
    )
    return { ...told, kept: current ? aside : undefined }
  })
}
