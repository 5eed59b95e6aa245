// Copies rows of a ZIP into temporary tables: for cycles of references, and to compare rows before they are written.
import type pg from 'pg'
import type { TenantContents } from '../../../../ports/tenant.ts'
import { qualified } from '../../dump/snapshot.ts'
import { id } from '../quoting.ts'
import { type CopiedIn, copyIn } from './copy-in.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { columnList } from './statements.ts'

interface Staged {
  /** Quoted: `pg_temp."resguardo 4"`. */
  readonly name: string
  readonly result: CopiedIn
}

/**
 * Creates a table with the columns of the CSV and the types of the database, without constraints, and fills it. Removes
 * the apostrophes that escape formulas for spreadsheets. The table is dropped at the end of the transaction.
 */
export async function stage(
  context: Pick<RestoreContext, 'client' | 'request'>,
  from: { readonly contents: TenantContents; readonly excel: boolean },
  match: Matched,
): Promise<Staged> {
  const { client } = context
  const { guarded = [] } = match.zipped
  const name = await makeTable(
    client,
    `SELECT ${columnList(match.columns)} FROM ${qualified(match.table)} WITH NO DATA`,
  )
  if (guarded.length === 0) {
    const result = await copyIn(context, from, match, name)
    await client.query(`ANALYZE ${name}`)
    return { name, result }
  }
  const asText = match.columns.map((column) => (guarded.includes(column) ? `''::text AS ${id(column)}` : id(column)))
  const raw = await makeTable(client, `SELECT ${asText.join(', ')} FROM ${qualified(match.table)} WITH NO DATA`)
  const result = await copyIn(context, from, match, raw)
  const plain = match.columns.map((column) => (guarded.includes(column) ? unguarded(column, match) : id(column)))
  await client.query(`INSERT INTO ${name} SELECT ${plain.join(', ')} FROM ${raw}`)
  await client.query(`DROP TABLE ${raw}`)
  await client.query(`ANALYZE ${name}`)
  return { name, result }
}

function unguarded(column: string, { table }: Matched): string {
  const type = table.columns.find(({ name }) => name === column)?.type ?? 'text'
  return `(CASE WHEN left(${id(column)}, 1) = '''' THEN substr(${id(column)}, 2) ELSE ${id(column)} END)::${type}`
}

const made = new WeakMap<pg.ClientBase, number>()

/**
 * Creates a temporary table with a unique name, which is dropped at the end of the transaction. Returns the quoted
 * name.
 */
export async function makeTable(client: pg.ClientBase, source: string): Promise<string> {
  const number = (made.get(client) ?? 0) + 1
  made.set(client, number)
  const name = `pg_temp.${id(`resguardo ${number}`)}`
  await client.query(`CREATE TEMP TABLE ${name} ON COMMIT DROP AS ${source}`)
  return name
}
