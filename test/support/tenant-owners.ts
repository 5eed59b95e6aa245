// Whose each row of a database is, asked for in both ways that the source has, which must agree.
import type pg from 'pg'
import { expect } from 'vitest'
import { isOwned, nameOf, type TenantMap, type TenantRules } from '../../src/domain/tenants/map.ts'
import { mapTenants } from '../../src/domain/tenants/map-tenants.ts'
import { parseTableRule } from '../../src/domain/tenants/table-rule.ts'
import { connectToRead } from '../../src/sources/postgres/compare/session.ts'
import { readTables } from '../../src/sources/tenants/catalogue.ts'
import { fromOf, OwnershipSql } from '../../src/sources/tenants/ownership-sql.ts'
import type { TestPostgres } from './postgres-server.ts'

/** The key of rows whose paths disagree. */
export const mark = '!'

/** Table -> primary key (or content) of each row -> its tenant, null for nobody. */
export type Whose = Record<string, Record<string, string | null>>

export interface Asked extends Partial<Omit<TenantRules, 'rules'>> {
  readonly rules?: readonly string[]
}

/** Makes a database with this SQL, and says whose each row is after checking that both ways to ask agree. */
export async function ownersOfDatabase(
  server: TestPostgres,
  database: string,
  sql: string,
  { rules = [], ...asked }: Asked = {},
): Promise<{ map: TenantMap; whose: Whose }> {
  await server.createDatabase(database)
  await server.query(database, sql)
  const client = await connectToRead(server.address(database), new AbortController().signal)
  try {
    await client.query('SET jit = off')
    const map = mapTenants(await readTables(client), {
      table: { schema: 'public', table: 'Tenant' },
      column: 'tenantId',
      rules: rules.flatMap((text) => parseTableRule(text) ?? []),
      ...asked,
    })
    const whose: Whose = {}
    for (const table of map.tables.filter(isOwned)) whose[nameOf(table)] = await ownersOf(client, map, table)
    return { map, whose }
  } finally {
    await client.end()
  }
}

interface Owned {
  readonly name: string
  readonly place: string
  readonly key: string | null
}

async function ownersOf(client: pg.Client, map: TenantMap, table: TenantMap['tables'][number]): Promise<Whose[string]> {
  const writer = new OwnershipSql(map, mark)
  const { from, key, mayDisagree } = writer.keyed(table)
  const name =
    table.primaryKey.length > 0 ? table.primaryKey.map((column) => `t."${column.replaceAll('"', '""')}"::text`) : ['t::text']
  const place = "t.tableoid::text || ' ' || t.ctid::text"
  const { rows } = await client.query<Owned>(
    `SELECT concat_ws(',', ${name.join(', ')}) AS name, ${place} AS place, ${key} AS key ${from}`,
  )
  const { rows: all } = await client.query<{ place: string }>(`SELECT ${place} AS place FROM ${fromOf(table)} AS t`)
  expect(rows.map((row) => row.place).sort(), nameOf(table)).toEqual(all.map((row) => row.place).sort())
  const disagreeing = new Set(rows.filter((row) => row.key === mark).map((row) => row.place))
  if (disagreeing.size > 0) expect(mayDisagree).toBe(true)
  for (const tenant of new Set(rows.flatMap((row) => (row.key === null || row.key === mark ? [] : [row.key])))) {
    const sql = `SELECT ${place} AS place FROM ${fromOf(table)} AS t WHERE ${writer.belongs(table, tenant)}`
    const { rows: found } = await client.query<{ place: string }>(sql)
    const sure = found.map((row) => row.place).filter((each) => !disagreeing.has(each))
    const expected = rows.filter((row) => row.key === tenant).map((row) => row.place)
    expect(sure.sort(), `${nameOf(table)} of ${tenant}`).toEqual(expected.sort())
  }
  return Object.fromEntries(rows.map((row) => [row.name, row.key]))
}
