// Determines the owner of each row of a database in both ways that the engine has, which must agree.
import type pg from 'pg'
import { expect } from 'vitest'
import { isOwned, type MappedTable, nameOf, type TenantMap, type TenantRules } from '../../src/domain/tenants/map.ts'
import { mapTenants } from '../../src/domain/tenants/map-tenants.ts'
import { parseTableRule } from '../../src/domain/tenants/table-rule.ts'
import { connectToRead } from '../../src/engines/postgres/compare/session.ts'
import { readTables } from '../../src/engines/postgres/tenants/catalogue.ts'
import { listTenants } from '../../src/engines/postgres/tenants/dump/tenants.ts'
import { fromOf, OwnershipSql } from '../../src/engines/postgres/tenants/ownership-sql.ts'
import type { TestPostgres } from './postgres-server.ts'

/** The key of rows whose paths disagree. */
export const mark = '!'

/** Table -> primary key (or content) of each row -> its tenant, or null. */
export type RowOwners = Record<string, Record<string, string | null>>

export interface OwnershipOptions extends Partial<Omit<TenantRules, 'rules'>> {
  readonly rules?: readonly string[]
}

/** Creates a database with this SQL, and returns each row's owner after checking that both queries agree. */
export async function ownersOfDatabase(
  server: TestPostgres,
  database: string,
  sql: string,
  { rules = [], ...asked }: OwnershipOptions = {},
): Promise<{ map: TenantMap; whose: RowOwners }> {
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
    const whose: RowOwners = {}
    const doubts: Doubts = { disagreeing: new Set(), found: new Set() }
    for (const table of map.tables.filter(isOwned))
      whose[nameOf(table)] = await ownersOf({ client, map, table, doubts })
    expect(doubts.found, 'tenants with rows that disagree, found by doubting').toEqual(doubts.disagreeing)
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

/** Tenants with rows whose paths disagree, and those of them that a table's own conflict expression finds. */
interface Doubts {
  readonly disagreeing: Set<string>
  readonly found: Set<string>
}

interface Asking {
  readonly client: pg.Client
  readonly map: TenantMap
  readonly table: MappedTable
  readonly doubts: Doubts
}

async function ownersOf({ client, map, table, doubts }: Asking): Promise<RowOwners[string]> {
  const writer = new OwnershipSql(map, mark)
  const { from, key, mayDisagree } = writer.keyed(table)
  const name =
    table.primaryKey.length > 0
      ? table.primaryKey.map((column) => `t."${column.replaceAll('"', '""')}"::text`)
      : ['t::text']
  const place = "t.tableoid::text || ' ' || t.ctid::text"
  const { rows } = await client.query<Owned>(
    `SELECT concat_ws(',', ${name.join(', ')}) AS name, ${place} AS place, ${key} AS key ${from}`,
  )
  const { rows: all } = await client.query<{ place: string }>(`SELECT ${place} AS place FROM ${fromOf(table)} AS t`)
  expect(rows.map((row) => row.place).sort(), nameOf(table)).toEqual(all.map((row) => row.place).sort())
  const disagreeing = new Set(rows.filter((row) => row.key === mark).map((row) => row.place))
  if (disagreeing.size > 0) expect(mayDisagree).toBe(true)
  for (const tenant of await listTenants(client, map)) {
    const of = writer.ofTenant(table, tenant)
    const { rows: found } = await client.query<{ place: string; doubted: boolean }>(
      `SELECT ${place} AS place, ${of.conflict ?? 'false'} AS doubted ${of.from} WHERE ${of.where}`,
    )
    const sure = found.map((row) => row.place).filter((each) => !disagreeing.has(each))
    const expected = rows.filter((row) => row.key === tenant).map((row) => row.place)
    expect(sure.sort(), `${nameOf(table)} of ${tenant}`).toEqual(expected.sort())
    const both = found.filter((row) => disagreeing.has(row.place))
    if (both.length > 0) doubts.disagreeing.add(tenant)
    if (both.some(({ doubted }) => doubted)) doubts.found.add(tenant)
  }
  return Object.fromEntries(rows.map((row) => [row.name, row.key]))
}
