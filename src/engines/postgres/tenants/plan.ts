// Reads the tenants, the tables and the rows of tenants of a database, in one snapshot.
import type pg from 'pg'
import { isOwned, type MappedTable, type TenantMap } from '../../../domain/tenants/map.ts'
import { mapTenants } from '../../../domain/tenants/map-tenants.ts'
import type { PlannedRows, PlannedTable, TenantPlan, TenantPlanRequest, Tenants } from '../../../ports/tenant-plan.ts'
import { connectToRead } from '../compare/session.ts'
import { type Address, parseAddress } from '../connection/address.ts'
import { explainPostgres } from '../connection/errors.ts'
import { holdSnapshot } from '../dump/snapshot.ts'
import { openReadingRights } from '../owners/open-reading-rights.ts'
import { readTables } from './catalogue.ts'
import { markNotIn } from './conflict-key.ts'
import { joinSnapshot } from './dump/copy-out.ts'
import { listTenants } from './dump/tenants.ts'
import { missingIndexes } from './missing-indexes.ts'
import { fromOf, OwnershipSql } from './ownership-sql.ts'
import { id, text } from './quoting.ts'

/**
 * Opens a database for plans of tenants. Connects only when `plan` is called. Throws a failure of kind usage for an
 * invalid URL.
 */
export function openTenants(url: string): Tenants {
  const address = parseAddress(url)
  return { display: address.display, plan: (request) => plan(address, request) }
}

/** Seconds to wait for the lock on a table, for example while another session alters it. */
const lockTimeout = 60

async function plan(address: Address, request: TenantPlanRequest): Promise<TenantPlan> {
  const { rules, codeAsSuperuser } = request
  const rights = await openReadingRights(address, {
    tables: async (client) => mapTenants(await readTables(client), rules).tables,
    codeAsSuperuser,
  })
  try {
    return await planWith(address, rights.address, request)
  } finally {
    await rights.close()
  }
}

/** `reading`: the address to read tables with. Its role has only rights that code of the tables may have. */
async function planWith(address: Address, reading: Address, request: TenantPlanRequest): Promise<TenantPlan> {
  const { signal } = request
  const snapshot = await holdSnapshot(address, lockTimeout, { signal, codeAsSuperuser: request.codeAsSuperuser })
  const client = await connectToRead(reading, signal).catch(async (error) => {
    await snapshot.release()
    throw error
  })
  try {
    await joinSnapshot(client, snapshot.name)
    // JIT compilation of a statement with many joins takes seconds, and the rows are read only once.
    await client.query("SELECT set_config('jit', 'off', true)")
    const map = mapTenants(await readTables(client), request.rules)
    const ids = await listTenants(client, map)
    const counting = new Counting(client, map, ids)
    const tables: PlannedTable[] = []
    for (const table of map.tables) {
      const rows = request.counts ? await counting.rows(table) : undefined
      tables.push({ table, ...(rows && { rows }), largeObjects: await largeObjects(client, table) })
    }
    const missing = await missingIndexes(client, map.tables.filter(isOwned))
    return { map, tenants: ids.length, ids: ids.slice(0, 100), tables, missingIndexes: missing }
  } catch (error) {
    signal.throwIfAborted()
    throw explainPostgres(error, address.display)
  } finally {
    await client.end().catch(() => {})
    await snapshot.release()
  }
}

class Counting {
  readonly #client: pg.ClientBase
  readonly #sql: OwnershipSql
  readonly #mark: string
  /** A SELECT of every tenant's key, as `k`. */
  readonly #tenants: string

  constructor(client: pg.ClientBase, map: TenantMap, ids: readonly string[]) {
    this.#client = client
    this.#mark = markNotIn(ids)
    this.#sql = new OwnershipSql(map, this.#mark)
    const table = map.tables.find(({ ownership }) => ownership.kind === 'tenant')
    const keyed = table && this.#sql.keyed(table)
    const list = `ARRAY[${ids.map(text).join(', ')}]::text[]`
    this.#tenants = keyed
      ? `SELECT ${keyed.key} AS k ${keyed.from}`
      : `SELECT u::text COLLATE "C" AS k FROM unnest(${list}) AS u`
  }

  async rows(table: MappedTable): Promise<PlannedRows> {
    if (!isOwned(table)) return { total: await this.#count(table), owned: 0, nobody: 0, disagreeing: 0 }
    if (table.ownership.kind === 'schema' || table.ownership.kind === 'tenant') {
      const total = await this.#count(table)
      return { total, owned: total, nobody: 0, disagreeing: 0 }
    }
    const { key, from } = this.#sql.keyed(table)
    const { rows } = await this.#client.query<{ total: string; owned: string; disagreeing: string }>(`
      SELECT coalesce(sum(r.n), 0) AS total, coalesce(sum(r.n) FILTER (WHERE known.k IS NOT NULL), 0) AS owned,
             coalesce(sum(r.n) FILTER (WHERE r.k = ${text(this.#mark)}), 0) AS disagreeing
        FROM (SELECT ${key} AS k, count(*) AS n ${from} GROUP BY 1) AS r
        LEFT JOIN (${this.#tenants}) AS known ON known.k = r.k`)
    const [total, owned, disagreeing] = [rows[0]?.total, rows[0]?.owned, rows[0]?.disagreeing].map(Number) as [
      number,
      number,
      number,
    ]
    return { total, owned, nobody: total - owned - disagreeing, disagreeing }
  }

  async #count(table: MappedTable): Promise<number> {
    const { rows } = await this.#client.query<{ n: string }>(`SELECT count(*) AS n FROM ${fromOf(table)} AS t`)
    return Number(rows[0]?.n)
  }
}

async function largeObjects(client: pg.ClientBase, table: MappedTable): Promise<string[]> {
  const found: string[] = []
  for (const { name, type } of table.columns) {
    if (!/^(?:oid|(?:.+\.)?lo)$/.test(type)) continue
    const { rows } = await client.query<{ there: boolean }>(`
      SELECT EXISTS (SELECT FROM ${fromOf(table)} AS t JOIN pg_catalog.pg_largeobject_metadata AS m ON m.oid = t.${id(name)}::oid) AS there`)
    if (rows[0]?.there) found.push(name)
  }
  return found
}
