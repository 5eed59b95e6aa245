// The snapshot of a dump: locks every table, then takes and exports the snapshot, and holds it until the end.
import pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { OperatorUses } from '../../../domain/fingerprint/fingerprint.ts'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import type { Snapshot } from '../../../domain/manifest/manifest.ts'
import { readOperatorUses } from '../compare/operator-uses.ts'
import type { Address } from '../connection/address.ts'
import { cancelOnAbort } from '../connection/cancel.ts'
import { connect } from '../connection/connect.ts'
import { explainLock } from '../connection/explain-lock.ts'
import { requireOwnSession } from '../connection/own-session.ts'
import { requireSafeFilters } from '../owners/filter-code.ts'
import { hasExpressions, lacksOurRights } from '../owners/planned-code.ts'
import { isSuperuserOfPrimary } from '../owners/superusers.ts'
import { isAsciiSql, isUnconvertible } from './odd-names.ts'
import { type SnapshotHolder, watchHolder } from './snapshot-holder.ts'
import { requireStrictReading } from './strict-reading.ts'

/** A table with rows, or a partitioned table. */
export interface LiveTable {
  readonly oid: string
  readonly schema: string
  readonly table: string
  readonly partitioned: boolean
  readonly readable: boolean
  /** Unlogged, on a standby: pg_dump leaves its rows out, because a standby does not have them. */
  readonly empty: boolean
  /**
   * Planning a query may run code of other roles: there are index or statistics expressions, or the owner lacks our
   * privileges and can add some at any time.
   */
  readonly planned: boolean
  /** Belongs to an extension: dumped only if it is a configuration table, and then with `configurationFilter`. */
  readonly extension: boolean
  readonly configurationFilter: string | undefined
}

export interface HeldSnapshot extends SnapshotHolder {
  /** For SET TRANSACTION SNAPSHOT and pg_dump --snapshot. */
  readonly name: string
  readonly facts: Snapshot
  readonly tables: readonly LiveTable[]
  /** Number of tables with names that cannot be read. They are dumped, but neither locked in advance nor counted. */
  readonly unnamed: number
  /** Reads the operators in this snapshot; undefined if a name cannot be converted to UTF-8. */
  operators(): Promise<OperatorUses | undefined>
}

interface SeenTable extends LiveTable {
  /** Whether this session has locked it: while we waited for a lock, its name may have been given to another table. */
  readonly locked: boolean
}

interface TableRow extends Omit<SeenTable, 'schema' | 'table'> {
  readonly schema: string | null
  readonly table: string | null
}

/** `names`: all names, or only ASCII ones if the server cannot convert all. */
const tablesSql = (names: 'all' | 'ascii'): string => `
  SELECT c.oid::text AS oid, ${nameSql('n.nspname', names)} AS schema, ${nameSql('c.relname', names)} AS "table",
         c.relkind = 'p' AS partitioned,
         coalesce(has_table_privilege(c.oid, 'SELECT'), false) AS readable,
         c.relpersistence = 'u' AND pg_is_in_recovery() AS empty,
         ${hasExpressions('c.oid')} OR ${lacksOurRights('c.relowner')} AS planned,
         e.oid IS NOT NULL AS extension,
         e.extcondition[array_position(e.extconfig, c.oid)] AS "configurationFilter",
         l.relation IS NOT NULL AS locked
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    LEFT JOIN pg_extension e ON e.oid = d.refobjid
    LEFT JOIN (SELECT DISTINCT relation FROM pg_locks
                WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted) l ON l.relation = c.oid
   WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   ORDER BY 2, 3`

interface SnapshotRow {
  readonly name: string
  readonly pid: number
  readonly taken: Date
  readonly standby: boolean
  readonly lsn: string | null
}

function nameSql(name: string, names: 'all' | 'ascii'): string {
  return names === 'all' ? name : `CASE WHEN ${isAsciiSql(name)} THEN ${name} END`
}

const attempts = 5
const locksPerStatement = 200

interface HoldOptions {
  /** Called with the connection before tables are listed and locked. */
  readonly first?: (client: pg.Client) => Promise<void>
  readonly signal?: AbortSignal
  /** Trust all code that pg_dump runs, and do not throw `postgres/code-rights`. */
  readonly codeAsSuperuser?: boolean | undefined
}

/**
 * Locks the tables, then takes the snapshot. A table created between listing and locking would be dumped without a
 * lock, and if it were truncated then, both the dump and the count would see it empty. So the tables are listed again
 * in the snapshot, and everything is repeated (at most five times) if one is not locked. Throws a Failure of kind tool
 * if a lock is not granted within `lockTimeout` seconds, `postgres/code-rights`, `postgres/tables-changing`, what
 * `first` throws, and the signal's reason. No statement continues to wait in the server then.
 */
export async function holdSnapshot(
  address: Address,
  lockTimeout: number,
  { first = async () => {}, signal, codeAsSuperuser = false }: HoldOptions = {},
): Promise<HeldSnapshot> {
  const client = await connect(address)
  const done = cancelOnAbort(client, address, signal)
  try {
    signal?.throwIfAborted()
    await requireOwnSession(client, address)
    await requireStrictReading(client, address)
    await first(client)
    await client.query("SELECT set_config('lock_timeout', $1, false)", [`${lockTimeout}s`])
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const held = await attemptSnapshot(client, address)
      if (!held) continue
      if (!codeAsSuperuser) await requireSafeFilters(client, held.tables.filter(isFiltered))
      return held
    }
  } catch (error) {
    const failure = signal?.aborted ? asFailure(signal.reason) : await explainLock(error, address)
    await client.end().catch(() => {})
    throw failure
  } finally {
    done()
  }
  await client.end().catch(() => {})
  throw new Failure(
    'postgres/tables-changing',
    `tables of ${address.display} were created or dropped faster than they could be locked, ${attempts} times`,
    { hint: 'Run the backup when no migration is running.' },
  )
}

async function attemptSnapshot(client: pg.Client, address: Address): Promise<HeldSnapshot | undefined> {
  const { tables: seen, names } = await lookForTables(client)
  const filtered = seen.filter((table) => isFiltered(table) && table.planned)
  const isPlanningLocked = filtered.length > 0 && (await isSuperuserOfPrimary(client))
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    for (let from = 0; from < seen.length; from += locksPerStatement) {
      const batch = seen.slice(from, from + locksPerStatement).filter(({ readable }) => readable)
      if (batch.length === 0) continue
      await client.query(
        `LOCK TABLE ${batch.map((table) => `ONLY ${qualified(table)}`).join(', ')} IN ACCESS SHARE MODE`,
      )
    }
    if (isPlanningLocked) await lockPlanning(client, filtered)
  } catch (error) {
    await client.query('ROLLBACK')
    if ((error as pg.DatabaseError).code === '42P01' || (error as pg.DatabaseError).code === '3F000') return undefined
    throw error
  }
  const { rows } = await client.query<SnapshotRow>(`
    SELECT pg_export_snapshot() AS name, pg_backend_pid() AS pid, clock_timestamp() AS taken, pg_is_in_recovery() AS standby,
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn`)
  const now = await readTables(client, names).catch((error: unknown) => {
    if (!isUnconvertible(error)) throw error
  })
  const [row] = rows
  const isHeld = (table: SeenTable): boolean =>
    table.locked && (!isFiltered(table) || !table.planned || filtered.some(({ oid }) => oid === table.oid))
  if (!row || !now || now.tables.some((table) => table.readable && !isHeld(table))) {
    await client.query('ROLLBACK')
    return undefined
  }
  return {
    name: row.name,
    facts: { taken: row.taken.toISOString(), standby: row.standby, ...(row.lsn ? { lsn: row.lsn } : {}) },
    ...now,
    operators: () => operatorsIn(client),
    ...watchHolder(client, row.pid, address),
  }
}

/** Reads the operators in the open transaction, which continues after an error. */
async function operatorsIn(client: pg.Client): Promise<OperatorUses | undefined> {
  await client.query('SAVEPOINT operators')
  try {
    return await readOperatorUses(client)
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT operators')
    if (!isUnconvertible(error)) throw error
    return undefined
  }
}

/** Whether pg_dump reads the table with a query, which PostgreSQL plans. */
function isFiltered({ readable, configurationFilter }: LiveTable): boolean {
  return readable && Boolean(configurationFilter)
}

interface ReadTables {
  readonly tables: readonly SeenTable[]
  readonly unnamed: number
}

async function lookForTables(client: pg.Client): Promise<ReadTables & { readonly names: 'all' | 'ascii' }> {
  try {
    return { ...(await readTables(client, 'all')), names: 'all' }
  } catch (error) {
    if (!isUnconvertible(error)) throw error
    return { ...(await readTables(client, 'ascii')), names: 'ascii' }
  }
}

async function readTables(client: pg.Client, names: 'all' | 'ascii'): Promise<ReadTables> {
  const { rows } = await client.query<TableRow>(tablesSql(names))
  const tables = rows.flatMap(({ schema, table, ...more }) =>
    schema === null || table === null ? [] : [{ schema, table, ...more }],
  )
  return { tables, unnamed: rows.length - tables.length }
}

/** Returns the quoted name: `"public"."Product"`. */
export function qualified({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`
}

/**
 * Locks tables so that CREATE INDEX, CREATE STATISTICS and VACUUM wait until the transaction ends. Reads and writes do
 * not wait.
 */
export async function lockPlanning(client: pg.ClientBase, tables: readonly TableName[]): Promise<void> {
  const names = tables.map(qualified).join(', ')
  if (names !== '') await client.query(`LOCK TABLE ${names} IN SHARE UPDATE EXCLUSIVE MODE`)
}

/** Returns sentences about what a dump of this snapshot lacks, and about tables that could not be locked in advance. */
export function notesOnSnapshot({ tables, unnamed }: HeldSnapshot): string[] {
  const empty = tables.filter((table) => table.empty).map(qualified)
  return [
    ...(unnamed > 0
      ? [
          `Tables whose names cannot be converted to UTF-8 were dumped, but neither locked in advance nor counted: ${unnamed}.`,
        ]
      : []),
    ...(empty.length > 0
      ? [`Rows of unlogged tables are not in this backup, because a standby has none: ${empty.join(', ')}.`]
      : []),
  ]
}
