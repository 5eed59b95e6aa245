// Inserts shared rows that the database lacks.
import { Failure } from '../../../../domain/failures/failure.ts'
import { type MappedTable, nameOf } from '../../../../domain/tenants/map.ts'
import type { TenantZip } from '../../../../ports/tenant.ts'
import { qualified } from '../../dump/snapshot.ts'
import { matchTables } from './match-tables.ts'
import { groupsOf, type Matched, type RestoreContext } from './restore-context.ts'
import { stage } from './stage.ts'
import { columnList, countOf, insertStatement, together } from './statements.ts'

/**
 * Matches the tables of the shared ZIP. Throws Failure: what `matchTables` throws, `usage` for the ZIP of a tenant,
 * `integrity` for rows of tables that are not shared.
 */
export function matchShared(
  zip: TenantZip,
  { map, always }: { readonly map: RestoreContext['map']; readonly always: ReadonlySet<string> },
): ReturnType<typeof matchTables> {
  if (zip.tables.tenant !== undefined) {
    throw new Failure('tenant/wrong-zip', 'the ZIP for shared rows contains rows of a tenant', {
      hint: 'Use shared.zip of the same backup.',
    })
  }
  const takes = (table: MappedTable): Failure | undefined =>
    table.ownership.kind !== 'shared'
      ? new Failure(
          'tenant/foreign-rows',
          `the ZIP of shared rows contains rows of ${nameOf(table)}, which is not a shared table in this database`,
          {
            hint: 'Restore without --include-shared, or assign the table with --tenant-rule.',
          },
        )
      : undefined
  return matchTables({ map, always, takes, zipped: zip.tables.tables })
}

/** Inserts missing rows; existing rows are not changed. Returns a sentence for each table with rows in the ZIP. */
export async function insertShared(
  context: RestoreContext,
  zip: TenantZip,
  matches: readonly Matched[],
): Promise<string[]> {
  const { client, ledger } = context
  const contents = await zip.open()
  try {
    const notes: string[] = []
    for (const group of groupsOf(matches.filter(({ zipped }) => zipped.rows > 0))) {
      const wanted: { match: Matched; statement: string }[] = []
      for (const match of group) {
        const isBag = match.key.length === 0
        if (
          isBag &&
          (await countOf(
            client,
            `SELECT pg_catalog.count(*) AS n FROM (SELECT FROM ${qualified(match.table)} LIMIT 1) AS found`,
          )) > 0
        ) {
          notes.push(`${nameOf(match.table)} has shared rows but no primary key, so it was not changed.`)
          continue
        }
        const { name } = await stage(context, { contents, excel: zip.tables.excel }, match)
        const insert = insertStatement(
          match,
          `${columnList(match.columns, 's')} FROM ${name} AS s ON CONFLICT DO NOTHING`,
        )
        wanted.push({ match, statement: insert })
      }
      const counts = await together(
        client,
        wanted.map(({ statement }) => statement),
      )
      for (const [at, { match }] of wanted.entries()) {
        const inserted = counts[at] ?? 0
        ledger.add(match.table, { inserted })
        notes.push(`${nameOf(match.table)}: ${inserted} shared rows inserted, ${match.zipped.rows - inserted} existed.`)
      }
    }
    return notes
  } finally {
    await contents.close()
  }
}
