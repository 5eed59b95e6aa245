// Gives staged rows new primary keys, and updates the foreign keys that refer to them.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import { type ColumnShape, nameOf } from '../../../../domain/tenants/map.ts'
import { qualified } from '../../dump/snapshot.ts'
import { id, text } from '../quoting.ts'
import { columnId } from './match-tables.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { makeTable } from './stage.ts'

interface Place {
  readonly match: Matched
  readonly column: string
}

/**
 * Changes primary keys of one column and, of longer ones, the columns with a sequence. A foreign key that refers to
 * such a column gets its new values. `ids`: columns with tenants' IDs, which are not changed.
 */
export async function remapKeys(
  context: RestoreContext,
  staged: ReadonlyMap<Matched, string>,
  ids: ReadonlySet<string>,
): Promise<void> {
  const { client, matches } = context
  const places = new Map<string, Place>()
  const renewed = new Set<string>()
  const sequences = new Map<string, string>()
  for (const match of matches) {
    for (const column of match.columns) places.set(columnId(match.table, column), { match, column })
    for (const column of match.key) {
      const place = columnId(match.table, column)
      if (ids.has(place)) continue
      const sequence = await sequenceOf(client, match, column)
      if (sequence !== undefined) sequences.set(place, sequence)
      if (match.key.length === 1 || sequence !== undefined) renewed.add(place)
    }
  }
  const roots = rootsOf(matches, places, renewed)
  const followers = new Map<string, string[]>()
  for (const [place, root] of roots) followers.set(root, [...(followers.get(root) ?? []), place])
  for (const [root, all] of followers) {
    const { match, column } = places.get(root) as Place
    const source = staged.get(match)
    if (source === undefined) continue
    const map = await makeTable(
      client,
      `SELECT k.old, ${await newValue(client, match, column, sequences.get(root))} AS new
         FROM (SELECT DISTINCT ${id(column)} AS old FROM ${source}) AS k`,
    )
    await client.query(`ANALYZE ${map}`)
    for (const each of all) {
      const place = places.get(each) as Place
      const name = staged.get(place.match)
      if (name === undefined) continue
      await client.query(
        `UPDATE ${name} AS s SET ${id(place.column)} = m.new FROM ${map} AS m WHERE s.${id(place.column)} = m.old`,
      )
    }
    await client.query(`DROP TABLE ${map}`)
  }
}

/**
 * For each column that changes, the column whose new values it gets: itself, or the one that its foreign keys lead to.
 */
function rootsOf(
  matches: readonly Matched[],
  places: ReadonlyMap<string, Place>,
  renewed: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const edges = new Map<string, string[]>()
  for (const { table } of matches) {
    for (const { columns, target, targetColumns } of table.foreignKeys) {
      for (const [at, column] of columns.entries()) {
        const to = columnId(target, targetColumns[at] ?? '')
        const from = columnId(table, column)
        if (places.has(to)) edges.set(from, [...(edges.get(from) ?? []), to])
      }
    }
  }
  const find = (place: string, seen: ReadonlySet<string>): string | undefined => {
    for (const to of edges.get(place) ?? []) {
      if (seen.has(to)) continue
      const root = find(to, new Set([...seen, to]))
      if (root !== undefined) return root
    }
    return renewed.has(place) ? place : undefined
  }
  const roots = new Map<string, string>()
  for (const place of [...edges.keys(), ...renewed].sort()) {
    const root = find(place, new Set([place]))
    // Of keys that refer to each other in a cycle, the one that was found first is the root.
    if (root !== undefined) roots.set(place, roots.get(root) ?? root)
  }
  return roots
}

async function sequenceOf(client: pg.ClientBase, { table }: Matched, column: string): Promise<string | undefined> {
  const { rows } = await client.query<{ s: string | null }>('SELECT pg_get_serial_sequence($1, $2) AS s', [
    qualified(table),
    column,
  ])
  return rows[0]?.s ?? undefined
}

async function newValue(
  client: pg.ClientBase,
  { table }: Matched,
  column: string,
  sequence: string | undefined,
): Promise<string> {
  const shape = table.columns.find(({ name }) => name === column) as ColumnShape
  if (sequence !== undefined) return `nextval(${text(sequence)})`
  if (shape.type === 'uuid') return 'gen_random_uuid()'
  if (shape.category === 'S') return 'gen_random_uuid()::text'
  if (/^(smallint|integer|bigint|numeric.*)$/.test(shape.type)) {
    const { rows } = await client.query<{ most: string }>(
      `SELECT coalesce(max(${id(column)}), 0)::text AS most FROM ${qualified(table)}`,
    )
    return `(${rows[0]?.most ?? 0}::numeric + row_number() OVER ())`
  }
  throw new Failure(
    'tenant/remap-impossible',
    `could not generate new keys for ${nameOf(table)}.${column} of type ${shape.type}`,
    {
      hint: 'Restore the copy into another database, without --remap-keys.',
    },
  )
}
