// Rows of few tenants: a query for each table, which indexes answer. And the rows that all share.
import type pg from 'pg'
import { type MappedTable, nameOf, writtenColumns } from '../../../domain/tenants/map.ts'
import { connectToRead } from '../../postgres/compare/session.ts'
import { fromOf } from '../ownership-sql.ts'
import { id, text } from '../quoting.ts'
import { csvColumns, zippedTable } from './columns.ts'
import { copyOut, headerOf, joinSnapshot } from './copy-out.ts'
import { CsvRows } from './csv-rows.ts'
import type { RowsOfTenants, Setting } from './from-a-pass.ts'
import { pathsDisagree } from './pass.ts'
import type { CsvSource } from './zip.ts'

export function fromQueries(setting: Setting): RowsOfTenants {
  const { sql, owned, tenants } = setting
  const agreement = checkAgreement(setting)
  return {
    async *of(at) {
      const tenant = tenants[at] as string
      for (const table of owned) yield await csvOf(table, `WHERE ${sql.belongs(table, tenant)}`, setting)
      await agreement.done
    },
    bytes: () => undefined,
    unowned: () => undefined,
    close: () => agreement.stop(),
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

/**
 * Looks, on a connection of its own beside the reading, whether rows that some path gives to a tenant are another's by another path.
 * `done` then rejects with Failure('refused'); never unhandled.
 */
function checkAgreement(setting: Setting): { readonly done: Promise<void>; stop(): Promise<void> } {
  const { address, request, sql, owned, tenants } = setting
  const doubtful = owned.filter((table) => sql.keyed(table).mayDisagree)
  if (doubtful.length === 0) return { done: Promise.resolve(), stop: async () => {} }
  const stopped = new AbortController()
  const signal = AbortSignal.any([request.signal, stopped.signal])
  const check = async (): Promise<void> => {
    const client = await connectToRead(address, signal)
    try {
      await joinSnapshot(client, request.snapshot)
      for (const tenant of tenants) for (const table of doubtful) await requireAgreement(client, table, tenant, setting)
    } finally {
      await client.end().catch(() => {})
    }
  }
  const done = check()
  done.catch(() => {})
  return {
    done,
    stop: async () => {
      stopped.abort()
      await done.catch(() => {})
    },
  }
}

/** First the quick question, whether all paths lead to this tenant; only where some row's do not, whether they lead to another. */
async function requireAgreement(client: pg.ClientBase, table: MappedTable, tenant: string, setting: Setting): Promise<void> {
  const { sql, mark } = setting
  const stray = strays(table, tenant, setting)
  if (stray !== undefined) {
    const some = await client.query(`SELECT FROM ${fromOf(table)} AS t WHERE ${sql.belongs(table, tenant)} AND ${stray} LIMIT 1`)
    if (some.rowCount === 0) return
  }
  const { from, key } = sql.keyed(table)
  const { rows } = await client.query<{ n: string }>(
    `SELECT count(*) AS n ${from} WHERE ${sql.belongs(table, tenant)} AND ${key} = ${text(mark)}`,
  )
  const disagreeing = Number(rows[0]?.n)
  if (disagreeing > 0) throw pathsDisagree(table, disagreeing)
}

/** A condition on `t`: some path says something, and does not lead to the tenant. Undefined where that is not so simple. */
function strays(table: MappedTable, tenant: string, { sql, map }: Setting): string | undefined {
  const { ownership } = table
  if (ownership.kind !== 'paths' || ownership.self.length > 0 || ownership.paths.length < 2) return undefined
  const conditions = ownership.paths.map(({ foreignKey: { columns, target, targetColumns } }) => {
    const parent = map.tables.find((each) => nameOf(each) === nameOf(target))
    if (!parent) throw new Error(`${nameOf(target)} is not in the map`)
    const says = columns.map((name) => `t.${id(name)} IS NOT NULL`).join(' AND ')
    const on = columns.map((name, at) => `p.${id(targetColumns[at] ?? '')} = t.${id(name)}`).join(' AND ')
    const leads = `SELECT FROM ${fromOf(parent)} AS p WHERE ${on} AND ${sql.belongs(parent, tenant, 'p')}`
    return `(${says} AND NOT EXISTS (${leads}))`
  })
  return `(${conditions.join(' OR ')})`
}
