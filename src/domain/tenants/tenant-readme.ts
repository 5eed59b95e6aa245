// The README.txt in a tenant's ZIP: for whoever opens it without Resguardo.
import { plainText } from '../plain-text.ts'
import { type FilesWithMarks, loadByHand } from './load-by-hand.ts'
import type { TenantTables } from './tenant-zip.ts'

/** Plain text in English, lines of at most some 100 characters but for the statements. */
export function readmeOf({ tenant, backup, taken, excel, tables, by }: TenantTables, marked: FilesWithMarks): string {
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
          '(the columns "guarded" in tables.json). `resguardo restore` and the lines below remove this character.',
        ]
      : []),
    '',
    'To load the rows by hand, with psql alone:',
    '- Create the tables where the database does not have them, from schema.dump.zst next to this ZIP:',
    '  zstd -dc schema.dump.zst | pg_restore -d DATABASE',
    ...(tenant === undefined ? [] : ['- Load the rows that tenants share first: shared.zip, if the backup has one.']),
    '- In the folder of the unpacked ZIP, run the lines from BEGIN to COMMIT below:',
    "  sed -n '/^BEGIN;$/,/^COMMIT;$/p' README.txt | psql -X -v ON_ERROR_STOP=1 -d DATABASE",
    ...(marked.size > 0
      ? ['  (They run sed, because psql before 18 takes a line that is only \\. for the end of the rows.)']
      : []),
    '',
    ...loadByHand(tables, marked),
    '',
    'Rows per table:',
    ...tables.map(({ schema, table, rows }) => plainText(`  ${schema}.${table}: ${rows}`)),
    '',
    by.schema === undefined
      ? plainText(
          `Rows were assigned to tenants by column ${by.column}${by.table ? ` and foreign keys to ${by.table.schema}.${by.table.table}` : ''}.`,
        )
      : plainText(`Each tenant has a schema: ${by.schema}.`),
    "tables.json has the columns with their types, and the SHA-256 of each table's rows.",
  ]
  return `${lines.join('\n')}\n`
}
