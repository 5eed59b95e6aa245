// The README.txt in the ZIP of a tenant, and lines that the README.txt of a pack shares.
import { plainText } from '../text/plain-text.ts'
import { type FilesWithMarks, loadByHand } from './load-by-hand.ts'
import type { PackTables, TenantTables } from './tenant-zip.ts'

/** Returns English plain text. Lines have at most about 100 characters, except for the statements. */
export function tenantReadme(about: TenantTables, marked: FilesWithMarks): string {
  const { tenant, tables } = about
  return textOf([
    tenant === undefined ? 'Rows that all tenants share.' : `Rows of tenant ${JSON.stringify(tenant)}.`,
    ...describeFiles(about),
    '',
    'To load the rows with psql:',
    ...describeSchema,
    ...(tenant === undefined
      ? []
      : ['- If the backup has a shared.zip, load it first: it has the rows that tenants share.']),
    '- In the folder of the unpacked ZIP, run the lines below from BEGIN to COMMIT:',
    "  sed -n '/^BEGIN;$/,/^COMMIT;$/p' README.txt | psql -X -v ON_ERROR_STOP=1 -d DATABASE",
    ...describeMarks(marked),
    '',
    ...loadByHand(tables, marked),
    '',
    ...describeTables(about),
  ])
}

export function textOf(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}

export function describeFiles({ taken, backup, excel }: TenantTables | PackTables): string[] {
  return [
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
  ]
}

export const describeSchema = [
  '- If the database does not have the tables, create them from schema.dump.zst of the backup:',
  '  zstd -dc schema.dump.zst | pg_restore -d DATABASE',
]

export function describeMarks(marked: FilesWithMarks): string[] {
  if (marked.size === 0) return []
  return ['  (They run sed, because psql before 18 treats a line that is only \\. as the end of the data.)']
}

export function describeTables({ tables, by }: TenantTables | PackTables): string[] {
  return [
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
}
