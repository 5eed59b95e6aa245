// Checks whether the server has room for the locks of a restore in one transaction.
import type { Step } from '../../../ports/restore.ts'
import type { PreflightContext } from './preflight-context.ts'
import { inSession } from './session.ts'

/** Above this multiple of the room that the settings promise, locks certainly run out: PostgreSQL has a little more. */
const certainly = 1.5

/** A restore in place locks each relation and large object that it drops or creates, until it commits. */
export async function checkLocks({ context, request, live, client }: PreflightContext): Promise<Step[]> {
  if (request.strategy !== 'in-place' || !live) return []
  const { rows } = await client.query<{ room: number }>(
    `SELECT current_setting('max_locks_per_transaction')::int
          * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) AS room`,
  )
  const room = rows[0]?.room ?? 0
  const here = await inSession(context.live, request.signal, async (session) => {
    const counted = await session.query<{ objects: number }>(
      `SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i', 'S', 'v', 'm', 'p', 'I', 'f'))::int
            + (SELECT count(*) FROM pg_largeobject_metadata)::int AS objects`,
    )
    return counted.rows[0]?.objects ?? 0
  })
  const { tables, sequences, largeObjects } = request.manifest.fingerprint
  const needed = here + tables.length + sequences.length + (largeObjects?.count ?? 0)
  if (needed <= room) return [{ title: `The server has room for ${needed} locks`, state: 'done' }]
  return [
    {
      title: `One transaction needs about ${needed} locks, and the server has room for ${room}`,
      state: needed > room * certainly ? 'blocked' : 'warning',
      detail: 'Raise max_locks_per_transaction and restart the server, or use --strategy swap',
    },
  ]
}
