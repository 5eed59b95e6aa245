// Dumps the rows of tenants into ZIPs, in the snapshot of a database dump.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import type { TableName } from '../../../../domain/fingerprint/table-name.ts'
import { formatTableRule } from '../../../../domain/tenants/format-table-rule.ts'
import { isOwned, type MappedTable, nameOf, type TenantMap, writtenColumns } from '../../../../domain/tenants/map.ts'
import { mapTenants } from '../../../../domain/tenants/map-tenants.ts'
import { PackIndex } from '../../../../domain/tenants/pack-index.ts'
import { leftOut, type TenantFacts, type TenantTableFacts } from '../../../../domain/tenants/tenant-facts.ts'
import { packFile, tenantFile } from '../../../../domain/tenants/tenant-file.ts'
import { packFormat, type TenantTables, tenantFormat } from '../../../../domain/tenants/tenant-zip.ts'
import type { TenantDump, TenantDumpRequest, TenantPayload } from '../../../../ports/tenant.ts'
import { connectToRead } from '../../compare/session.ts'
import { type Address, parseAddress } from '../../connection/address.ts'
import { explainPostgres } from '../../connection/errors.ts'
import { openReadingRights, type ReadingRights } from '../../owners/open-reading-rights.ts'
import { readTables } from '../catalogue.ts'
import { markNotIn } from '../conflict-key.ts'
import { OwnershipSql } from '../ownership-sql.ts'
import { joinSnapshot } from './copy-out.ts'
import { type Counting, countTables } from './count.ts'
import { fromPass, type RowsOfTenants } from './from-pass.ts'
import { fromQueries, sharedTables } from './from-queries.ts'
import { notesOf } from './notes.ts'
import { chooseTenants, listTenants } from './tenants.ts'
import { type Zipping, type ZipRequest, zipTables } from './zip.ts'
import { textsOfPack, textsOfTenant } from './zip-texts.ts'

/** Maximum number of tenants that are read by queries; more are read in one pass over each table. */
const fewTenants = 4

/**
 * Joins the snapshot, maps the tables, and lists the tenants. Throws Failure: `usage` for an unknown tenant or a
 * missing table of tenants, `refused` without tenants, what `mapTenants` throws.
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
  readonly concurrency: number
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
    // Rows without a tenant are found only if all rows are read.
    this.#inOnePass = request.tenants === 'all' || tenants.length > fewTenants
    this.concurrency = this.#inOnePass ? 8 : 2
    const counted = request.counts ? toCount(map, request) : []
    if (counted.length > 0) this.#counting = countTables(address, request.snapshot, counted, request.signal)
  }

  get tenants(): number {
    return this.#opened.tenants.length
  }

  async *payloads(backup: string): AsyncIterable<TenantPayload> {
    const { request, map } = this.#opened
    const owned = map.tables.filter((table) => isOwned(table) && writtenColumns(table).length > 0)
    const context = { ...this.#opened, sql: this.#sql, mark: this.#mark, owned }
    try {
      this.#rows = this.#inOnePass ? await fromPass(context) : fromQueries(context)
      let packs = 0
      for (const group of this.#rows.groups()) {
        const [first, ...more] = group
        yield more.length === 0 && first !== undefined
          ? this.#ofTenant(backup, first, this.#rows)
          : this.#ofPack(backup, ++packs, group, this.#rows)
      }
      if (request.includeShared)
        yield this.#payload(
          { file: 'shared.zip', tenants: [] },
          {
            tables: sharedTables(context),
            texts: textsOfTenant({ format: tenantFormat, ...this.#about(backup) }),
          },
        )
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
    return { facts, notes: notesOf(facts, map) }
  }

  async close(): Promise<void> {
    await this.#counting?.stop()
    await this.#opened.client.end().catch(() => {})
    await this.#rows?.close()
    await this.#opened.rights.close()
  }

  #ofTenant(backup: string, at: number, rows: RowsOfTenants): TenantPayload {
    const tenant = this.#opened.tenants[at] as string
    return this.#payload(
      { file: tenantFile(tenant), tenants: [tenant] },
      { tables: rows.of(at), texts: textsOfTenant({ format: tenantFormat, tenant, ...this.#about(backup) }) },
    )
  }

  #ofPack(backup: string, number: number, group: readonly number[], rows: RowsOfTenants): TenantPayload {
    const { tenants: all } = this.#opened
    const tenants = group.map((at) => all[at] as string)
    const index = new PackIndex()
    return this.#payload(
      { file: packFile(number, tenants.length), tenants },
      {
        tables: rows.together(group, (at, slice) => index.add(all[at] as string, slice)),
        texts: textsOfPack({ format: packFormat, tenants, ...this.#about(backup) }, index),
      },
    )
  }

  #about(backup: string): Omit<TenantTables, 'tables' | 'format' | 'tenant'> {
    const { taken, excel } = this.#opened.request
    return { backup, taken, by: this.#by(), excel }
  }

  #payload(about: Pick<TenantPayload, 'file' | 'tenants'>, zip: Pick<ZipRequest, 'tables' | 'texts'>): TenantPayload {
    const { level, taken } = this.#opened.request
    const zipping: Zipping = zipTables({ ...zip, taken, level, explain: (error) => this.#explained(error) })
    zipping.stream.once('end', () => {
      for (const { schema, table, rows } of zipping.result().tables) {
        const name = nameOf({ schema, table })
        this.#zipped.set(name, (this.#zipped.get(name) ?? 0) + rows)
      }
    })
    return { ...about, estimate: 0, stream: zipping.stream, contentBytes: () => zipping.result().contentBytes }
  }

  /** Explains errors of PostgreSQL and lost connections; returns other errors unchanged. */
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

/** Tables that are counted: all if all tenants are dumped, else the shared ones if they are included. */
function toCount({ tables }: TenantMap, { tenants, includeShared }: TenantDumpRequest): readonly MappedTable[] {
  if (tenants === 'all') return tables
  return includeShared ? tables.filter(({ ownership }) => ownership.kind === 'shared') : []
}

function pick({ schema, table }: TableName): TableName {
  return { schema, table }
}
