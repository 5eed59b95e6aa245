// Deletes many rows in batches: checks for interruption before each batch, and reports progress after it.
import { nameOf } from '../../../../domain/tenants/map.ts'
import { fromOf } from '../ownership-sql.ts'
import { id } from '../quoting.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { makeTable } from './stage.ts'
import { deleteStatement, writeRows } from './statements.ts'

const step = 5000

/** `match` must have a key, and its rows must not refer to each other. `rows`: number of rows that match `where`. */
export async function deleteInSteps(
  context: RestoreContext,
  { table, key }: Matched,
  where: string,
  rows: number,
): Promise<void> {
  const { client, ledger, request } = context
  const what = `${nameOf(table)}: deleted`
  const keys = key.map((name, at) => `t.${id(name)} AS k${at}`).join(', ')
  const gone = await makeTable(
    client,
    `SELECT ${keys}, pg_catalog.row_number() OVER () AS n FROM ${fromOf(table)} AS t WHERE ${where}`,
  )
  await client.query(`CREATE INDEX ON ${gone} (n)`)
  await client.query(`ANALYZE ${gone}`)
  const mine = key.map((name, at) => `t.${id(name)} OPERATOR(pg_catalog.=) g.k${at}`).join(' AND ')
  let deleted = 0
  for (let from = 1; from <= rows; from += step) {
    request.signal.throwIfAborted()
    const some = `EXISTS (SELECT FROM ${gone} AS g WHERE ${mine} AND g.n BETWEEN ${from} AND ${from + step - 1})`
    deleted += await writeRows(client, deleteStatement(table, some))
    request.progress({ what, rows: deleted, of: rows })
  }
  ledger.add(table, { deleted })
  await client.query(`DROP TABLE ${gone}`)
}
