// What an archive turned out to hold, the same for every format.
import type { Fingerprint, LargeObjectsFingerprint, TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import type { CopyPrint } from './copy-digest.ts'
import { parseCopyStatement } from './copy-statement.ts'
import { inventoryOf } from './inventory.ts'
import { sequencesOf } from './sequences.ts'
import type { ArchiveHeader, TocEntry } from './toc-entry.ts'

/**
 * `known: false`: the archive's layout is newer (or much older) than this reader; its bytes passed, but nothing
 * was checked and the fingerprint is empty and covers `counts`.
 */
export type ArchiveFingerprint =
  | {
      readonly known: true
      readonly header: ArchiveHeader
      readonly entries: readonly TocEntry[]
      readonly fingerprint: Fingerprint
    }
  | { readonly known: false; readonly version: string; readonly fingerprint: Fingerprint }

export function unknownPrint(version: string): ArchiveFingerprint {
  return { known: false, version, fingerprint: { covers: 'counts', tables: [], sequences: [] } }
}

/** Whether rows can be told from an entry's data: not where the dump wrote INSERT statements. */
export function isCopied(entry: TocEntry): boolean {
  return entry.description === 'TABLE DATA' && entry.copyStatement !== undefined
}

/**
 * The partitioned table through which a partition's rows are loaded: then the COPY statement names it, not the
 * partition.
 */
function rootOf(entry: TocEntry): { schema: string; table: string } | undefined {
  const { schema, table } = parseCopyStatement(entry.copyStatement ?? '')
  return schema === entry.schema && table === entry.tag ? undefined : { schema, table }
}

/**
 * Tells of each entry whether a restore may put its rows into another order: those loaded through a root, and those of
 * tables that the archive does not make itself (an extension's configuration tables: COPY into a table that was there
 * before fills the gaps of its pages first). An archive that makes no tables at all is a dump of data alone, for whose
 * many rows this would cost too much.
 */
export function reorderable(entries: readonly TocEntry[]): (entry: TocEntry) => boolean {
  const made = new Set(entries.filter(({ description }) => description === 'TABLE').map(({ dumpId }) => dumpId))
  return (entry) => rootOf(entry) !== undefined || (made.size > 0 && !entry.dependencies.some((id) => made.has(id)))
}

export function tablePrint(entry: TocEntry, copy: CopyPrint): TableFingerprint {
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

/** `tables` is undefined where the rows could not be read: compressed, or INSERT statements. */
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
