// Reads all tenants in one pass over each table: the cost depends on the rows, not on the number of tenants.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import { type MappedTable, nameOf } from '../../../../domain/tenants/map.ts'
import { youngGarbage } from '../../../../streams/young-garbage.ts'
import type { OwnershipSql } from '../ownership-sql.ts'
import { text } from '../quoting.ts'
import { csvColumns, freeName } from './columns.ts'
import { copyAll, copyOut } from './copy-out.ts'
import { CsvRows, endOfFirstField } from './csv-rows.ts'
import type { Spool } from './spool.ts'

/** Numbers of rows of one table. */
export interface Passed {
  readonly rows: number
  /** Rows without a tenant: they name none, or one that does not exist. */
  readonly unowned: number
}

interface Pass {
  readonly client: pg.Client
  readonly sql: OwnershipSql
  readonly mark: string
  readonly spool: Spool
  /** Index of a tenant by its key as COPY writes it in CSV; -1 for a tenant that exists but is not requested. */
  readonly tenants: ReadonlyMap<string, number>
  readonly excel: boolean
}

/** Returns the IDs as COPY writes them in CSV, in the same order, to compare them with the keys of rows. */
export async function keysInCsv(client: pg.Client, ids: readonly string[]): Promise<string[]> {
  const keys: string[] = []
  for (let from = 0; from < ids.length; from += 1000) {
    const batch = ids.slice(from, from + 1000)
    // A second column, because COPY quotes a single column by other rules.
    const values = batch.map((each, at) => `(${at}, ${text(each)})`).join(', ')
    const bytes = await copyAll(
      client,
      `COPY (SELECT k, 1 FROM (VALUES ${values}) AS v(n, k) ORDER BY n) TO STDOUT (FORMAT csv)`,
    )
    const rows = new CsvRows((row, start, end) =>
      keys.push(row.toString('latin1', start, endOfFirstField(row, start, end))),
    )
    rows.push(bytes)
    rows.end()
  }
  return keys
}

/** Reads a table into the spool. Throws a failure of kind refused if paths of a row lead to different tenants. */
export async function readTable(table: MappedTable, pass: Pass): Promise<Passed> {
  const { client, sql, mark, spool, tenants, excel } = pass
  const { from, key } = sql.keyed(table)
  const { select, options } = csvColumns(table, excel)
  const collect = youngGarbage()
  let unowned = 0
  let disagreeing = 0
  const rows = new CsvRows((bytes, start, end) => {
    const keyEnd = endOfFirstField(bytes, start, end)
    const name = bytes.toString('latin1', start, keyEnd)
    const tenant = tenants.get(name)
    if (tenant !== undefined) {
      if (tenant >= 0) spool.add(tenant, bytes, keyEnd + 1, end)
    } else if (name === mark) disagreeing += 1
    else unowned += 1
  })
  for await (const chunk of copyOut(
    client,
    `COPY (SELECT ${key} AS ${freeName(table, 'key')}, ${select} ${from}) TO STDOUT (${options})`,
  )) {
    rows.push(chunk)
    collect(chunk.length)
    await spool.settle()
  }
  rows.end()
  await spool.endTable()
  if (disagreeing > 0) throw pathsDisagree(table, disagreeing)
  return { rows: rows.rows, unowned }
}

/** Returns a failure that names the table, its foreign keys and a rule that resolves the conflict. */
export function pathsDisagree(table: MappedTable, rows: number): Failure {
  const { ownership } = table
  const keys = ownership.kind === 'paths' ? ownership.paths.map(({ foreignKey }) => foreignKey.name) : []
  return new Failure(
    'tenant/ambiguous-owner',
    `${nameOf(table)}: ${rows} rows belong to different tenants by different foreign keys (${keys.join(', ')})`,
    {
      hint: `Correct the rows, or name the foreign key to use: --tenant-rule '${nameOf(table)}: through "${keys[0] ?? 'key'}"'`,
    },
  )
}
