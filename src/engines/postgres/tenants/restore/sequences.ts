// Advances sequences whose columns have higher values after a restore; never sets one back.
import type pg from 'pg'
import { nameOf } from '../../../../domain/tenants/map.ts'
import { qualified } from '../../dump/snapshot.ts'
import { fromOf } from '../ownership-sql.ts'
import { id } from '../quoting.ts'
import type { Matched } from './restore-context.ts'
import { countOf } from './statements.ts'

interface Owned {
  readonly schema: string
  readonly sequence: string
  readonly tableSchema: string
  readonly table: string
  readonly column: string
}

/** Sequences of serial and identity columns that count upwards. */
const ownedSql = `
  SELECT sn.nspname AS schema, s.relname AS sequence, tn.nspname AS "tableSchema", t.relname AS "table", a.attname AS "column"
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid JOIN pg_namespace sn ON sn.oid = s.relnamespace
    JOIN pg_sequence q ON q.seqrelid = s.oid
    JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND s.relkind = 'S'
     AND q.seqincrement > 0 AND a.atttypid::regtype::text IN ('smallint', 'integer', 'bigint', 'numeric')
   ORDER BY 1, 2`

/**
 * Maximum number of calls of nextval, which is safe with concurrent sessions. A longer advance uses setval if the role
 * may.
 */
const fewSteps = 1000

/**
 * Advances the sequences of restored tables. A rollback does not undo it, so call it last. Returns a sentence for each
 * sequence that was advanced, or could not be.
 */
export async function moveSequencesOn(client: pg.ClientBase, matches: readonly Matched[]): Promise<string[]> {
  const { rows } = await client.query<Owned>(ownedSql)
  const filled = new Map(matches.filter(({ zipped }) => zipped.rows > 0).map((match) => [nameOf(match.table), match]))
  const notes: string[] = []
  for (const owned of rows) {
    const match = filled.get(nameOf({ schema: owned.tableSchema, table: owned.table }))
    if (!match?.columns.includes(owned.column)) continue
    const note = await moveOn(client, owned, match)
    if (note !== undefined) notes.push(note)
  }
  return notes
}

async function moveOn(client: pg.ClientBase, owned: Owned, { table }: Matched): Promise<string | undefined> {
  const name = qualified({ schema: owned.schema, table: owned.sequence })
  const shown = `${owned.schema}.${owned.sequence}`
  const { rows } = await client.query<{
    most: string | null
    beyond: boolean
    steps: string
    fits: boolean
    settable: boolean
  }>(
    `SELECT m.most::text AS most, m.most >= s.next AS beyond, ceil((m.most - s.next + 1) / q.seqincrement::numeric)::text AS steps,
            m.most <= q.seqmax AS fits, has_sequence_privilege(q.seqrelid, 'UPDATE') AS settable
       FROM (SELECT max(t.${id(owned.column)})::numeric AS most FROM ${fromOf(table)} AS t) AS m,
            (SELECT last_value::numeric + CASE WHEN is_called THEN 1 ELSE 0 END AS next FROM ${name}) AS s,
            pg_sequence q WHERE q.seqrelid = $1::regclass`,
    [name],
  )
  const [found] = rows
  if (!found?.beyond || found.most === null) return undefined
  if (!found.fits) return `${shown} could not be set to ${found.most}, which is above its maximum.`
  if (Number(found.steps) <= fewSteps || !found.settable) {
    await countOf(
      client,
      `SELECT count(nextval(${regclass(name)})) AS n FROM generate_series(1, ${Number(found.steps)})`,
    )
  } else {
    await client.query(
      `SELECT setval(${regclass(name)}, greatest(${found.most}, (SELECT last_value FROM ${name}))::bigint)`,
    )
  }
  return `${shown} was set to ${found.most}, the highest value of ${nameOf(table)}.${owned.column}.`
}

function regclass(name: string): string {
  return `'${name.replaceAll("'", "''")}'::regclass`
}
