// Marks a restore that puts no database aside: after it, `--undo` no longer offers the database of an earlier swap.
import type pg from 'pg'
import type { RestoreMark } from '../../../ports/restore.ts'
import { withMarker } from './marker.ts'
import { commentStatement, readProperties } from './properties.ts'
import { serverTime } from './session.ts'

/** SQL for the restore's transaction, or to run after it; undefined if this role may not comment on the database. */
export async function markStatement(client: pg.Client, mark: RestoreMark): Promise<string | undefined> {
  const { rows } = await client.query<{ database: string; owns: boolean }>(
    `SELECT datname::text AS database, pg_has_role(datdba, 'USAGE') AS owns FROM pg_database WHERE datname = current_database()`,
  )
  const [{ database, owns } = { database: '', owns: false }] = rows
  if (!owns) return undefined
  const { comment, marker } = (await readProperties(client, database)) ?? {}
  const replaced = marker?.role === 'live' ? marker.replaced : undefined
  const time = (await serverTime(client)).iso
  return commentStatement(
    database,
    withMarker(comment, { role: 'live', database, time, ...mark, replaced, inPlace: true }),
  )
}

export const notMarked =
  'restore --undo cannot find this restore, because only the database owner can record it in the database comment.'
