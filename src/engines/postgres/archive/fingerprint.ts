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

/** The partitioned table that the COPY statement names instead of the partition, if rows are loaded through it. */
function rootOf(entry: TocEntry): { schema: string; table: string } | undefined {
  const { schema, table } = parseCopyStatement(entry.copyStatement ?? '')
  return schema === entry.schema && table === entry.tag ? undefined : { schema, table }
}

/**
 * Returns a function that reports whether a restore may change the order of an entry's rows: those loaded through a
 * root, and those of tables that the archive does not create. The latter are configuration tables of extensions; COPY
 * into an existing table first fills free space in its pages. An archive that creates no tables is a data-only dump,
 * where this would cost too much, so only rows loaded through a root are reported.
 */
export function reorderable(entries: readonly TocEntry[]): (entry: TocEntry) => boolean {
  const made = new Set(entries.filter(({ description }) => description === 'TABLE').map(({ dumpId }) => dumpId))
  return (entry) => rootOf(entry) !== undefined || (made.size > 0 && !entry.dependencies.some((id) => made.has(id)))
}

export function tableFingerprint(entry: TocEntry, copy: CopyFingerprint): TableFingerprint {
  const { columns } = parseCopyStatement(entry.copyStatement ?? '')
  const root = rootOf(entry)
  return {
    schema: entry.schema ?? '',
    table: entry.tag,
    ...copy,
    ...(columns.length > 0 && { columns }),
    ...(root && { root }),
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
