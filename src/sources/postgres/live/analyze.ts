// Statistics of a restored database, without contact to foreign servers.
import type pg from 'pg'

// ANALYZE of a table also reads its children and partitions, foreign tables among them.
const relationsSql = `
  WITH RECURSIVE above AS (
    SELECT i.inhparent AS oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'f'
    UNION SELECT i.inhparent FROM pg_inherits i JOIN above a ON a.oid = i.inhrelid
  )
  SELECT format('%I.%I', n.nspname, c.relname) AS name, c.oid IN (SELECT oid FROM above) AS "readsForeign"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema'`

/** Runs ANALYZE on all tables but those with a foreign table below them. Returns notes. */
export async function analyze(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; readsForeign: boolean }>(relationsSql)
  const foreign = rows.filter(({ readsForeign }) => readsForeign).map(({ name }) => name)
  const others = rows.filter(({ readsForeign }) => !readsForeign).map(({ name }) => name)
  await client.query(foreign.length === 0 ? 'ANALYZE' : `ANALYZE ${others.join(', ')}`)
  return foreign.length === 0 ? [] : [`Not analyzed, because they have foreign tables below them: ${foreign.join(', ')}.`]
}
