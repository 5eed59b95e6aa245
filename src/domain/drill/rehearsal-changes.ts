// What a rehearsed migration did to a database: the state before and after, and everything in which the two differ.
import { displayName } from '../fingerprint/compare-fingerprints.ts'
import { plural } from '../text/plural.ts'

/** A table as it was at one moment. */
export interface TableState {
  /** Stays the same when a table is renamed, and not when it is dropped and created again. */
  readonly identity: number
  readonly schema: string
  readonly table: string
  /** Exact. */
  readonly rows: number
  /** With its indexes and what is stored out of line. */
  readonly bytes: number
  /** Number of a column (never used again) -> its name. */
  readonly columns: Readonly<Record<number, string>>
  /** Number of a column -> a digest of its values, whatever their order; absent where they could not be read. */
  readonly values?: Readonly<Record<number, string>>
}

/** A database as it was at one moment. */
export interface DatabaseState {
  readonly bytes: number
  readonly tables: readonly TableState[]
  /** Everything that is defined besides tables. */
  readonly objects?: readonly ObjectState[]
}

/** An object that is no table, as it was at one moment. */
interface ObjectState {
  /** `function public.total(integer)`; of an object that belongs to a table, `index a_pkey`. */
  readonly object: string
  readonly table?: { readonly identity: number; readonly name: string }
  /** Of its definition. */
  readonly digest: string
}

/** A table in which something changed. */
export interface TableChange {
  /** As it was called before; for a new one, as it is called now. */
  readonly table: string
  readonly change: 'new' | 'dropped' | 'made anew' | 'renamed' | 'changed'
  readonly rowsBefore?: number
  readonly rowsAfter?: number
  readonly bytesBefore?: number
  readonly bytesAfter?: number
  readonly droppedColumns?: readonly string[]
  /** Columns whose values changed, where the number of rows did not. */
  readonly changedColumns?: readonly string[]
}

/** An object that is no table: `index a_pkey of public.a`. */
export interface ObjectChange {
  readonly object: string
  readonly change: 'added' | 'dropped' | 'changed'
}

/** Everything in which the two states differ, tables with lost rows first. */
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

/** With other rows every digest differs, which says nothing. */
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

/** Objects that were added, dropped or changed, but for those of tables that were created or dropped. */
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

/** Of tables, partitioned and foreign ones included: each has a column. */
function identitiesIn({ tables, objects = [] }: DatabaseState): Set<number> {
  return new Set([...tables.map(({ identity }) => identity), ...objects.flatMap(({ table }) => table?.identity ?? [])])
}

/** Tables in which migration tools record what they have applied: they write to them before a migration begins. */
const ofTools =
  /[."](_*((pg|knex|typeorm|mikro_orm|kysely|prisma|drizzle|sqlx|django|gorp|seaql|ef|diesel_schema|schema)_*)?migrations?(_?lock|_?history|_versions)?|schema_(version|history|info)|(flyway|refinery)_schema_history|databasechangelog(lock)?|alembic_version|sequelizemeta|phinxlog|goose_db_version|ar_internal_metadata|atlas_schema_revisions|doctrine_migration_versions)"?$/i

/**
 * Everything of the migration that is in the database for good, as ends of sentences. A table that only takes more or
 * less space is not among it, nor are the tables of the tool itself.
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

/** What a reviewer may want to know, and what is no finding: values that changed. */
export function informationOn(tables: readonly TableChange[]): string[] {
  return tables.flatMap(({ table, changedColumns = [] }) =>
    changedColumns.map((column) => valuesSentence(column, table)),
  )
}

function valuesSentence(column: string, table: string): string {
  return `values of column ${column} of ${table} changed`
}
