// Rows of many tenants: one pass over each table into a spool, then tenant by tenant out of it.
import type pg from 'pg'
import { type MappedTable, nameOf, type TenantMap } from '../../../domain/tenants/map.ts'
import type { TenantDumpRequest } from '../../../operations/tenant-ports.ts'
import type { Address } from '../../postgres/address.ts'
import { fromOf, type OwnershipSql } from '../ownership-sql.ts'
import { csvColumns, zippedTable } from './columns.ts'
import { headerOf } from './copy-out.ts'
import { keysInCsv, type Passed, readTablesOnce } from './pass.ts'
import { Spool } from './spool.ts'
import type { CsvSource } from './zip.ts'

export interface DumpContext {
  readonly address: Address
  readonly client: pg.Client
  readonly request: TenantDumpRequest
  readonly map: TenantMap
  readonly sql: OwnershipSql
  readonly mark: string
  /** Every tenant there is, and those asked for. */
  readonly all: readonly string[]
  readonly tenants: readonly string[]
  /** Tables of tenants, in order of import. */
  readonly owned: readonly MappedTable[]
}

/** Rows ready to be zipped. */
export interface RowsOfTenants {
  /** The tables of a tenant, by its place among those asked for; to be read once, in order. */
  of(tenant: number): AsyncIterable<CsvSource> | Iterable<CsvSource>
  /** Rows of nobody; undefined where not all rows were looked at. */
  unowned(table: MappedTable): number | undefined
  close(): Promise<void>
}

export async function fromAPass(context: DumpContext): Promise<RowsOfTenants> {
  const { client, request, sql, mark, all, tenants, owned } = context
  const place = new Map(tenants.map((tenant, at) => [tenant, at]))
  const keys = await keysInCsv(client, all)
  const byKey = new Map(keys.map((key, at) => [key, place.get(all[at] as string) ?? -1]))
  const spool = await Spool.open(request.temporary, tenants.length)
  const passed = new Map<string, Passed>()
  const prepared: Pick<CsvSource, 'table' | 'header'>[] = []
  try {
    for (const table of owned) {
      const { select, guarded } = csvColumns(table, request.excel)
      prepared.push({ table: zippedTable(table, guarded), header: await headerOf(client, select, fromOf(table)) })
      passed.set(
        nameOf(table),
        await readTablesOnce(table, { client, sql, mark, spool, tenants: byKey, excel: request.excel }),
      )
      request.progress({ what: 'read', bytes: spool.bytes })
    }
    spool.seal()
  } catch (error) {
    await spool.close()
    throw error
  }
  return {
    *of(tenant) {
      const spooled = spool.tablesOf(tenant)
      let next = 0
      for (const [at, table] of prepared.entries()) {
        const rows = spooled[next]?.table === at ? spooled[next++] : undefined
        yield { ...table, read: () => rows?.read() ?? nothing(), rows: () => rows?.rows ?? 0 }
      }
    },
    unowned: (table) => passed.get(nameOf(table))?.unowned,
    close: () => spool.close(),
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}
