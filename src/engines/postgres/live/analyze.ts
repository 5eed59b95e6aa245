// Gathers statistics of a restored database without contacting foreign servers.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'

// ANALYZE of a table also reads its children and partitions, foreign tables among them.
const relationsSql = `
  WITH RECURSIVE above AS (
    SELECT i.inhparent AS oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'f'
    UNION SELECT i.inhparent FROM pg_inherits i JOIN above a ON a.oid = i.inhrelid
  )
  SELECT format('%I.%I', n.nspname, c.relname) AS name, c.oid IN (SELECT oid FROM above) AS "readsForeign"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema'`

const shown = 10

/**
 * Runs ANALYZE on all tables except those with a foreign table among their children; table by table if one fails,
 * because an index expression may need a search_path. Returns notes about tables without statistics. Throws only if the
 * connection is lost or the statement is canceled.
 */
export async function analyze(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; readsForeign: boolean }>(relationsSql)
  const foreign = rows.filter(({ readsForeign }) => readsForeign).map(({ name }) => name)
  const others = rows.filter(({ readsForeign }) => !readsForeign).map(({ name }) => name)
  const notes =
    foreign.length === 0
      ? []
      : [`Not analyzed, because they have foreign tables as partitions or children: ${foreign.join(', ')}.`]
  if (foreign.length > 0 && others.length === 0) return notes // ANALYZE without a list would read all tables
  const error = await errorOf(client, foreign.length === 0 ? 'ANALYZE' : `ANALYZE ${others.join(', ')}`)
  if (error === undefined) return notes
  const failed: string[] = []
  for (const name of others) if ((await errorOf(client, `ANALYZE ${name}`)) !== undefined) failed.push(name)
  if (failed.length === 0) return notes
  const more = failed.length > shown ? ` and ${failed.length - shown} more` : ''
  return [...notes, `Could not gather statistics of ${failed.slice(0, shown).join(', ')}${more}: ${error}.`]
}

/** The server's error message; undefined on success. */
async function errorOf(client: pg.ClientBase, sql: string): Promise<string | undefined> {
  try {
    await client.query(sql)
    return undefined
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string }
    if (error instanceof Failure || code === undefined || /^(08|57)/.test(code)) throw error
    return message ?? code
  }
}
