// Counts what was written to the live database since a swap: an undo of the swap leaves these writes behind.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import { withDatabase } from '../connection/address.ts'
import { queryTables } from '../dump/query-tables.ts'
import { qualified } from '../dump/snapshot.ts'
import { tablesReadBy } from '../owners/planned-code.ts'
import { withSafePlanning } from '../owners/safe-planning.ts'
import type { LiveContext } from './context.ts'
import type { Marker } from './marker.ts'
import type { Properties } from './properties.ts'
import { inSession } from './session.ts'

const unbounded = 2n ** 31n

interface TableLook {
  readonly schema: string
  readonly table: string
  readonly name: string
  /** Schema-qualified and quoted. */
  readonly quoted: string
  readonly isnew: boolean
  readonly altered: boolean
  readonly deleted: string
}

/**
 * SQL: whether a row was written since the swap. xmin, the ID of the transaction that wrote the row, has 32 bits, which
 * are compared on a circle, as PostgreSQL does. A vacuum that freezes the row does not change it. All restored rows
 * were written before the swap's own transaction.
 */
function writtenSince(column: string): string {
  return `((${column}::text::int8 - ($1::numeric % 4294967296)::int8) & 4294967295) < 2147483648`
}

// The pg_attribute rows of a table's system columns are written once, when it is created; DDL and TRUNCATE rewrite its
// pg_class row.
const tablesSql = `
  SELECT n.nspname AS schema, c.relname AS "table", format('%s.%s', n.nspname, c.relname) AS name, format('%I.%I', n.nspname, c.relname) AS quoted,
         EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = -1 AND ${writtenSince('a.xmin')}) AS isnew,
         ${writtenSince('c.xmin')} AS altered, coalesce(pg_stat_get_tuples_deleted(c.oid), 0)::text AS deleted
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   ORDER BY 1`

/** How long an actual undo may count, in ms: it is most likely an emergency. */
const patience = 20_000

/**
 * One sentence for each table with writes that an undo would lose; reads every row. `hurried` stops after 20 s and
 * reports that. Throws only when interrupted: what cannot be determined is reported.
 */
export async function lostWrites(
  context: LiveContext,
  current: Properties,
  { xid, replacedBy, time }: Marker,
  { signal, hurried }: { readonly signal: AbortSignal; readonly hurried: boolean },
): Promise<string[]> {
  if (xid === undefined || replacedBy !== current.oid) {
    return [`${current.name} is not the database that the swap of ${time} created, so its writes cannot be counted.`]
  }
  const limit = hurried ? AbortSignal.any([signal, AbortSignal.timeout(patience)]) : signal
  const sentences: string[] = []
  try {
    await inSession(withDatabase(context.live, current.name), limit, (client) => look(client, xid, sentences))
  } catch (error) {
    if (signal.aborted) throw error
    sentences.push(
      limit.aborted
        ? 'Not all writes could be counted in time; --dry-run counts all of them.'
        : `Could not count all writes to ${current.name}: ${(error as Error).message}.`,
    )
  }
  return sentences
}

async function look(client: pg.Client, xid: string, sentences: string[]): Promise<void> {
  const { rows: now } = await client.query<{ xid: string }>(
    'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid',
  )
  if (BigInt((now[0] as { xid: string }).xid) - BigInt(xid) >= unbounded) {
    sentences.push('Too many transactions since the swap (two billion) to count the writes.')
    return
  }
  const { rows: tables } = await client.query<TableLook>(tablesSql, [xid])
  const read = await tablesReadBy(client, tables)
  const planned = new Set(read.filter((each) => each.expressions || each.ofOthers).map(qualified))
  for (const table of tables) {
    const look = () => lookAtTable(client, table, xid)
    const sentence = await (planned.has(qualified(table)) ? withSafePlanning(client, table, look) : look()).catch(
      (error) => uncounted(table, error),
    )
    if (sentence) sentences.push(sentence)
  }
  sentences.push(...(await lookAtLargeObjects(client, xid)))
}

async function lookAtTable(client: pg.Client, table: TableLook, xid: string): Promise<string | undefined> {
  const { name, quoted, isnew, altered, deleted } = table
  try {
    const rows = await queryTables<{ rows: string }>(
      client,
      `SELECT count(*)::text AS rows FROM ONLY ${quoted} WHERE ${writtenSince('xmin')}`,
      [xid],
    )
    const written = Number(rows[0]?.rows ?? 0)
    if (isnew) return `${name}: a new table, ${count(written, 'row')}.`
    const parts = [
      ...(written > 0 ? [`${count(written, 'row')} inserted or changed`] : []),
      ...(Number(deleted) > 0 ? [`${count(Number(deleted), 'row')} deleted`] : []),
      ...(altered ? ['truncated or altered'] : []),
    ]
    return parts.length > 0 ? `${name}: ${parts.join(', ')}.` : undefined
  } catch (error) {
    return uncounted(table, error)
  }
}

function uncounted({ name }: TableLook, error: unknown): string {
  const isKnown = error instanceof Failure || (error as { code?: string }).code !== undefined
  if (!isKnown) throw error // the connection is lost
  return `${name}: cannot be counted (${(error as Error).message}).`
}

async function lookAtLargeObjects(client: pg.Client, xid: string): Promise<string[]> {
  const { rows } = await client.query<{ objects: string }>(
    `SELECT count(*)::text AS objects FROM pg_largeobject_metadata WHERE ${writtenSince('xmin')}`,
    [xid],
  )
  const objects = Number(rows[0]?.objects ?? 0)
  return objects > 0 ? [`${count(objects, 'large object')} created.`] : []
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}
