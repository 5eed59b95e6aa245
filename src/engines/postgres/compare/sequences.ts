// Reads the values of restored sequences.
import type { SequenceFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { qualified } from '../dump/snapshot.ts'
import type { Reader } from './reader.ts'

const batch = 200

/** Reads many sequences per query. All of them must exist. */
export async function readSequences(
  reader: Reader,
  wanted: readonly SequenceFingerprint[],
): Promise<SequenceFingerprint[]> {
  const found: SequenceFingerprint[] = []
  for (let from = 0; from < wanted.length; from += batch) {
    const part = wanted.slice(from, from + batch)
    const rows = await reader.rows<{ at: number; value: string; called: boolean }>(
      part
        .map((each, at) => `SELECT ${at} AS at, last_value::text AS value, is_called AS called FROM ${name(each)}`)
        .join(' UNION ALL '),
    )
    for (const { at, value, called } of rows) found.push({ ...(part[at] as SequenceFingerprint), value, called })
  }
  return found
}

function name({ schema, sequence }: SequenceFingerprint): string {
  return qualified({ schema, table: sequence })
}
