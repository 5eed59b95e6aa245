// Which entries of a table of contents depend on, or belong to, others.
import type { TocEntry } from './toc-entry.ts'

const relations: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE'])
/** Entries about another object. */
const annotations: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL'])
/** Parts of a relation with a tag that is the relation's name, or begins with it. */
const namedParts: ReadonlySet<string> = new Set([
  'TABLE DATA',
  'MATERIALIZED VIEW DATA',
  'STATISTICS DATA',
  'CONSTRAINT',
  'CHECK CONSTRAINT',
  'FK CONSTRAINT',
  'TRIGGER',
  'RULE',
  'POLICY',
  'ROW SECURITY',
  'DEFAULT',
  'SEQUENCE SET',
])
/** Parts of a relation with a name that does not depend on the relation's name. */
const otherParts: ReadonlySet<string> = new Set(['INDEX', 'STATISTICS', 'SEQUENCE', 'SEQUENCE OWNED BY'])
/** Entries that attach one object to another, and need both. */
export const ties: ReadonlySet<string> = new Set(['TABLE ATTACH', 'INDEX ATTACH'])

export function isRelation(entry: TocEntry): boolean {
  return relations.has(entry.description)
}

/** Looks up entries by name, what they depend on, and what belongs to them. */
export class TocIndex {
  readonly entries: readonly TocEntry[]
  readonly #byId: ReadonlyMap<number, TocEntry>
  readonly #relations: ReadonlyMap<string, TocEntry>
  readonly #parts: ReadonlyMap<TocEntry, readonly TocEntry[]>
  readonly #partitions: ReadonlyMap<TocEntry, readonly TocEntry[]>

  constructor(entries: readonly TocEntry[]) {
    this.entries = entries
    this.#byId = new Map(entries.map((entry) => [entry.dumpId, entry]))
    this.#relations = new Map(entries.filter(isRelation).map((entry) => [nameKey(entry.schema, entry.tag), entry]))
    this.#parts = grouped(entries.map((entry) => [this.#ownerOf(entry), entry]))
    const attached = entries
      .filter((entry) => entry.description === 'TABLE ATTACH')
      .map((entry) => this.dependencies(entry))
    this.#partitions = grouped(attached.map(([partition, parent]) => [parent, partition]))
  }

  relation(schema: string, name: string): TocEntry | undefined {
    return this.#relations.get(nameKey(schema, name))
  }

  /** Entries of the archive that must exist before this entry. */
  dependencies(entry: TocEntry): TocEntry[] {
    return entry.dependencies.flatMap((id) => this.#byId.get(id) ?? [])
  }

  /**
   * Entries that would be dropped together with this entry: data, constraints, owned sequences, comments and the like.
   */
  partsOf(entry: TocEntry): readonly TocEntry[] {
    return this.#parts.get(entry) ?? []
  }

  /** The partitions directly below a partitioned table. */
  partitionsOf(table: TocEntry): readonly TocEntry[] {
    return this.#partitions.get(table) ?? []
  }

  /** A policy may also depend on tables that its condition reads, so its tag identifies the table it belongs to. */
  #ownerOf(entry: TocEntry): TocEntry | undefined {
    const { description } = entry
    if (annotations.has(description)) return this.dependencies(entry)[0]
    if (!namedParts.has(description) && !otherParts.has(description)) return undefined
    const candidates = this.dependencies(entry).filter(isRelation)
    if (otherParts.has(description)) return candidates[0]
    return candidates
      .filter(({ schema, tag }) => schema === entry.schema && (entry.tag === tag || entry.tag.startsWith(`${tag} `)))
      .sort((a, b) => b.tag.length - a.tag.length)[0]
  }
}

function nameKey(schema: string | undefined, name: string): string {
  return JSON.stringify([schema, name])
}

function grouped(pairs: readonly (readonly [TocEntry | undefined, TocEntry | undefined])[]): Map<TocEntry, TocEntry[]> {
  const groups = new Map<TocEntry, TocEntry[]>()
  for (const [of, member] of pairs) {
    if (of === undefined || member === undefined) continue
    const group = groups.get(of)
    if (group === undefined) groups.set(of, [member])
    else group.push(member)
  }
  return groups
}
