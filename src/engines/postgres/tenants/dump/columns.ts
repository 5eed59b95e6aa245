// The columns of a table in its CSV: SELECT list, options of COPY, and the table's entry in `tables.json`.
import { createHash } from 'node:crypto'
import { encodedName } from '../../../../domain/tenants/encoded-name.ts'
import { type MappedTable, writtenColumns } from '../../../../domain/tenants/map.ts'
import type { ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import { id } from '../quoting.ts'

interface CsvColumns {
  /** SELECT list: each column of `t` under its name. */
  readonly select: string
  /** Options of COPY, `FORMAT csv` included. */
  readonly options: string
  readonly guarded: readonly string[]
}

/**
 * SQL literal of a regular expression: characters that begin a formula in a spreadsheet, and the apostrophe that
 * escapes them.
 */
const risky = "'^[=+@\\t\\r''-]'"

/** Returns the parts of the table's COPY. The table must have a column that is not generated. */
export function csvColumns(table: MappedTable, excel: boolean): CsvColumns {
  const columns = writtenColumns(table)
  const guarded = excel ? columns.filter(({ category }) => category === 'S').map(({ name }) => name) : []
  const select = columns.map(({ name }) => {
    const column = `t.${id(name)}`
    if (!guarded.includes(name)) return `${column} AS ${id(name)}`
    return `CASE WHEN ${column}::text ~ ${risky} THEN '''' || ${column}::text ELSE ${column}::text END AS ${id(name)}`
  })
  return { select: select.join(', '), options: csvOptions(columns.map(({ name }) => name)), guarded }
}

/**
 * Options of COPY … TO for these columns. A single column is quoted, because COPY … FROM would read an unquoted row
 * `\.` as the end of the data.
 */
export function csvOptions(columns: readonly string[]): string {
  const [only, ...more] = columns
  return only !== undefined && more.length === 0 ? `FORMAT csv, FORCE_QUOTE (${id(only)})` : 'FORMAT csv'
}

/** Returns a quoted name that no column has: otherwise options that name a column would match both. */
export function freeName({ columns }: MappedTable, wanted: string): string {
  let name = wanted
  while (columns.some((column) => column.name === name)) name += '_'
  return id(name)
}

/** Returns the table's entry in `tables.json`, without what depends on its rows. */
export function zippedTable(
  table: MappedTable,
  guarded: readonly string[],
): Omit<ZippedTable, 'rows' | 'sha256' | 'bytes'> {
  return {
    schema: table.schema,
    table: table.table,
    file: fileOf(table),
    columns: writtenColumns(table).map(({ name, type }) => ({ name, type })),
    group: table.group,
    ...(guarded.length > 0 && { guarded }),
  }
}

/** Maximum length of a name, so that it fits in 255 bytes with its digest and `.csv`. */
const longestName = 220

/**
 * Returns a path such as `data/public.Product.csv`. Characters that file systems or ZIP tools do not accept are
 * percent-encoded, as is `%`. A name that is too long is cut and ends with `~` and a digest; no other name contains
 * `~`.
 */
function fileOf({ schema, table }: MappedTable): string {
  const name = `${encodedName(schema)}.${encodedName(table)}`
  if (name.length <= longestName) return `data/${name}.csv`
  return `data/${name.slice(0, longestName)}~${createHash('sha256').update(name).digest('hex').slice(0, 24)}.csv`
}
