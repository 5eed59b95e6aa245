// The changes that a rehearsed migration made: the states of a database before and after, and their differences.
import { displayName } from '../fingerprint/compare-fingerprints.ts'
import { plural } from '../text/plural.ts'

/** A table at one moment. */
export interface TableState {
  /** Stays the same if the table is renamed, but not if it is dropped and created again. */
  readonly identity: number
  readonly schema: string
  readonly table: string
  /** Exact count. */
  readonly rows: number
  /** Including indexes and TOAST data. */
  readonly bytes: number
  /** Number of a column (never reused) -> its name. */
  readonly columns: Readonly<Record<number, string>>
  /** Number of a column -> a digest of its values in any order; absent if they could not be read. */
  readonly values?: Readonly<Record<number, string>>
}

/** A database at one moment. */
export interface DatabaseState {
  readonly bytes: number
  readonly tables: readonly TableState[]
  /** All definitions except tables. */
  readonly objects?: readonly ObjectState[]
}

/** An object other than a table, at one moment. */
interface ObjectState {
  /** `function public.total(integer)`; for an object that belongs to a table, `index a_pkey`. */
  readonly object: string
  readonly table?: { readonly identity: number; readonly name: string }
  /** Digest of its definition. */
  readonly digest: string
}

/** A table that changed. */
export interface TableChange {
  /** Its name before the migration; for a new table, its name after it. */
  readonly table: string
  readonly change: 'new' | 'dropped' | 'made anew' | 'renamed' | 'changed'
  readonly rowsBefore?: number
  readonly rowsAfter?: number
  readonly bytesBefore?: number
  readonly bytesAfter?: number
  readonly droppedColumns?: readonly string[]
  /** Columns whose values changed; known only if the number of rows did not change. */
  readonly changedColumns?: readonly string[]
}

/** A change of an object other than a table: `index a_pkey of public.a`. */
export interface ObjectChange {
  readonly object: string
  readonly change: 'added' | 'dropped' | 'changed'
}

/** Returns the tables in which the two states differ, those that lost most rows first. */
export function changesBetween(before: DatabaseState, after: DatabaseState): TableChange[] {
  const later = new Map(after.tables.map((table) => [table.identity, table]))
  const names = new Map(after.tables.map((table) => [nameOf(table), table]))
  const earlier = new Set(before.tables.map(({ identity }) => identity))
  const replaced = new Set<number>()
  const changes = before.tables.flatMap((was): TableChange[] => {
    const same = later.get(was.identity)
    if (same) return changed(was, same)
    const anew = names.get(nameOf(was))
    if (!anew || earlier.has(anew.identity)) return [{ table: nameOf(was), change: 'dropped', ...numbersBefore(was) }]
    replaced.add(anew.identity)
    const kept = new Set(Object.values(anew.columns))
    return [
      { table: nameOf(was), change: 'made anew', ...numbers(was, anew), ...lost(Object.values(was.columns), kept) },
    ]
  })
  const fresh = after.tables.filter(({ identity }) => !earlier.has(identity) && !replaced.has(identity))
  const made = fresh.map(
    (is): TableChange => ({ table: nameOf(is), change: 'new', rowsAfter: is.rows, bytesAfter: is.bytes }),
  )
  return [...changes.toSorted((a, b) => lostRows(b) - lostRows(a)), ...made]
}

function changed(was: TableState, is: TableState): TableChange[] {
  const columns = lostColumns(was, is)
  const values = changedColumns(was, is)
  const renamed = nameOf(was) !== nameOf(is)
  const same = columns.length === 0 && values.length === 0 && was.rows === is.rows && was.bytes === is.bytes
  if (!renamed && same) return []
  const dropped = columns.length > 0 ? { droppedColumns: columns } : {}
  const written = values.length > 0 ? { changedColumns: values } : {}
  return [{ table: nameOf(was), change: renamed ? 'renamed' : 'changed', ...numbers(was, is), ...dropped, ...written }]
}

/** If the number of rows changed, every digest differs, so columns are not compared. */
function changedColumns(was: TableState, is: TableState): string[] {
  if (was.rows !== is.rows) return []
  return Object.entries(was.values ?? {}).flatMap(([number, digest]) => {
    const now = is.values?.[Number(number)]
    return now === undefined || now === digest ? [] : [was.columns[Number(number)] ?? number]
  })
}

function lostColumns(was: TableState, is: TableState): string[] {
  return Object.entries(was.columns).flatMap(([number, name]) =>
    is.columns[Number(number)] === undefined ? [name] : [],
  )
}

function lost(columns: readonly string[], kept: ReadonlySet<string>): { droppedColumns?: string[] } {
  const gone = columns.filter((column) => !kept.has(column))
  return gone.length > 0 ? { droppedColumns: gone } : {}
}

function numbers(
  was: TableState,
  is: TableState,
): Pick<TableChange, 'rowsBefore' | 'rowsAfter' | 'bytesBefore' | 'bytesAfter'> {
  return { ...numbersBefore(was), rowsAfter: is.rows, bytesAfter: is.bytes }
}

function numbersBefore({ rows, bytes }: TableState): Pick<TableChange, 'rowsBefore' | 'bytesBefore'> {
  return { rowsBefore: rows, bytesBefore: bytes }
}

function nameOf({ schema, table }: TableState): string {
  return displayName(schema, table)
}

function lostRows({ rowsBefore = 0, rowsAfter = 0 }: TableChange): number {
  return Math.max(0, rowsBefore - rowsAfter)
}

/** Returns objects that were added, dropped or changed, except those of tables that were created or dropped. */
export function objectsBetween(before: DatabaseState, after: DatabaseState): ObjectChange[] {
  const was = new Map((before.objects ?? []).map((object) => [keyOf(object), object]))
  const is = new Map((after.objects ?? []).map((object) => [keyOf(object), object]))
  const [earlier, later] = [identitiesIn(before), identitiesIn(after)]
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((key): ObjectChange[] => {
    const [old, now] = [was.get(key), is.get(key)]
    const { object, table } = (old ?? now) as ObjectState
    if (old?.digest === now?.digest || (table && !(earlier.has(table.identity) && later.has(table.identity)))) return []
    const change = old === undefined ? 'added' : now === undefined ? 'dropped' : 'changed'
    return [{ object: table ? `${object} of ${table.name}` : object, change }]
  })
}

function keyOf({ object, table }: ObjectState): string {
  return `${object}\0${table?.identity ?? ''}`
}

/** Identities of all tables. Partitioned and foreign ones are known from their columns, which are objects. */
function identitiesIn({ tables, objects = [] }: DatabaseState): Set<number> {
  return new Set([...tables.map(({ identity }) => identity), ...objects.flatMap(({ table }) => table?.identity ?? [])])
}

/** Tables in which migration tools record applied migrations: tools write to them before a migration begins. */
const ofTools =
  /[."](_*((pg|knex|typeorm|mikro_orm|kysely|prisma|drizzle|sqlx|django|gorp|seaql|ef|diesel_schema|schema)_*)?migrations?(_?lock|_?history|_versions)?|schema_(version|history|info)|(flyway|refinery)_schema_history|databasechangelog(lock)?|alembic_version|sequelizemeta|phinxlog|goose_db_version|ar_internal_metadata|atlas_schema_revisions|doctrine_migration_versions)"?$/i

/**
 * Returns what the migration committed, as ends of sentences. Omits tables that changed only in size, and the tables of
 * the tool itself.
 */
export function committedChanges(tables: readonly TableChange[], objects: readonly ObjectChange[]): string[] {
  return [
    ...tables.filter(({ table }) => !ofTools.test(table)).flatMap(committedIn),
    ...objects.filter(({ object }) => !ofTools.test(object)).map(({ object, change }) => `${object} was ${change}`),
  ]
}

function committedIn(each: TableChange): string[] {
  const { table, change, rowsBefore = 0, rowsAfter = 0, droppedColumns = [], changedColumns = [] } = each
  if (change === 'new') return [`table ${table} was created`]
  if (change === 'dropped') return [`table ${table} was dropped`]
  const rows = rowsAfter - rowsBefore
  return [
    ...(change === 'made anew' ? [`table ${table} was dropped and created again`] : []),
    ...(change === 'renamed' ? [`table ${table} was renamed`] : []),
    ...(rows === 0 ? [] : [`${table} has ${plural(Math.abs(rows), rows > 0 ? 'more row' : 'fewer row')}`]),
    ...droppedColumns.map((column) => `column ${column} of ${table} was dropped`),
    ...changedColumns.map((column) => valuesSentence(column, table)),
  ]
}

/** Returns information for reviewers that is not a finding: changed values. */
export function informationOn(tables: readonly TableChange[]): string[] {
  return tables.flatMap(({ table, changedColumns = [] }) =>
    changedColumns.map((column) => valuesSentence(column, table)),
  )
}

function valuesSentence(column: string, table: string): string {
  return `values of column ${column} of ${table} changed`
}
