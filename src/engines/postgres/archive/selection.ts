// Selects the entries of an archive that restore some of its tables and everything that these need.
import { Failure } from '../../../domain/failures/failure.ts'
import { parseForeignKey } from './foreign-key.ts'
import type { TocEntry } from './toc-entry.ts'
import { isRelation, TocIndex, ties } from './toc-index.ts'

/** What to restore. A partitioned table includes its partitions. */
export interface ArchiveSelection {
  readonly schemas?: readonly string[]
  readonly tables?: readonly { readonly schema: string; readonly table: string }[]
}

interface LeftOut {
  readonly entry: TocEntry
  /** A complete sentence. */
  readonly reason: string
}

interface EntrySelection {
  /** In the archive's order, which is the order to restore in. */
  readonly selected: readonly TocEntry[]
  /** Entries that belong to the selected tables, but cannot be restored without others. */
  readonly leftOut: readonly LeftOut[]
}

const settings: ReadonlySet<string> = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH'])
const rows: ReadonlySet<string> = new Set(['TABLE DATA', 'MATERIALIZED VIEW DATA', 'STATISTICS DATA'])

/**
 * Selects the wanted tables with their rows and everything that belongs to them (constraints, indexes, triggers,
 * policies, owned sequences, comments, grants), and the definitions that these depend on: types, functions, extensions,
 * parents. A table that is selected only because another depends on it is restored without rows. Foreign keys to tables
 * without rows are left out, and materialized views that read such tables are not filled. Throws a Failure of kind
 * `usage` for a table or schema that the archive does not have.
 */
export function selectEntries(entries: readonly TocEntry[], wanted: ArchiveSelection): EntrySelection {
  const selection = new Selection(new TocIndex(entries))
  for (const schema of wanted.schemas ?? []) selection.wantSchema(schema)
  for (const { schema, table } of wanted.tables ?? []) selection.wantTable(schema, table)
  return selection.result()
}

/** Returns the text of a file for `pg_restore --use-list`: a line `<dump ID>; <description>` for each entry. */
export function listFile(entries: readonly TocEntry[]): string {
  const lines = entries.map(({ dumpId, description, schema, tag, owner }) => {
    const comment = `${description} ${schema ?? '-'} ${tag} ${owner ?? ''}`.replaceAll(/[\r\n]+/g, ' ').trimEnd()
    return `${dumpId}; ${comment}\n`
  })
  return lines.join('')
}

class Selection {
  readonly #toc: TocIndex
  readonly #included = new Set<TocEntry>()
  /** Relations to restore with their rows. */
  readonly #filled = new Set<TocEntry>()
  /** Foreign keys and data of the included relations. `result` decides on them when all relations are known. */
  readonly #undecided = new Set<TocEntry>()

  constructor(toc: TocIndex) {
    this.#toc = toc
    for (const entry of toc.entries) if (settings.has(entry.description)) this.#included.add(entry)
  }

  wantSchema(schema: string): void {
    const inSchema = this.#toc.entries.filter(
      (entry) => entry.schema === schema || (entry.description === 'SCHEMA' && entry.tag === schema),
    )
    if (inSchema.length === 0) throw notThere(`schema "${schema}"`)
    for (const entry of inSchema) if (isRelation(entry)) this.#fill(entry)
    for (const entry of inSchema) this.#include(entry)
  }

  wantTable(schema: string, table: string): void {
    const entry = this.#toc.relation(schema, table)
    if (entry === undefined) throw notThere(`table "${schema}"."${table}"`)
    this.#fill(entry)
  }

  #fill(relation: TocEntry): void {
    if (this.#filled.has(relation)) return
    this.#filled.add(relation)
    this.#include(relation)
    for (const partition of this.#toc.partitionsOf(relation)) this.#fill(partition)
  }

  #include(first: TocEntry): void {
    const open = [first]
    for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
      if (this.#included.has(entry) || ties.has(entry.description)) continue
      if (rows.has(entry.description) || entry.description === 'FK CONSTRAINT') {
        this.#undecided.add(entry)
        continue
      }
      this.#included.add(entry)
      open.push(...this.#toc.dependencies(entry), ...this.#toc.partsOf(entry))
    }
  }

  result(): EntrySelection {
    const leftOut: LeftOut[] = []
    for (const entry of this.#toc.entries) {
      if (!this.#undecided.has(entry)) continue
      const reason = this.#obstacle(entry)
      if (reason === undefined) this.#included.add(entry)
      else if (reason !== '') leftOut.push({ entry, reason })
    }
    for (const entry of this.#toc.entries)
      if (ties.has(entry.description) && this.#toc.dependencies(entry).every((needed) => this.#included.has(needed)))
        this.#included.add(entry)
    return { selected: this.#toc.entries.filter((entry) => this.#included.has(entry)), leftOut }
  }

  /**
   * Why an entry cannot be restored, as a sentence; empty for data that was not requested; undefined if it can be
   * restored.
   */
  #obstacle(entry: TocEntry): string | undefined {
    if (entry.description === 'FK CONSTRAINT') return this.#keyObstacle(entry)
    const relation = this.#toc.relation(entry.schema ?? '', entry.tag)
    if (relation === undefined || !this.#filled.has(relation)) return ''
    if (entry.description !== 'MATERIALIZED VIEW DATA') return undefined
    const empty = this.#emptyBelow(relation)
    return (
      empty && `${display(relation)} is not filled, because it reads ${display(empty)}, which is restored without rows.`
    )
  }

  #keyObstacle(entry: TocEntry): string | undefined {
    const key = parseForeignKey(entry.definition)
    if (key === undefined) return `Could not parse foreign key ${entry.tag}, so it was skipped.`
    const { table, references } = key
    const from = this.#toc.relation(table.schema, table.name)
    const to = this.#toc.relation(references.schema, references.name)
    if (to !== undefined && this.#filled.has(to)) return undefined
    if (to !== undefined && this.#included.has(to) && from !== undefined && !this.#hasRows(from)) return undefined
    const target = `${references.schema}.${references.name}`
    return `Skipped foreign key ${entry.tag}: it references ${target}, whose rows are not restored.`
  }

  #hasRows(relation: TocEntry): boolean {
    return this.#filled.has(relation) || this.#toc.partitionsOf(relation).some((partition) => this.#hasRows(partition))
  }

  /** A table that the view reads, directly or through others, and that is restored without rows. */
  #emptyBelow(view: TocEntry): TocEntry | undefined {
    const seen = new Set<TocEntry>([view])
    for (const entry of seen) {
      if (entry.description === 'TABLE' && !this.#filled.has(entry)) return entry
      for (const needed of this.#toc.dependencies(entry)) if (isRelation(needed)) seen.add(needed)
    }
    return undefined
  }
}

function notThere(what: string): Failure {
  return new Failure('restore/not-in-backup', `the backup has no ${what}`, {
    hint: 'Names are case-sensitive. The manifest lists the tables under fingerprint.',
  })
}

function display(entry: TocEntry): string {
  return `${entry.schema ?? ''}.${entry.tag}`
}
