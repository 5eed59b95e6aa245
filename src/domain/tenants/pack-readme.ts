// The README.txt in a pack: how to extract one tenant without Resguardo.
import { type FilesWithMarks, loadByHand } from './load-by-hand.ts'
import { indexFile, type PackIndex } from './pack-index.ts'
import { describeFiles, describeMarks, describeSchema, describeTables, textOf } from './tenant-readme.ts'
import type { PackTables } from './tenant-zip.ts'

/** Returns English plain text. Lines have at most about 100 characters, except for the statements. */
export function packReadme(about: PackTables, marked: FilesWithMarks, index: PackIndex): string {
  const { tenants, tables } = about
  return textOf([
    `Rows of ${tenants.length} tenants.`,
    ...describeFiles(about),
    '',
    `In each CSV, the rows of one tenant follow those of another. ${indexFile} has a line for each tenant and each`,
    'table in which it has rows: ID, file, number of rows, where they begin in the file and their length (in bytes),',
    'and their SHA-256. IDs are percent-encoded: letters, digits, - and _ stay, other bytes become %XX.',
    '',
    'To load the rows of one tenant with psql:',
    ...describeSchema,
    '- If the backup has a shared.zip, load it first: it has the rows that tenants share.',
    `- In the folder of the unpacked ZIP, write the rows of the tenant (here ID, as in ${indexFile}) to the folder`,
    '  "tenant". This command runs the lines below from mkdir to the empty line:',
    "  sed -n '/^mkdir /,/^$/p' README.txt | tenant=ID sh -eu",
    '- In the folder "tenant", run the lines below from BEGIN to COMMIT:',
    "  sed -n '/^BEGIN;$/,/^COMMIT;$/p' ../README.txt | psql -X -v ON_ERROR_STOP=1 -d DATABASE",
    ...describeMarks(marked),
    '',
    'mkdir -p tenant/data',
    `grep -q "^$tenant," ${indexFile} || { echo "no rows of tenant $tenant" >&2; exit 1; }`,
    `rows() { grep "^$tenant,$1," ${indexFile} | { IFS=, read -r id file rows offset bytes sum || { offset=0 bytes=0; }`,
    '  head -c "$2" "$1"; tail -c "+$((offset + 1))" "$1" | head -c "$bytes"; } > "tenant/$1"; }',
    ...tables.map(({ file, bytes }) => `rows ${file} ${bytes - index.rowBytesOf(file)}`),
    '',
    ...loadByHand(tables, marked),
    '',
    ...describeTables(about),
  ])
}
