// Builds the psql statements in a ZIP's README.txt that load its rows, for all values and names.
import type { ZippedTable } from './tenant-zip.ts'

/**
 * CSV files with a line that begins with `\.`: psql before 18 treats a line that is only `\.` as the end of the data.
 */
export type FilesWithMarks = ReadonlySet<string>

/** Returns the psql script, one transaction from `BEGIN;` to `COMMIT;`. No name can add a line. */
export function loadByHand(tables: readonly ZippedTable[], marked: FilesWithMarks): string[] {
  const filled = tables.filter(({ rows }) => rows > 0)
  const groups = new Map<number, ZippedTable[]>()
  for (const table of filled) groups.set(table.group, [...(groups.get(table.group) ?? []), table])
  const places = new Map(filled.map((table, at) => [table, at + 1]))
  return [
    'BEGIN;',
    settings,
    ...[...groups.values()].flatMap((group) => {
      const [only, ...more] = group
      if (only && more.length === 0 && isCopied(only)) return [copy(tableName(only), only, marked, columnNames(only))]
      const staged = group.map((table) => ({ table, name: `pg_temp.resguardo_${places.get(table)}` }))
      return [
        ...staged.flatMap(({ table, name }) => [stage(table, name), copy(name, table, marked)]),
        insertTogether(staged),
      ]
    }),
    ...(filled.length > 0 ? [sequences(filled)] : []),
    'COMMIT;',
  ]
}

/** The settings under which the rows were written. */
const settings = `SELECT set_config('client_encoding', CASE current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, true), set_config('intervalstyle', 'postgres', true), set_config('xmloption', 'content', true), set_config('array_nulls', 'on', true);`

/**
 * Whether `\copy` can load the CSV into the table itself: a psql command is one line and has no escapes in names, and a
 * value that was escaped for spreadsheets may not fit its column.
 */
function isCopied({ schema, table, columns, guarded = [] }: ZippedTable): boolean {
  return (
    guarded.length === 0 && [schema, table, ...columns.map(({ name }) => name)].every((name) => !control.test(name))
  )
}

/**
 * Rewrites `\.` as `"\."`. Inside quotes this closes and reopens them, outside it opens and closes them. The value
 * stays the same, and no line is only `\.`.
 */
function copy(into: string, { file }: ZippedTable, marked: FilesWithMarks, columns = ''): string {
  const from = marked.has(file) ? `PROGRAM 'LC_ALL=C sed ''s/^\\\\[.]/"&"/'' ''${file}'''` : `'${file}'`
  return `\\copy ${into}${columns} FROM ${from} WITH (FORMAT csv, HEADER true)`
}

function stage(table: ZippedTable, name: string): string {
  const guarded = new Set(table.guarded)
  const columns = table.columns.map(
    (column, at) => `${guarded.has(column.name) ? "''::text" : quoted(column.name)} AS c${at}`,
  )
  return `CREATE TEMP TABLE ${name} ON COMMIT DROP AS SELECT ${columns.join(', ')} FROM ${tableName(table)} WITH NO DATA;`
}

/** Builds one statement, because foreign keys are checked at its end. */
function insertTogether(staged: readonly { readonly table: ZippedTable; readonly name: string }[]): string {
  const inserts = staged.map(({ table, name }) => {
    const guarded = new Set(table.guarded)
    const values = table.columns.map((column, at) =>
      guarded.has(column.name) ? `CASE WHEN left(c${at}, 1) = '''' THEN substr(c${at}, 2) ELSE c${at} END` : `c${at}`,
    )
    return `INSERT INTO ${tableName(table)}${columnNames(table)} OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')} FROM ${name}`
  })
  const [last, ...others] = inserts.reverse()
  const named = others.map((insert, at) => `w${at} AS (${insert})`)
  return `${named.length > 0 ? `WITH ${named.join(', ')} ` : ''}${last};`
}

/** Advances the sequences of serial and identity columns to the highest row. */
function sequences(tables: readonly ZippedTable[]): string {
  const names = tables.map(({ schema, table }) => `(${literal(schema)}, ${literal(table)})`)
  return [
    `SELECT format('SELECT setval(%L, greatest(max(%I), (SELECT last_value FROM %s))) FROM %s', s.oid::regclass, a.attname, s.oid::regclass, t.oid::regclass)`,
    "FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqincrement > 0 JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')",
    "JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)",
    'JOIN pg_class t ON t.oid = a.attrelid JOIN pg_namespace n ON n.oid = t.relnamespace',
    `WHERE (n.nspname, t.relname) IN (${names.join(', ')}) \\gexec`,
  ].join(' ')
}

function tableName({ schema, table }: ZippedTable): string {
  return `${quoted(schema)}.${quoted(table)}`
}

function columnNames({ columns }: ZippedTable): string {
  return ` (${columns.map(({ name }) => quoted(name)).join(', ')})`
}

/** Control characters, including line ends. */
const control = /[\p{Cc}\p{Zl}\p{Zp}]/u

function quoted(name: string): string {
  const text = name.replaceAll('"', '""')
  return control.test(text) ? `U&"${escaped(text)}"` : `"${text}"`
}

function literal(name: string): string {
  const text = name.replaceAll("'", "''")
  return control.test(text) ? `U&'${escaped(text)}'` : `'${text}'`
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(new RegExp(control, 'gu'), (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
