// Rows of few tenants: a query for each table, which indexes answer. And the rows that all share.
import { type MappedTable, writtenColumns } from '../../../domain/tenants/map.ts'
import { fromOf } from '../ownership-sql.ts'
import { text } from '../quoting.ts'
import { csvColumns, zippedTable } from './columns.ts'
import { copyOut, headerOf } from './copy-out.ts'
import { CsvRows } from './csv-rows.ts'
import type { RowsOfTenants, Setting } from './from-a-pass.ts'
import { pathsDisagree } from './pass.ts'
import type { CsvSource } from './zip.ts'

export function fromQueries(setting: Setting): RowsOfTenants {
  const { sql, owned, tenants } = setting
  return {
    async *of(at) {
      const tenant = tenants[at] as string
      for (const table of owned) {
        await requireAgreement(table, tenant, setting)
        yield await csvOf(table, `WHERE ${sql.belongs(table, tenant)}`, setting)
      }
    },
    bytes: () => undefined,
    unowned: () => undefined,
    close: async () => {},
  }
}

/** Every shared table, whole. */
export async function* sharedTables(setting: Setting): AsyncGenerator<CsvSource> {
  for (const table of setting.map.tables) {
    if (table.ownership.kind === 'shared' && writtenColumns(table).length > 0) yield await csvOf(table, '', setting)
  }
}

async function csvOf(table: MappedTable, where: string, { client, request }: Setting): Promise<CsvSource> {
  const { select, options, guarded } = csvColumns(table, request.excel)
  const rows = new CsvRows(() => {})
  return {
    table: zippedTable(table, guarded),
    header: await headerOf(client, select, fromOf(table)),
    async *read() {
      for await (const chunk of copyOut(
        client,
        `COPY (SELECT ${select} FROM ${fromOf(table)} AS t ${where}) TO STDOUT (${options})`,
      )) {
        rows.push(chunk)
        yield chunk
      }
      rows.end()
    },
    rows: () => rows.rows,
  }
}

/** Throws Failure('refused') if rows that some path gives to the tenant are another's by another path. */
async function requireAgreement(table: MappedTable, tenant: string, { client, sql, mark }: Setting): Promise<void> {
  const { from, key, mayDisagree } = sql.keyed(table)
  if (!mayDisagree) return
  const { rows } = await client.query<{ n: string }>(
    `SELECT count(*) AS n ${from} WHERE ${sql.belongs(table, tenant)} AND ${key} = ${text(mark)}`,
  )
  const disagreeing = Number(rows[0]?.n)
  if (disagreeing > 0) throw pathsDisagree(table, disagreeing)
}
