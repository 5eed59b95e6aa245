// Exact counts of every table in the dump's own snapshot, on a second connection, and whether the dump agrees.
import pg from 'pg'
import { Failure } from '../../domain/failure.ts'
import type { TablePrint } from '../../domain/fingerprint.ts'
import type { Selection } from '../../domain/manifest.ts'
import type { Address } from './address.ts'
import { connect } from './connect.ts'
import { explainPostgres } from './errors.ts'
import { type HeldSnapshot, type LiveTable, qualified } from './snapshot.ts'

/** Counts under way. */
export interface SourceCounts {
  /** Rows by `qualified` name; rejects with a Failure. Never unhandled. */
  readonly rows: Promise<ReadonlyMap<string, number>>
  /** Ends the connection; never throws. */
  stop(): Promise<void>
}

/** Starts counting, one table after the other, in the held snapshot. */
export function startCounting(address: Address, snapshot: HeldSnapshot): SourceCounts {
  let client: pg.Client | undefined
  let stopped = false
  const count = async (): Promise<ReadonlyMap<string, number>> => {
    client = await connect(address)
    const rows = new Map<string, number>()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query(`SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(snapshot.name)}`)
    for (const table of snapshot.tables.filter(isCounted)) {
      if (stopped) break
      // An extension's own filter is SQL that the extension's author wrote; pg_dump appends it the same way.
      const { rows: counted } = await client.query<{ count: string }>(
        `SELECT count(*) FROM ONLY ${qualified(table)} ${table.configurationFilter ?? ''}`,
      )
      rows.set(qualified(table), Number(counted[0]?.count))
    }
    await client.query('ROLLBACK')
    return rows
  }
  const end = async (): Promise<void> => {
    stopped = true
    await client?.end().catch(() => {})
  }
  const rows = count()
    .catch((error) => {
      throw explainPostgres(error, address.display)
    })
    .finally(end)
  rows.catch(() => {})
  return { rows, stop: end }
}

function isCounted(table: LiveTable): boolean {
  return (
    table.readable &&
    !table.partitioned &&
    (!table.extension || (table.configurationFilter !== undefined && table.configurationFilter !== null))
  )
}

/** Every table in which the dump and the counts disagree, as sentences. Tables that a selection left out are not asked for. */
export function countDifferences(
  dumped: readonly TablePrint[],
  counted: ReadonlyMap<string, number>,
  selection: Selection,
): string[] {
  const inDump = new Map(dumped.map((table) => [qualified(table), table.rows]))
  const differences = [...inDump].flatMap(([name, rows]) => {
    const count = counted.get(name)
    if (count === undefined) return [`${name} is in the dump with ${rows} rows but was not there to count`]
    return count === rows ? [] : [`${name} has ${count} rows, the dump ${rows}`]
  })
  const missing = isEverything(selection) ? [...counted].filter(([name, rows]) => rows > 0 && !inDump.has(name)) : []
  return [...differences, ...missing.map(([name, rows]) => `${name} has ${rows} rows and is not in the dump`)]
}

function isEverything(selection: Selection): boolean {
  const { parts, ...patterns } = selection
  return parts !== 'schema-only' && Object.values(patterns).every((list) => list.length === 0)
}

/** Throws Failure('integrity') naming up to ten tables. */
export function requireAgreement(differences: readonly string[]): void {
  if (differences.length === 0) return
  const more = differences.length > 10 ? `, and ${differences.length - 10} more` : ''
  throw new Failure(
    'postgres/dump-mismatch',
    `the dump differs from the database: ${differences.slice(0, 10).join('; ')}${more}`,
    {
      hint: 'Nothing was kept. Run again; if it happens twice, please report it. Do not trust the dump.',
    },
  )
}
