// Reads the values of sequences from an archive. They are not part of a snapshot, so only the dump has them.
import type { SequenceFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { damaged } from './damage.ts'
import type { TocEntry } from './toc-entry.ts'

/** `SELECT pg_catalog.setval('public."T_id_seq"', 42, true);`; the name is taken from the entry, unquoted. */
const setval = /,\s*(-?\d+),\s*(true|false)\);\s*$/

/** Every `SEQUENCE SET` entry, in the archive's order. */
export function sequencesOf(entries: readonly TocEntry[]): SequenceFingerprint[] {
  return entries
    .filter((entry) => entry.description === 'SEQUENCE SET')
    .map((entry) => {
      const [, value, called] = setval.exec(entry.definition) ?? []
      if (value === undefined) throw damaged(`could not parse the value of sequence ${entry.schema ?? ''}.${entry.tag}`)
      return { schema: entry.schema ?? '', sequence: entry.tag, value, called: called === 'true' }
    })
}
