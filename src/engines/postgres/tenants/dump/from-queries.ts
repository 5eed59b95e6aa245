// Reads the rows of a few tenants with a query per table, which can use indexes. Also reads shared tables.
import { type MappedTable, writtenColumns } from '../../../../domain/tenants/map.ts'
import { fromOf } from '../ownership-sql.ts'
import { text } from '../quoting.ts'
import { csvColumns, freeName, zippedTable } from './columns.ts'
import { copyOut, headerOf } from './copy-out.ts'
import { CsvRows } from './csv-rows.ts'
import { FlaggedRows } from './flagged-rows.ts'
import type { DumpContext, RowsOfTenants } from './from-pass.ts'
import { pathsDisagree } from './pass.ts'
import { tablesAhead } from './tables-ahead.ts'
import type { CsvSource } from './zip.ts'

export function fromQueries(context: DumpContext): RowsOfTenants {
  const { owned, tenants } = context
  async function* of(tenant: string): AsyncGenerator<CsvSource> {
    for (const table of owned) yield await ofTenant(table, tenant, context)
  }
  return {
    groups: () => tenants.map((_, at) => [at]),
    of: (at) => tablesAhead(of(tenants[at] as string)),
    together: () => {
      throw new Error('tenants that are read by queries do not share a ZIP')
    },
    unowned: () => undefined,
    close: async () => {},
  }
}

/** Yields every shared table with all its rows. */
export async function* sharedTables(context: DumpContext): AsyncGenerator<CsvSource> {
  for (const table of context.map.tables) {
    if (table.ownership.kind === 'shared' && writtenColumns(table).length > 0) {
      yield await csvOf(table, `FROM ${fromOf(table)} AS t`, context)
    }
  }
}

/** `read` of the result throws a failure of kind refused if paths of a row lead to different tenants. */
async function ofTenant(table: MappedTable, tenant: string, context: DumpContext): Promise<CsvSource> {
  const { from, where, conflict } = context.sql.ofTenant(table, tenant)
  if (conflict === undefined) return csvOf(table, `${from} WHERE ${where}`, context)
  const { select, options, guarded } = csvColumns(table, context.request.excel)
  const flag = `CASE WHEN ${conflict} THEN 1 END AS ${freeName(table, 'doubt')}`
  const rows = new FlaggedRows()
  return {
    ...(await described(table, select, guarded, context)),
    async *read() {
      for await (const chunk of copyOut(
        context.client,
        `COPY (SELECT ${select}, ${flag} ${from} WHERE ${where}) TO STDOUT (${options})`,
      )) {
        yield rows.push(chunk)
      }
      rows.end()
      if (rows.flagged > 0) await requireAgreement(table, where, context)
    },
    rows: () => rows.rows,
  }
}

/** Throws a failure of kind refused if the tenant's rows also have a path to another tenant. */
async function requireAgreement(table: MappedTable, where: string, { client, sql, mark }: DumpContext): Promise<void> {
  const { from, key } = sql.keyed(table)
  const { rows } = await client.query<{ n: string }>(
    `SELECT count(*) AS n ${from} WHERE ${where} AND ${key} = ${text(mark)}`,
  )
  const disagreeing = Number(rows[0]?.n)
  if (disagreeing > 0) throw pathsDisagree(table, disagreeing)
}

async function csvOf(table: MappedTable, from: string, context: DumpContext): Promise<CsvSource> {
  const { select, options, guarded } = csvColumns(table, context.request.excel)
  const rows = new CsvRows(() => {})
  return {
    ...(await described(table, select, guarded, context)),
    async *read() {
      for await (const chunk of copyOut(context.client, `COPY (SELECT ${select} ${from}) TO STDOUT (${options})`)) {
        rows.push(chunk)
        yield chunk
      }
      rows.end()
    },
    rows: () => rows.rows,
  }
}

async function described(
  table: MappedTable,
  select: string,
  guarded: readonly string[],
  { client, request }: DumpContext,
): Promise<Pick<CsvSource, 'table' | 'header'>> {
  const header = await headerOf(client, select, fromOf(table), request.excel)
  return { table: zippedTable(table, guarded), header }
}
