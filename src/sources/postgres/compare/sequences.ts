// Where the restored sequences stand.
import type pg from 'pg'
import type { SequencePrint } from '../../../domain/fingerprint.ts'
import { queryTables } from '../query-tables.ts'
import { qualified } from '../snapshot.ts'

const batch = 200

/** Reads sequences that exist, many in one query. */
export async function readSequences(client: pg.Client, wanted: readonly SequencePrint[]): Promise<SequencePrint[]> {
  const found: SequencePrint[] = []
  for (let from = 0; from < wanted.length; from += batch) {
    const part = wanted.slice(from, from + batch)
    const rows = await queryTables<{ at: number; value: string; called: boolean }>(
      client,
      part
        .map((each, at) => `SELECT ${at} AS at, last_value::text AS value, is_called AS called FROM ${name(each)}`)
        .join(' UNION ALL '),
    )
    for (const { at, value, called } of rows) found.push({ ...(part[at] as SequencePrint), value, called })
  }
  return found
}

function name({ schema, sequence }: SequencePrint): string {
  return qualified({ schema, table: sequence })
}
