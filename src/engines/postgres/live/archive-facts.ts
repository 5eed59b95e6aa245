// What the beginning of a stored archive says: its table of contents, and the database's own properties in it.
import type { PayloadSource } from '../../../ports/platform.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { entriesIn } from '../load/archive-on-disk.ts'
import { withoutMarker } from './marker.ts'

/** The table of contents, from the first bytes of the stored archive; undefined for plain dumps and unknown layouts. */
export async function readContents(payloads: readonly PayloadSource[]): Promise<readonly TocEntry[] | undefined> {
  const source = payloads.find(({ payload }) => payload.role === 'archive')
  if (!source || /\.sql(\.|$)/.test(source.payload.file)) return undefined
  const stream = await source.open()
  stream.on('error', () => {})
  try {
    return await entriesIn(stream)
  } finally {
    stream.destroy()
  }
}

interface ArchivedProperties {
  readonly owner: string | undefined
  /** SQL that names the database as it was named when it was dumped. */
  readonly statements: readonly string[]
}

/** Owner, grants, settings, limit and comment of the database as the dump carries them. */
export function archivedProperties(contents: readonly TocEntry[]): ArchivedProperties {
  const owner = contents.find(({ description }) => description === 'DATABASE')?.owner
  const statements = contents
    .filter(
      ({ description, tag }) =>
        description === 'DATABASE PROPERTIES' ||
        (['ACL', 'COMMENT'].includes(description) && tag.startsWith('DATABASE ')),
    )
    .map(({ definition, description }) =>
      description === 'COMMENT' ? withoutMarker(definition.trim()) : definition.trim(),
    )
    .filter(Boolean)
  return { owner: owner || undefined, statements }
}

/** Roles that objects in the archive belong to. */
export function ownersIn(contents: readonly TocEntry[]): Set<string> {
  return new Set(contents.flatMap(({ owner, description }) => (owner && description !== 'DATABASE' ? [owner] : [])))
}
