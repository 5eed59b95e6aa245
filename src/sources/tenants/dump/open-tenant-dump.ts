// The rows of tenants out of a database, in the snapshot that a dump holds.
import type pg from 'pg'
import { Failure } from '../../../domain/failure.ts'
import { formatTableRule } from '../../../domain/tenants/format-table-rule.ts'
import { isOwned, type MappedTable, nameOf, type TenantMap, writtenColumns } from '../../../domain/tenants/map.ts'
import { mapTenants } from '../../../domain/tenants/map-tenants.ts'
import { leftOut, type TenantFacts, type TenantTableFacts } from '../../../domain/tenants/tenant-facts.ts'
import { tenantFile } from '../../../domain/tenants/tenant-file.ts'
import { type TenantTables, tenantFormat } from '../../../domain/tenants/tenant-zip.ts'
import type { TenantDump, TenantDumpRequest, TenantPayload } from '../../../operations/tenant-ports.ts'
import { type Address, parseAddress } from '../../postgres/address.ts'
import { connectToRead } from '../../postgres/compare/session.ts'
import { explainPostgres } from '../../postgres/errors.ts'
import { openReadingRights, type ReadingRights } from '../../postgres/owners/open-reading-rights.ts'
import { readTables } from '../catalogue.ts'
import { markNotIn } from '../conflict-key.ts'
import { OwnershipSql } from '../ownership-sql.ts'
import { joinSnapshot } from './copy-out.ts'
import { type Counting, countTables } from './count.ts'
import { fromAPass, type RowsOfTenants } from './from-a-pass.ts'
import { fromQueries, sharedTables } from './from-queries.ts'
import { chooseTenants, listTenants } from './tenants.ts'
import { type Zipping, zipTenant } from './zip.ts'

/** More than this many tenants are read in one pass over each table, fewer by queries of their own. */
const fewTenants = 4

/**
 * Joins the snapshot, maps the tables, and finds the tenants. Throws Failure: `usage` for an unknown tenant or a table
 * of tenants that is not there, what `mapTenants` throws.
 */
export async function openTenantDump(url: string, request: TenantDumpRequest): Promise<TenantDump> {
  const rights = await openReadingRights(parseAddress(url), {
    tables: async (client) => tablesRead(mapTenants(await readTables(client), request.rules), request),
    codeAsSuperuser: request.codeAsSuperuser,
  })
  try {
    return await openWith(rights, request)
  } catch (error) {
    await rights.close()
    throw error
  }
}

async function openWith(rights: ReadingRights, request: TenantDumpRequest): Promise<TenantDump> {
  const { address } = rights
  const client = await connectToRead(address, request.signal)
  try {
    await joinSnapshot(client, request.snapshot)
    const map = mapTenants(await readTables(client), request.rules)
    const all = await listTenants(client, map)
    const tenants = chooseTenants(all, request.tenants, address.display)
    if (tenants.length === 0) {
      throw new Failure('tenant/none', `${address.display} has no tenants`, {
        hint: 'Check how tenants are found: `resguardo tenants plan`',
      })
    }
    return new RunningTenantDump({ address, rights, client, request, map, all, tenants })
  } catch (error) {
    await client.end().catch(() => {})
    request.signal.throwIfAborted()
    throw explainPostgres(error, address.display)
  }
}

export interface Opened {
  readonly address: Address
  readonly rights: ReadingRights
  readonly client: pg.Client
  readonly request: TenantDumpRequest
  readonly map: TenantMap
  readonly all: readonly string[]
  readonly tenants: readonly string[]
}

class RunningTenantDump implements TenantDump {
  readonly lanes: number
  readonly #opened: Opened
  readonly #sql: OwnershipSql
  readonly #mark: string
  readonly #inOnePass: boolean
  readonly #counting: Counting | undefined
  #rows: RowsOfTenants | undefined
  #zipped = new Map<string, number>()

  constructor(opened: Opened) {
    const { address, request, map, all, tenants } = opened
    this.#opened = opened
    this.#mark = markNotIn(all)
    this.#sql = new OwnershipSql(map, this.#mark)
    // Whether rows belong to nobody shows only where all rows are read.
    this.#inOnePass = request.tenants === 'all' || tenants.length > fewTenants
    this.lanes = this.#inOnePass ? 8 : 2
    const counted = request.counts ? toCount(map, request) : []
    if (counted.length > 0) this.#counting = countTables(address, request.snapshot, counted, request.signal)
  }

  get tenants(): number {
    return this.#opened.tenants.length
  }

  async *payloads(backup: string): AsyncIterable<TenantPayload> {
    const { request, map, tenants } = this.#opened
    const owned = map.tables.filter((table) => isOwned(table) && writtenColumns(table).length > 0)
    const context = { ...this.#opened, sql: this.#sql, mark: this.#mark, owned }
    try {
      this.#rows = this.#inOnePass ? await fromAPass(context) : fromQueries(context)
      for (const [at, tenant] of tenants.entries()) {
        yield this.#payload({ backup, tenant }, tenantFile(tenant), this.#rows.of(at))
      }
      if (request.includeShared) yield this.#payload({ backup }, 'shared.zip', sharedTables(context))
    } catch (error) {
      request.signal.throwIfAborted()
      throw explainPostgres(error, this.#opened.address.display)
    }
  }

  async finish(): Promise<{ facts: TenantFacts; notes: readonly string[] }> {
    const { request, map, tenants } = this.#opened
    const counts = await this.#counting?.counts
    const facts: TenantFacts = {
      by: this.#by(),
      rules: request.rules.rules.map(formatTableRule),
      asked: request.tenants,
      tenants: tenants.length,
      excel: request.excel,
      includesShared: request.includeShared,
      tables: map.tables.map((table) => this.#factsOf(table, counts?.get(nameOf(table)))),
    }
    const missing = leftOut(facts)
    if (missing.length > 0) {
      throw new Failure(
        'tenant/dump-mismatch',
        `the ZIPs of the tenants differ from the database: ${missing.slice(0, 10).join('; ')}`,
        {
          hint: 'The backup was discarded. Run again; if it happens again, please report it.',
        },
      )
    }
    return { facts, notes: notesOf(facts) }
  }

  async close(): Promise<void> {
    await this.#counting?.stop()
    await this.#opened.client.end().catch(() => {})
    await this.#rows?.close()
    await this.#opened.rights.close()
  }

  #payload(
    { backup, tenant }: { readonly backup: string; readonly tenant?: string },
    file: string,
    tables: Parameters<typeof zipTenant>[0]['tables'],
  ): TenantPayload {
    const { request } = this.#opened
    const about: Omit<TenantTables, 'tables'> = {
      format: tenantFormat,
      ...(tenant !== undefined && { tenant }),
      ...{ backup, taken: request.taken, by: this.#by(), excel: request.excel },
    }
    const zipping: Zipping = zipTenant({
      about,
      tables,
      level: request.level,
      explain: (error) => this.#explained(error),
    })
    zipping.stream.once('end', () => {
      for (const { schema, table, rows } of zipping.result().tables) {
        const name = nameOf({ schema, table })
        this.#zipped.set(name, (this.#zipped.get(name) ?? 0) + rows)
      }
    })
    return { file, tenant, estimate: 0, stream: zipping.stream, contentBytes: () => zipping.result().contentBytes }
  }

  /** What PostgreSQL itself said, and that it is gone. */
  #explained(error: unknown): unknown {
    const { code = '', message = '' } = error as { code?: string; message?: string }
    const said =
      /^[0-9A-Z]{5}$/.test(code) ||
      /Connection terminated|is not queryable|ECONNRESET|EPIPE|ETIMEDOUT/.test(`${code} ${message}`)
    return said ? explainPostgres(error, this.#opened.address.display) : error
  }

  #by(): TenantTables['by'] {
    const { map, request } = this.#opened
    const { column, schema } = request.rules
    return {
      column,
      ...(map.tenants && { table: { ...pick(map.tenants), column: map.tenants.column } }),
      ...(schema && { schema }),
    }
  }

  #factsOf(table: MappedTable, total: number | undefined): TenantTableFacts {
    const unowned = this.#rows?.unowned(table)
    return {
      ...pick(table),
      held: table.ownership.kind,
      rows: this.#zipped.get(nameOf(table)) ?? 0,
      ...(unowned !== undefined && { unowned }),
      ...(total !== undefined && { total }),
    }
  }
}

function tablesRead(map: TenantMap, request: TenantDumpRequest): readonly MappedTable[] {
  const counted = new Set(request.counts ? toCount(map, request) : [])
  return map.tables.filter(
    (table) => isOwned(table) || counted.has(table) || (request.includeShared && table.ownership.kind === 'shared'),
  )
}

/** What can be compared: every table where all tenants are read, shared ones where they come along. */
function toCount({ tables }: TenantMap, { tenants, includeShared }: TenantDumpRequest): readonly MappedTable[] {
  if (tenants === 'all') return tables
  return includeShared ? tables.filter(({ ownership }) => ownership.kind === 'shared') : []
}

function pick({ schema, table }: { readonly schema: string; readonly table: string }): {
  schema: string
  table: string
} {
  return { schema, table }
}

function notesOf({ tables }: TenantFacts): string[] {
  const unreached = tables.filter(({ held, total = 1 }) => held === 'unreached' && total > 0)
  const unowned = tables.filter((table) => (table.unowned ?? 0) > 0)
  return [
    ...unreached.map(
      ({ schema, table, total }) =>
        `${schema}.${table}${total === undefined ? '' : ` (${total} rows)`} has no path to a tenant and is in no ZIP. Assign it with --tenant-rule '${schema}.${table}: …'.`,
    ),
    ...unowned.map(
      ({ schema, table, unowned: rows }) => `${schema}.${table}: ${rows} rows belong to no tenant and are in no ZIP.`,
    ),
  ]
}
