// Chooses the entries of an archive to restore: the selected ones, without those that need something missing.
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { parseForeignKey } from '../archive/foreign-key.ts'
import { type ArchiveSelection, selectEntries } from '../archive/selection.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { relationKey } from '../compare/relations.ts'
import { deferEntries } from './deferred-entries.ts'

export interface Choice {
  /** Only these tables and the objects that belong to them; none means all. */
  readonly tables?: ArchiveSelection['tables'] | undefined
  readonly schemas?: readonly string[] | undefined
  /** Extensions that the server lacks: left out with all entries that depend on them. */
  readonly leaveOutExtensions?: readonly string[] | undefined
}

export interface Chosen {
  /** In the archive's order, event triggers last. */
  readonly entries: readonly TocEntry[]
  /** True if some were left out or moved, so that pg_restore needs a list. */
  readonly partial: boolean
  readonly notes: readonly string[]
}

/** Chooses among the archive's entries. Throws a failure of kind usage for tables or schemas that the archive lacks. */
export function chooseEntries(all: readonly TocEntry[], manifest: PostgresManifest, choice: Choice): Chosen {
  const { entries: asked, notes } = select(all, choice)
  const extensions = choice.leaveOutExtensions ?? []
  const here = leaveOut(asked, extensions, manifest)
  const restorable = hasSelection(manifest) ? withoutDanglingKeys(here) : here
  const keys = here.length - restorable.length
  const { entries, changed, notes: quiet } = deferEntries(restorable.filter((entry) => !makesPublic(entry)))
  return {
    entries,
    partial: changed || entries.length < all.length,
    notes: [
      ...notes,
      ...(extensions.length > 0 ? [noteOnExtensions(asked, here, extensions)] : []),
      ...(keys > 0 ? [`Skipped ${keys} foreign keys to tables that are not in the backup.`] : []),
      ...quiet,
    ],
  }
}

export function isPartial({ tables = [], schemas = [] }: Choice): boolean {
  return tables.length > 0 || schemas.length > 0
}

/** Whether the dump contains only a part of the database. */
export function hasSelection({ dump }: PostgresManifest): boolean {
  const { schemas, excludeSchemas, tables, excludeTables } = dump.selection
  return [schemas, excludeSchemas, tables, excludeTables].some((patterns) => patterns.length > 0)
}

function select(all: readonly TocEntry[], choice: Choice): { entries: readonly TocEntry[]; notes: string[] } {
  if (!isPartial(choice)) return { entries: all, notes: [] }
  const { selected, leftOut } = selectEntries(all, { tables: choice.tables ?? [], schemas: choice.schemas ?? [] })
  return { entries: selected, notes: leftOut.map(({ reason }) => reason) }
}

/**
 * Entries without the named extensions and all that depend on them by the archive's dependencies. Data of a table that
 * no entry creates belongs to an extension; the table's schema shows to which.
 */
function leaveOut(
  entries: readonly TocEntry[],
  extensions: readonly string[],
  manifest: PostgresManifest,
): readonly TocEntry[] {
  if (extensions.length === 0) return entries
  const schemas = manifest.database.extensions
    .filter(({ name }) => extensions.includes(name))
    .map(({ schema }) => schema)
  const made = relationsMade(entries)
  const gone = new Set(
    entries.filter((each) => isOf(each, extensions) || isOrphan(each, made, schemas)).map(({ dumpId }) => dumpId),
  )
  for (let before = -1; before !== gone.size; ) {
    before = gone.size
    for (const { dumpId, dependencies } of entries) if (dependencies.some((each) => gone.has(each))) gone.add(dumpId)
  }
  return entries.filter(({ dumpId }) => !gone.has(dumpId))
}

/** `pg_dump --schema=public` writes CREATE SCHEMA for a schema that every new database has. */
function makesPublic({ description, tag, definition }: TocEntry): boolean {
  return description === 'SCHEMA' && tag === 'public' && definition.includes('CREATE SCHEMA')
}

function isOf({ description, tag }: TocEntry, extensions: readonly string[]): boolean {
  return description === 'EXTENSION' && extensions.includes(tag)
}

function isOrphan(
  { description, schema = '', tag }: TocEntry,
  made: ReadonlySet<string>,
  schemas: readonly string[],
): boolean {
  const isData = description === 'TABLE DATA' || description === 'SEQUENCE SET'
  return isData && schemas.includes(schema) && !made.has(relationKey(schema, tag))
}

function relationsMade(entries: readonly TocEntry[]): ReadonlySet<string> {
  return new Set(
    entries
      .filter(({ description }) => description === 'TABLE' || description === 'SEQUENCE')
      .map(({ schema = '', tag }) => relationKey(schema, tag)),
  )
}

const notObjects: readonly string[] = ['TABLE DATA', 'COMMENT', 'ACL', 'EXTENSION', 'SEQUENCE SET']

function noteOnExtensions(
  before: readonly TocEntry[],
  after: readonly TocEntry[],
  extensions: readonly string[],
): string {
  const kept = new Set(after.map(({ dumpId }) => dumpId))
  const gone = before.filter(({ dumpId }) => !kept.has(dumpId))
  const tables = gone
    .filter(({ description }) => description === 'TABLE DATA')
    .map(({ schema, tag }) => `${schema}.${tag}`)
  const objects = gone.filter(({ description }) => !notObjects.includes(description)).length
  const rows = tables.length === 0 ? '' : `, and the rows of ${tables.join(', ')}`
  return `Not proven: extensions ${extensions.join(', ')} (missing here), ${objects} objects that need them${rows}.`
}

/**
 * Leaves out foreign keys of a dump of some tables that reference other tables; only the key's definition shows this.
 */
function withoutDanglingKeys(entries: readonly TocEntry[]): readonly TocEntry[] {
  const tables = relationsMade(entries)
  return entries.filter((entry) => {
    if (entry.description !== 'FK CONSTRAINT') return true
    const target = parseForeignKey(entry.definition)?.references
    return !target || tables.has(relationKey(target.schema, target.name))
  })
}
