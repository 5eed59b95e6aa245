// Counts the rows of every table in the dump's snapshot on a second connection, and compares them with the dump.
import pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import type { DumpFacts, Selection } from '../../../domain/manifest/manifest.ts'
import { isNameKnown } from '../archive/encoding.ts'
import type { Address } from '../connection/address.ts'
import { connect } from '../connection/connect.ts'
import { explainPostgres } from '../connection/errors.ts'
import { countByCopy, countOnServer, writesFiles } from './count-rows.ts'
import { type HeldSnapshot, type LiveTable, qualified } from './snapshot.ts'

/** A count that is running. */
export interface SourceCounts {
  /** Never rejects: tables that could not be counted, also because of `stop`, are in `failed`. */
  readonly result: Promise<Counted>
  /** Ends the connection; never throws. */
  stop(): Promise<void>
}

interface Counted {
  /** Rows by `qualified` name. */
  readonly rows: ReadonlyMap<string, number>
  /** Reasons why tables were not counted, by `qualified` name. pg_dump still dumps those that it can read. */
  readonly failed: ReadonlyMap<string, string>
  /** Tables with names that are not ASCII could not be read. */
  readonly asciiOnly: boolean
}

/** Starts to count the tables in the held snapshot, on a new connection. */
export function startCounting(address: Address, snapshot: HeldSnapshot): SourceCounts {
  const counter = new Counter(address, snapshot)
  const result = counter.run()
  result.catch(() => {})
  return { result, stop: () => counter.stop() }
}

/** The time to plan grows with the square of this number: 50 needs a third of the time of 1 or 200. */
const tablesPerQuery = 50

class Counter {
  readonly #address: Address
  readonly #snapshot: HeldSnapshot
  readonly #rows = new Map<string, number>()
  readonly #failed = new Map<string, string>()
  #client: pg.Client | undefined
  #writesFiles: boolean | undefined
  #stopped = false

  constructor(address: Address, snapshot: HeldSnapshot) {
    this.#address = address
    this.#snapshot = snapshot
  }

  async run(): Promise<Counted> {
    const tables = this.#snapshot.tables.filter(isCounted)
    const together = tables.filter((table) => !table.planned && !table.configurationFilter)
    for (let from = 0; from < together.length; from += tablesPerQuery)
      await this.#countTogether(together.slice(from, from + tablesPerQuery))
    for (const table of tables) if (!this.#rows.has(qualified(table))) await this.#countAlone(table)
    await this.#end()
    return { rows: this.#rows, failed: this.#failed, asciiOnly: this.#snapshot.unnamed > 0 }
  }

  /** Counts all tables, or none if one of them cannot be read. */
  async #countTogether(tables: readonly LiveTable[]): Promise<void> {
    if (this.#stopped) return
    try {
      for (const [name, count] of await countByOneQuery(await this.#session(), tables)) this.#rows.set(name, count)
    } catch {
      await this.#end()
    }
  }

  async #countAlone(table: LiveTable): Promise<void> {
    const name = qualified(table)
    if (this.#stopped) {
      this.#failed.set(name, 'the connection was lost before')
      return
    }
    try {
      this.#rows.set(name, await this.#count(table))
    } catch (error) {
      this.#failed.set(name, explainPostgres(error, this.#address.display).message)
      this.#stopped ||= asFailure(error).kind === 'unreachable'
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#end()
  }

  async #count(table: LiveTable): Promise<number> {
    let failure: unknown
    for (const count of await this.#waysFor(table)) {
      try {
        return await count(await this.#session())
      } catch (error) {
        await this.#end()
        failure = error
        if (this.#stopped) break
      }
    }
    throw failure
  }

  /**
   * Returns functions that count the table, to try in order. COPY of a table is not planned, so it runs no code of
   * other roles and reads no index. A filter is SQL of the extension's author, which pg_dump appends in the same way;
   * `holdSnapshot` checked that it is safe, unless all code is trusted.
   */
  async #waysFor(table: LiveTable): Promise<((client: pg.Client) => Promise<number>)[]> {
    if (table.configurationFilter) return [(client) => countByQuery(client, table)]
    const here = (client: pg.Client): Promise<number> => countByCopy(client, table)
    if (!table.planned) return [(client) => countByQuery(client, table), here]
    this.#writesFiles ??= await writesFiles(await this.#session())
    return this.#writesFiles ? [(client) => countOnServer(client, table), here] : [here]
  }

  /** A connection in the snapshot; a new one after an error. */
  async #session(): Promise<pg.Client> {
    if (this.#client) return this.#client
    const client = await connect(this.#address)
    this.#client = client
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(this.#snapshot.name)}`)
    return client
  }

  async #end(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }
}

/** Returns rows by `qualified` name. Uses one query, because a query costs more than reading a small table. */
async function countByOneQuery(client: pg.Client, tables: readonly LiveTable[]): Promise<Map<string, number>> {
  const names = tables.map(qualified)
  const counts = names.map((name, at) => `SELECT ${at} AS at, count(*) FROM ONLY ${name}`)
  const { rows } = await client.query<{ at: number; count: string }>(counts.join(' UNION ALL '))
  return new Map(rows.map(({ at, count }) => [names[at] as string, Number(count)]))
}

async function countByQuery(client: pg.Client, table: LiveTable): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM ONLY ${qualified(table)} ${table.configurationFilter ?? ''}`,
  )
  return Number(rows[0]?.count)
}

function isCounted(table: LiveTable): boolean {
  return (
    table.readable &&
    !table.partitioned &&
    !table.empty &&
    (!table.extension || (table.configurationFilter !== undefined && table.configurationFilter !== null))
  )
}

/** Returns a sentence for each table of which dump and counts differ. Tables that a selection left out are ignored. */
export function countDifferences(
  dumped: readonly TableFingerprint[],
  { rows: counted, failed, asciiOnly }: Counted,
  selection: Selection,
): string[] {
  const named = dumped.filter(
    (table) => isNameKnown(table) && !(asciiOnly && /[^\0-\x7f]/.test(table.schema + table.table)),
  )
  const inDump = new Map(named.map((table) => [qualified(table), table.rows]))
  const differences = [...inDump].flatMap(([name, rows]) => {
    const count = counted.get(name)
    if (failed.has(name)) return []
    if (count === undefined) return [`${name} has ${rows} rows in the dump, but was not counted`]
    return count === rows ? [] : [`${name} has ${count} rows in the database, ${rows} in the dump`]
  })
  const missing = isEverything(selection) ? [...counted].filter(([name, rows]) => rows > 0 && !inDump.has(name)) : []
  return [
    ...differences,
    ...missing.map(([name, rows]) => `${name} has ${rows} rows in the database, but is not in the dump`),
  ]
}

function isEverything(selection: Selection): boolean {
  const { parts, ...patterns } = selection
  return parts !== 'schema-only' && Object.values(patterns).every((list) => list.length === 0)
}

/** Throws a Failure of kind integrity that names up to ten tables, if there are differences. */
export function requireAgreement(differences: readonly string[]): void {
  if (differences.length === 0) return
  const more = differences.length > 10 ? `, and ${differences.length - 10} more` : ''
  throw new Failure(
    'postgres/dump-mismatch',
    `the dump differs from the database: ${differences.slice(0, 10).join('; ')}${more}`,
    {
      hint: 'The backup was discarded. Run again; if it happens again, please report it.',
    },
  )
}

/** Returns sentences for the manifest about tables that were not counted. */
export function notesOnCounts({ failed }: Counted): string[] {
  const all = [...failed].map(([name, reason]) => `${name} was dumped but not counted: ${reason}.`)
  return all.length > 10 ? [...all.slice(0, 10), `${all.length - 10} more tables were dumped but not counted.`] : all
}

/** Returns the field of the manifest. */
export function sourceCountsOf(counted: Counted | undefined): DumpFacts['sourceCounts'] {
  if (!counted) return 'not-taken'
  return counted.failed.size === 0 && !counted.asciiOnly ? 'agreed' : 'partly'
}
