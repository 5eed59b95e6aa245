// Which entries of an archive are restored: those asked for, less what cannot be without what is missing.
import type { Manifest } from '../../../domain/manifest.ts'
import { readQualifiedName } from '../archive/identifier.ts'
import { type ArchiveSelection, selectEntries } from '../archive/selection.ts'
import type { TocEntry } from '../archive/toc.ts'
import { relationKey } from '../compare/relations.ts'

export interface Chosen {
  readonly entries: readonly TocEntry[]
  /** True if some were left out, so that pg_restore needs a list. */
  readonly partial: boolean
  readonly notes: readonly string[]
}

export interface Choice extends ArchiveSelection {
  /** Extensions that the server lacks: left out with everything that depends on them. */
  readonly leaveOutExtensions?: readonly string[] | undefined
}

/** Chooses among the archive's entries, in its order. */
export function chooseEntries(all: readonly TocEntry[], manifest: Manifest, choice: Choice): Chosen {
  const asked = isPartial(choice) ? selectEntries(all, choice) : all
  const withoutExtensions = leaveOut(asked, choice.leaveOutExtensions ?? [])
  const restricted = isPartial(choice) || hasSelection(manifest)
  const entries = restricted ? withoutExtensions.filter((entry) => !pointsOutside(entry, withoutExtensions)) : withoutExtensions
  const keys = withoutExtensions.length - entries.length
  return {
    entries,
    partial: entries.length < all.length,
    notes: [
      ...notesOnExtensions(asked, withoutExtensions, choice.leaveOutExtensions ?? []),
      ...(keys > 0 ? [`${keys} foreign keys point to tables that are not included, and were left out.`] : []),
    ],
  }
}

export function isPartial({ tables, schemas }: ArchiveSelection): boolean {
  return (tables?.length ?? 0) > 0 || (schemas?.length ?? 0) > 0
}

/** Whether the dump itself was of a part of the database. */
export function hasSelection({ dump }: Manifest): boolean {
  const { schemas, excludeSchemas, tables, excludeTables } = dump.selection
  return [schemas, excludeSchemas, tables, excludeTables].some((patterns) => patterns.length > 0)
}

/** Entries less the extensions named and all that depends on them, as the archive's own dependencies tell. */
function leaveOut(entries: readonly TocEntry[], extensions: readonly string[]): readonly TocEntry[] {
  if (extensions.length === 0) return entries
  const gone = new Set(
    entries.filter(({ description, tag }) => description === 'EXTENSION' && extensions.includes(tag)).map(({ dumpId }) => dumpId),
  )
  for (let before = -1; before !== gone.size; ) {
    before = gone.size
    for (const { dumpId, dependencies } of entries) if (dependencies.some((each) => gone.has(each))) gone.add(dumpId)
  }
  return entries.filter(({ dumpId }) => !gone.has(dumpId))
}

function notesOnExtensions(before: readonly TocEntry[], after: readonly TocEntry[], extensions: readonly string[]): string[] {
  if (extensions.length === 0) return []
  const kept = new Set(after.map(({ dumpId }) => dumpId))
  const gone = before.filter(({ dumpId }) => !kept.has(dumpId))
  const tables = gone.filter(({ description }) => description === 'TABLE DATA').map(({ schema, tag }) => `${schema}.${tag}`)
  const others = gone.filter(({ description }) => !['TABLE DATA', 'COMMENT', 'ACL', 'EXTENSION'].includes(description))
  return [
    `Not proven: ${extensions.join(', ')} (missing here), ${others.length} objects that need it${tables.length === 0 ? '' : `, and the rows of ${tables.join(', ')}`}.`,
  ]
}

const references = /\bREFERENCES (?=\S)/g

/** Whether a foreign key's other table is not among the entries. */
function pointsOutside(entry: TocEntry, entries: readonly TocEntry[]): boolean {
  if (entry.description !== 'FK CONSTRAINT') return false
  const tables = tablesOf(entries)
  // A name may hold the word as well, so every place is tried, and the last that reads as a table counts.
  const targets = [...entry.definition.matchAll(references)].flatMap(({ index }) => {
    const target = readQualifiedName(entry.definition, index + 'REFERENCES '.length)
    return target?.schema === undefined ? [] : [target]
  })
  const target = targets.at(-1)
  return target !== undefined && !tables.has(relationKey(target.schema ?? '', target.name))
}

const tableSets = new WeakMap<readonly TocEntry[], ReadonlySet<string>>()

function tablesOf(entries: readonly TocEntry[]): ReadonlySet<string> {
  const known = tableSets.get(entries)
  if (known) return known
  const tables = new Set(
    entries
      .filter(({ description }) => /^(FOREIGN )?TABLE$/.test(description))
      .map(({ schema, tag }) => relationKey(schema ?? '', tag)),
  )
  tableSets.set(entries, tables)
  return tables
}
