// The README.txt in a tenant's ZIP: for whoever opens it without Resguardo.
import type { TenantTables } from './tenant-zip.ts'

/** Plain text in English, lines of at most some 100 characters. */
export function readmeOf({ tenant, backup, taken, excel, tables, by }: TenantTables): string {
  const lines = [
    tenant === undefined ? 'Rows that all tenants share.' : `Rows of tenant ${JSON.stringify(tenant)}.`,
    `As of ${taken}, from backup ${backup}. Made by Resguardo.`,
    '',
    'One CSV per table: UTF-8, RFC 4180, a header with the names of the columns, rows as PostgreSQL writes them',
    '(COPY … WITH (FORMAT csv)). An empty field is NULL; "" is the empty text. Computed columns are left out.',
    ...(excel
      ? [
          '',
          "Made for spreadsheets: a byte order mark comes first, and texts that could be formulas have one ' in front",
          '(the columns called "guarded" in tables.json). `resguardo restore` takes it off again.',
        ]
      : []),
    '',
    'By hand, into a database that has the tables (schema.dump.zst beside this ZIP makes them: zstd -dc schema.dump.zst |',
    'pg_restore -d DATABASE), in this order, in one transaction:',
    ...tables.flatMap(({ schema, table, file, columns, rows }) =>
      rows === 0
        ? []
        : [
            `  \\copy ${quoted(schema)}.${quoted(table)} (${columns.map(({ name }) => quoted(name)).join(', ')}) FROM '${file}' WITH (FORMAT csv, HEADER true)`,
          ],
    ),
    ...byHandNotes(excel, tables, tenant),
    '',
    'Tables, and their rows:',
    ...tables.map(({ schema, table, rows }) => `  ${schema}.${table}: ${rows}`),
    '',
    by.schema === undefined
      ? `Rows were told apart by ${by.column}${by.table ? ` and foreign keys to ${by.table.schema}.${by.table.table}` : ''}.`
      : `Tenants have schemas of their own: ${by.schema}.`,
    "tables.json holds the columns with their types, and the SHA-256 of each table's rows.",
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
          `${circle.map(({ table }) => table).join(', ')} refer to each other: drop one of these foreign keys first and make it again afterwards,`,
          'or, as a superuser, SET session_replication_role = replica (which checks no foreign key at all).',
        ]
      : []),
    ...(tenant === undefined ? [] : ['Rows that tenants share must be there already (shared.zip, where the backup has one).']),
    'Afterwards move the sequences of numbered columns on: SELECT setval(pg_get_serial_sequence(TABLE, COLUMN), max(COLUMN)) FROM TABLE.',
    ...(excel
      ? [
          "\\copy does not take the ' in front of guarded texts off: UPDATE … SET column = substr(column, 2) WHERE column LIKE '''%'.",
        ]
      : []),
  ]
}

/** For reading and copying by people; nothing is run with it. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
