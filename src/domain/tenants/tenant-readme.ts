// The README.txt in a tenant's ZIP: for whoever opens it without Resguardo.
import type { TenantTables } from './tenant-zip.ts'

/** Plain text in English, lines of at most some 100 characters. */
export function readmeOf({ tenant, backup, taken, excel, tables, by }: TenantTables): string {
  const lines = [
    tenant === undefined ? 'Rows that all tenants share.' : `Rows of tenant ${JSON.stringify(tenant)}.`,
    `As of ${taken}, from backup ${backup}. Made by Resguardo.`,
    '',
    'One CSV per table: UTF-8, RFC 4180, a header with the names of the columns, rows as PostgreSQL writes them',
    '(COPY … WITH (FORMAT csv)). An empty field is NULL; "" is the empty text. Generated columns are not included.',
    ...(excel
      ? [
          '',
          "Written for spreadsheets: with a byte order mark, and with one ' before texts that could be formulas",
          '(the columns "guarded" in tables.json). `resguardo restore` removes this character.',
        ]
      : []),
    '',
    'To load the rows by hand into a database with the tables (from schema.dump.zst next to this ZIP:',
    'zstd -dc schema.dump.zst | pg_restore -d DATABASE), run this in one transaction:',
    ...tables.flatMap(({ schema, table, file, columns, rows }) =>
      rows === 0
        ? []
        : [
            `  \\copy ${quoted(schema)}.${quoted(table)} (${columns.map(({ name }) => quoted(name)).join(', ')}) FROM '${file}' WITH (FORMAT csv, HEADER true)`,
          ],
    ),
    ...byHandNotes(excel, tables, tenant),
    '',
    'Rows per table:',
    ...tables.map(({ schema, table, rows }) => `  ${schema}.${table}: ${rows}`),
    '',
    by.schema === undefined
      ? `Rows were assigned to tenants by column ${by.column}${by.table ? ` and foreign keys to ${by.table.schema}.${by.table.table}` : ''}.`
      : `Each tenant has a schema: ${by.schema}.`,
    "tables.json has the columns with their types, and the SHA-256 of each table's rows.",
  ]
  return `${lines.join('\n')}\n`
}

/** What stands in the way of loading by hand. */
function byHandNotes(excel: boolean, tables: TenantTables['tables'], tenant: string | undefined): string[] {
  const groups = tables.map(({ group }) => group)
  const circle = tables.filter(({ group }) => groups.filter((each) => each === group).length > 1)
  return [
    ...(circle.length > 0
      ? [
          `${circle.map(({ table }) => table).join(', ')} refer to each other: drop one of these foreign keys first and create it again afterwards,`,
          'or, as a superuser, SET session_replication_role = replica (which does not check foreign keys).',
        ]
      : []),
    ...(tenant === undefined ? [] : ['Load rows that tenants share first (shared.zip, if the backup has one).']),
    'psql before 18 takes a line that is only \\. for the end of the rows, also within quotes. For such rows use psql 18 or newer,',
    "or let the server read the file, as a superuser: COPY … FROM '/folder/FILE' WITH (FORMAT csv, HEADER true).",
    'Then set the sequences of serial and identity columns: SELECT setval(pg_get_serial_sequence(TABLE, COLUMN), max(COLUMN)) FROM TABLE.',
    ...(excel
      ? ["\\copy does not remove the ' before guarded texts: UPDATE … SET column = substr(column, 2) WHERE column LIKE '''%'."]
      : []),
  ]
}

/** For reading and copying by people; nothing is run with it. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
