// Reads the beginning of a stored archive: its table of contents, with the properties of the database.
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
  /** SQL that uses the database's name at the time of the dump. */
  readonly statements: readonly string[]
}

/** Owner, grants, settings, connection limit and comment of the database in the dump. */
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

/** Roles that own objects in the archive. */
export function ownersIn(contents: readonly TocEntry[]): Set<string> {
  return new Set(contents.flatMap(({ owner, description }) => (owner && description !== 'DATABASE' ? [owner] : [])))
}
