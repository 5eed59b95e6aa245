// The order in which entries of an archive are restored, so that their code runs with the rights of the objects' owners.
import { parseForeignKey } from '../archive/foreign-key.ts'
import type { TocEntry } from '../archive/toc.ts'
import { relationKey } from '../compare/relations.ts'
import { isAboutEventTrigger } from './quiet-entries.ts'

/**
 * Index expressions, statistics and materialized views run as their owners wherever they are restored: PostgreSQL sees to that. Rows and
 * constraints run code (checks, domains, generated columns, casts) as whoever restores them.
 */
export interface Phases {
  /** Definitions, and rows of tables that belong to nobody of the owners; grants that definitions need. */
  readonly definitions: readonly TocEntry[]
  /** Partitions are attached by the owner of both tables: a bound is a literal of the key's type, which may be a domain. */
  readonly attachments: ReadonlyMap<string, readonly TocEntry[]>
  readonly rows: ReadonlyMap<string, readonly TocEntry[]>
  readonly indexes: readonly TocEntry[]
  readonly constraints: ReadonlyMap<string, readonly TocEntry[]>
  /** Grants, comments, materialized views. */
  readonly rest: readonly TocEntry[]
  /** Foreign keys into a table of somebody else, which run casts and operators of the owner of the key. */
  readonly keysToOthers: ReadonlyMap<string, readonly TocEntry[]>
  /** Last, so that they do not run while we restore. */
  readonly eventTriggers: readonly TocEntry[]
}

/** Owners of rows, constraints and partitions: those whose rights are needed. */
export function ownersOfCode(entries: readonly TocEntry[]): Set<string> {
  const runsCode = (entry: TocEntry): boolean => isRows(entry) || isConstraint(entry) || isAttachment(entry)
  return new Set(entries.flatMap((entry) => (entry.owner && runsCode(entry) ? [entry.owner] : [])))
}

/** Whoever wrote functions, operators, casts, domains or types that code may use. */
export function authorsOfCode(entries: readonly TocEntry[]): Set<string> {
  return new Set(entries.flatMap(({ description, owner }) => (owner && routines.has(description) ? [owner] : [])))
}

const routines: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE', 'OPERATOR', 'CAST', 'DOMAIN', 'TYPE'])

/** Divides the entries; `owners` are those that have a login. */
export function phasesOf(entries: readonly TocEntry[], owners: ReadonlySet<string>): Phases {
  const owned = (entry: TocEntry): boolean => entry.owner !== undefined && owners.has(entry.owner)
  const owner = ownerOfTables(entries)
  const rows = entries.filter((entry) => isRows(entry) && owned(entry))
  const allConstraints = entries.filter((entry) => isConstraint(entry) && owned(entry))
  const constraints = allConstraints.filter((entry) => staysWithOwner(entry, owner))
  const keysToOthers = allConstraints.filter((entry) => !staysWithOwner(entry, owner))
  const numbered = new Map(entries.map((entry) => [entry.dumpId, entry]))
  const attachments = entries.filter(
    (entry) => isAttachment(entry) && owned(entry) && entry.dependencies.every((id) => numbered.get(id)?.owner === entry.owner),
  )
  const eventTriggers = entries.filter(isAboutEventTrigger)
  const apart = new Set([...attachments, ...rows, ...allConstraints, ...eventTriggers])
  const others = entries.filter((entry) => !apart.has(entry))
  const definitions = others.filter((entry) => isDefinition(entry))
  const indexes = others.filter((entry) => entry.section === 'post-data' && entry.description !== 'MATERIALIZED VIEW DATA')
  const early = new Set([...definitions, ...indexes])
  return {
    definitions,
    attachments: Map.groupBy(attachments, (entry) => entry.owner ?? ''),
    rows: Map.groupBy(rows, (entry) => entry.owner ?? ''),
    indexes,
    constraints: Map.groupBy(constraints, (entry) => entry.owner ?? ''),
    rest: others.filter((entry) => !early.has(entry)),
    keysToOthers: Map.groupBy(keysToOthers, (entry) => entry.owner ?? ''),
    eventTriggers,
  }
}

function isRows({ description, copyStatement }: TocEntry): boolean {
  return description === 'TABLE DATA' && copyStatement !== undefined
}

function isConstraint({ description }: TocEntry): boolean {
  return description === 'CHECK CONSTRAINT' || description === 'FK CONSTRAINT'
}

function isAttachment({ description }: TocEntry): boolean {
  return description === 'TABLE ATTACH'
}

/** What pg_restore does before rows, with the rows of others. Grants on tables come later: an owner may have fewer rights by them. */
function isDefinition({ section, description, tag }: TocEntry): boolean {
  if (section === 'pre-data' || section === 'data') return description !== 'MATERIALIZED VIEW DATA'
  return description === 'ACL' && /^(SCHEMA|FUNCTION|PROCEDURE|TYPE|LANGUAGE|FOREIGN) /.test(tag)
}

function ownerOfTables(entries: readonly TocEntry[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap(({ description, schema = '', tag, owner }) =>
      description === 'TABLE' && owner ? [[relationKey(schema, tag), owner] as const] : [],
    ),
  )
}

/** A foreign key into a table of somebody else needs that owner's consent, which is a grant that is restored later. */
function staysWithOwner({ description, definition, owner }: TocEntry, owners: ReadonlyMap<string, string>): boolean {
  if (description !== 'FK CONSTRAINT') return true
  const target = parseForeignKey(definition)?.references
  return target !== undefined && owners.get(relationKey(target.schema, target.name)) === owner
}
