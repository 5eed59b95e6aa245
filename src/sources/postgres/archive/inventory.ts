// What the catalogue holds, kind by kind, told from an archive's table of contents.
import { createHash } from 'node:crypto'
import type { Inventory } from '../../../domain/fingerprint.ts'
import type { TocEntry } from './toc.ts'

/** Data, settings of the dump's session, and the database itself, which a restore may name differently. */
const notSchema: ReadonlySet<string> = new Set([
  'TABLE DATA',
  'MATERIALIZED VIEW DATA',
  'SEQUENCE SET',
  'STATISTICS DATA',
  'BLOB',
  'BLOBS',
  'BLOB METADATA',
  'BLOB COMMENTS',
  'ENCODING',
  'STDSTRINGS',
  'SEARCHPATH',
  'DATABASE',
  'DATABASE PROPERTIES',
])
/** What is said about another object; it counts where that object does. Since 17 a tag may name a range, `LARGE OBJECTS 1..9`. */
const annotations: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL'])

function isSchema(entry: TocEntry): boolean {
  if (notSchema.has(entry.description)) return false
  return !(annotations.has(entry.description) && /^(DATABASE|LARGE OBJECTS?) /.test(entry.tag))
}

/**
 * Counts and digests the names of all objects that make up the schema. The archive of a full dump and one of
 * `pg_dump --schema-only` of the database restored from it give the same inventory.
 */
export function inventoryOf(entries: readonly TocEntry[]): Inventory {
  const names = new Map<string, string[]>()
  for (const entry of entries) {
    if (!isSchema(entry)) continue
    const line = `${entry.schema ?? ''}\t${entry.tag}\n`
    const lines = names.get(entry.description)
    if (lines === undefined) names.set(entry.description, [line])
    else lines.push(line)
  }
  const kinds = [...names].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    objects: Object.fromEntries(
      kinds.map(([kind, lines]) => {
        const sha256 = createHash('sha256').update(lines.sort().join('')).digest('hex')
        return [kind, { count: lines.length, sha256 }]
      }),
    ),
  }
}
