// Reads the rows of many tenants: one pass over each table into a spool file, which is then read tenant by tenant.
import { hash } from 'node:crypto'
import type pg from 'pg'
import { type MappedTable, nameOf, type TenantMap } from '../../../../domain/tenants/map.ts'
import { lineBytes, type PackSlice } from '../../../../domain/tenants/pack-index.ts'
import type { TenantDumpRequest } from '../../../../ports/tenant.ts'
import { keepYoungSpaceSmall } from '../../../../streams/young-garbage.ts'
import type { Address } from '../../connection/address.ts'
import { fromOf, type OwnershipSql } from '../ownership-sql.ts'
import { csvColumns, zippedTable } from './columns.ts'
import { headerOf } from './copy-out.ts'
import { groupTenants, smallTenantBytes } from './group-tenants.ts'
import { keysInCsv, type Passed, readTable } from './pass.ts'
import { Spool } from './spool.ts'
import type { CsvSource } from './zip.ts'

/** Bytes per piece in which the rows of a tenant with its own ZIP are read. */
const largestPiece = 256 << 10

export interface DumpContext {
  readonly address: Address
  readonly client: pg.Client
  readonly request: TenantDumpRequest
  readonly map: TenantMap
  readonly sql: OwnershipSql
  readonly mark: string
  /** IDs of all tenants in the database, and of the requested ones. */
  readonly all: readonly string[]
  readonly tenants: readonly string[]
  /** Tables of tenants, in order of import. */
  readonly owned: readonly MappedTable[]
}

/** The rows to zip, grouped by tenant. */
export interface RowsOfTenants {
  /** Groups of tenants, as indexes into the requested tenants. Each group gets one ZIP. */
  groups(): Iterable<readonly number[]>
  /** The tables of one tenant. Read each once, in order. */
  of(tenant: number): AsyncIterable<CsvSource> | Iterable<CsvSource>
  /** The tables of several tenants, each with the rows of one tenant after another. Read each once, in order. */
  together(tenants: readonly number[], onSlice: OnSlice): Iterable<CsvSource>
  /** Number of rows without a tenant; undefined if not all rows were read. */
  unowned(table: MappedTable): number | undefined
  close(): Promise<void>
}

/** Called for each tenant with rows in a table. `tenant`: index into the requested tenants. */
type OnSlice = (tenant: number, slice: PackSlice) => void

export async function fromPass(context: DumpContext): Promise<RowsOfTenants> {
  const { client, request, sql, mark, all, tenants, owned } = context
  keepYoungSpaceSmall()
  const place = new Map(tenants.map((tenant, at) => [tenant, at]))
  const keys = await keysInCsv(client, all)
  const byKey = new Map(keys.map((key, at) => [key, place.get(all[at] as string) ?? -1]))
  const spool = await Spool.open(request.temporary, tenants.length)
  const passed = new Map<string, Passed>()
  const prepared: Pick<CsvSource, 'table' | 'header'>[] = []
  try {
    for (const table of owned) {
      const { select, guarded } = csvColumns(table, request.excel)
      prepared.push({
        table: zippedTable(table, guarded),
        header: await headerOf(client, select, fromOf(table), request.excel),
      })
      passed.set(
        nameOf(table),
        await readTable(table, { client, sql, mark, spool, tenants: byKey, excel: request.excel }),
      )
      request.progress({ what: 'read', bytes: spool.bytes })
    }
    spool.seal()
  } catch (error) {
    await spool.close()
    throw error
  }
  const perZip = request.tenants === 'all' ? request.tenantsPerZip : 1
  const [longestFile = ''] = prepared.map(({ table }) => table.file).sort((a, b) => lineBytes('', b) - lineBytes('', a))
  const bytesOf = (at: number) => spool.bytesOf(at) + spool.tablesOf(at) * lineBytes(tenants[at] as string, longestFile)
  return {
    groups: () => groupTenants(tenants.length, bytesOf, perZip),
    *of(tenant) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(largestPiece, spool.bytesOf(tenant)))
      for (const [at, table] of prepared.entries()) yield { ...table, ...rowsOf(spool, tenant, at, buffer) }
    },
    *together(members, onSlice) {
      const together = { members, block: Buffer.allocUnsafeSlow(smallTenantBytes), onSlice }
      for (const [at, table] of prepared.entries()) yield { ...table, ...rowsTogether(spool, at, together, table) }
    },
    unowned: (table) => passed.get(nameOf(table))?.unowned,
    close: () => spool.close(),
  }
}

/** Rows of one tenant. */
function rowsOf(spool: Spool, tenant: number, table: number, buffer: Buffer): Pick<CsvSource, 'read' | 'rows'> {
  const rows = spool.take(tenant, table)
  return {
    async *read() {
      if (rows) yield* rows.read(buffer)
    },
    rows: () => rows?.rows ?? 0,
  }
}

/** Rows of several small tenants, joined into blocks: yielding each slice would cost more than its bytes. */
function rowsTogether(
  spool: Spool,
  at: number,
  { members, block, onSlice }: { members: readonly number[]; block: Buffer; onSlice: OnSlice },
  { table: { file }, header }: Pick<CsvSource, 'table' | 'header'>,
): Pick<CsvSource, 'read' | 'rows'> {
  let count = 0
  return {
    async *read() {
      let offset = header.length
      let filled = 0
      for (const tenant of members) {
        const taken = spool.take(tenant, at)
        if (!taken) continue
        const { rows, bytes } = taken
        if (filled + bytes > block.length) {
          yield block.subarray(0, filled)
          filled = 0
        }
        taken.copyTo(block, filled)
        const sha256 = hash('sha256', block.subarray(filled, filled + bytes), 'hex')
        onSlice(tenant, { file, rows, offset, bytes, sha256 })
        filled += bytes
        offset += bytes
        count += rows
      }
      if (filled > 0) yield block.subarray(0, filled)
    },
    rows: () => count,
  }
}
