// The fingerprint of an archive, the same for every format.
import type { Fingerprint, LargeObjectsFingerprint, TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import type { CopyFingerprint } from './copy-digest.ts'
import { parseCopyStatement } from './copy-statement.ts'
import { inventoryOf } from './inventory.ts'
import { sequencesOf } from './sequences.ts'
import type { ArchiveHeader, TocEntry } from './toc-entry.ts'

/**
 * `known: false`: the archive's version is newer than this reader. Nothing was checked; the fingerprint is empty and
 * covers `counts`.
 */
export type ArchiveFingerprint =
  | {
      readonly known: true
      readonly header: ArchiveHeader
      readonly entries: readonly TocEntry[]
      readonly fingerprint: Fingerprint
    }
  | { readonly known: false; readonly version: string; readonly fingerprint: Fingerprint }

export function unknownFingerprint(version: string): ArchiveFingerprint {
  return { known: false, version, fingerprint: { covers: 'counts', tables: [], sequences: [] } }
}

/** Whether the entry's data is a COPY stream and not INSERT statements. */
export function isCopied(entry: TocEntry): boolean {
  return entry.description === 'TABLE DATA' && entry.copyStatement !== undefined
}

/** A table whose rows the archive contains. */
export interface CopiedTable {
  /** A restore may change the order of its rows. */
  readonly isReorderable: boolean
  fingerprint(copy: CopyFingerprint): TableFingerprint
}

/**
 * Returns a function that parses the COPY statement of an entry. A restore may change the order of rows that are loaded
 * through a root, and of tables that the archive does not create. The latter are configuration tables of extensions;
 * COPY into an existing table first fills free space in its pages. An archive that creates no tables is a data-only
 * dump, where this would cost too much, so only rows loaded through a root count as reorderable.
 */
export function copiedTables(entries: readonly TocEntry[]): (entry: TocEntry) => CopiedTable {
  const made = new Set(entries.filter(({ description }) => description === 'TABLE').map(({ dumpId }) => dumpId))
  return ({ schema = '', tag, dependencies, copyStatement = '' }) => {
    const { columns, ...named } = parseCopyStatement(copyStatement)
    // The partitioned table that the COPY statement names instead of the partition.
    const root = named.schema === schema && named.table === tag ? undefined : named
    return {
      isReorderable: root !== undefined || (made.size > 0 && !dependencies.some((id) => made.has(id))),
      fingerprint: (copy) => ({
        ...{ schema, table: tag },
        ...copy,
        ...(columns.length > 0 && { columns }),
        ...(root && { root }),
      }),
    }
  }
}

/** `tables` is undefined if rows could not be read: compressed, or INSERT statements. */
export function knownFingerprint(
  header: ArchiveHeader,
  entries: readonly TocEntry[],
  tables: readonly TableFingerprint[] | undefined,
  largeObjects: LargeObjectsFingerprint | undefined,
): ArchiveFingerprint {
  const fingerprint: Fingerprint = {
    covers: tables === undefined ? 'counts' : 'content',
    tables: tables ?? [],
    sequences: sequencesOf(entries),
    ...(largeObjects !== undefined && largeObjects.count > 0 && { largeObjects }),
    inventory: inventoryOf(entries),
  }
  return { known: true, header, entries, fingerprint }
}
