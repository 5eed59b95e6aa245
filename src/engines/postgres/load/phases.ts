// Divides the restore of an archive into phases, so that its code runs with the rights of the objects' owners.
import { parseForeignKey } from '../archive/foreign-key.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { relationKey } from '../compare/relations.ts'
import { type Batch, batchesOf } from './batches.ts'
import { isAboutEventTrigger } from './deferred-entries.ts'

/**
 * PostgreSQL always runs index expressions, statistics and materialized views with the rights of their owners. Rows,
 * constraints and some definitions run code (checks, domains, generated columns, casts) with the rights of the role
 * that restores them.
 */
interface Phases {
  /** Definitions, rows of tables without an owner among `owners`, grants that definitions need. */
  readonly definitions: readonly Batch[]
  readonly rows: ReadonlyMap<string, readonly TocEntry[]>
  /** Indexes that `foreignKeys` need. */
  readonly keyIndexes: readonly Batch[]
  /**
   * Foreign keys of superusers, and foreign keys into a table of another owner, which run casts and operators of the
   * key's owner. PostgreSQL plans a query on the other table, so they are restored before its indexes with expressions.
   * `owner` undefined: a superuser.
   */
  readonly foreignKeys: readonly Batch[]
  readonly indexes: readonly Batch[]
  readonly constraints: ReadonlyMap<string, readonly TocEntry[]>
  /** Grants, comments, materialized views. */
  readonly rest: readonly TocEntry[]
  /** Last, so that they do not fire during the restore. */
  readonly eventTriggers: readonly TocEntry[]
}

/** Owners of rows, constraints and partitions: the restore needs their rights. */
export function ownersOfCode(entries: readonly TocEntry[]): Set<string> {
  const runsCode = (entry: TocEntry): boolean =>
    isRows(entry) || isConstraint(entry) || entry.description === 'TABLE ATTACH'
  return new Set(entries.flatMap((entry) => (entry.owner && runsCode(entry) ? [entry.owner] : [])))
}

/** Owners of functions, operators, casts, domains or types that code may use. */
export function authorsOfCode(entries: readonly TocEntry[]): Set<string> {
  return new Set(entries.flatMap(({ description, owner }) => (owner && routines.has(description) ? [owner] : [])))
}

const routines: ReadonlySet<string> = new Set([
  'FUNCTION',
  'PROCEDURE',
  'AGGREGATE',
  'OPERATOR',
  'CAST',
  'DOMAIN',
  'TYPE',
])

interface Restorers {
  /** Roles that have a login. */
  readonly owners: ReadonlySet<string>
  /** Definitions that their owner must create. */
  readonly byOwner: ReadonlySet<TocEntry>
}

/** Divides the entries into phases. */
export function phasesOf(entries: readonly TocEntry[], { owners, byOwner }: Restorers): Phases {
  const owned = (entry: TocEntry): boolean => entry.owner !== undefined && owners.has(entry.owner)
  const maker = (entry: TocEntry): string | undefined => (owned(entry) && byOwner.has(entry) ? entry.owner : undefined)
  const owner = ownerOfTables(entries)
  const rows = entries.filter((entry) => isRows(entry) && owned(entry))
  const allConstraints = entries.filter((entry) => isConstraint(entry) && owned(entry))
  const constraints = allConstraints.filter((entry) => staysWithOwner(entry, owner))
  const keysToOthers = allConstraints.filter((entry) => !staysWithOwner(entry, owner))
  const eventTriggers = entries.filter(isAboutEventTrigger)
  const apart = new Set([...rows, ...allConstraints, ...eventTriggers])
  const others = entries.filter((entry) => !apart.has(entry))
  const definitions = others.filter((entry) => isDefinition(entry))
  const indexes = others.filter(
    (entry) => entry.section === 'post-data' && entry.description !== 'MATERIALIZED VIEW DATA',
  )
  const early = new Set([...definitions, ...indexes])
  const superuserKeys = indexes.filter(({ description }) => description === 'FK CONSTRAINT')
  const keyIndexes = neededBy([...superuserKeys, ...keysToOthers], indexes)
  const keysByOwner = Map.groupBy(keysToOthers, (entry) => entry.owner)
  return {
    definitions: batchesOf(definitions, maker),
    rows: Map.groupBy(rows, (entry) => entry.owner ?? ''),
    keyIndexes: batchesOf([...keyIndexes], maker),
    foreignKeys: [[undefined, superuserKeys] as const, ...keysByOwner].map(([owner, entries]) => ({ owner, entries })),
    indexes: batchesOf(
      indexes.filter((entry) => !keyIndexes.has(entry) && !superuserKeys.includes(entry)),
      maker,
    ),
    constraints: Map.groupBy(constraints, (entry) => entry.owner ?? ''),
    rest: others.filter((entry) => !early.has(entry)),
    eventTriggers,
  }
}

/** Those of `among` that the entries need, in the archive's order. */
function neededBy(entries: readonly TocEntry[], among: readonly TocEntry[]): Set<TocEntry> {
  const numbered = new Map(among.map((entry) => [entry.dumpId, entry]))
  const needed = new Set(entries)
  for (const { dependencies } of needed)
    for (const id of dependencies) for (const each of [numbered.get(id) ?? []].flat()) needed.add(each)
  for (const entry of entries) needed.delete(entry)
  return new Set(among.filter((entry) => needed.has(entry)))
}

function isRows({ description, copyStatement }: TocEntry): boolean {
  return description === 'TABLE DATA' && copyStatement !== undefined
}

function isConstraint({ description }: TocEntry): boolean {
  return description === 'CHECK CONSTRAINT' || description === 'FK CONSTRAINT'
}

/**
 * Whether the entry is restored before rows: all that pg_restore restores before rows, and rows of roles without a
 * login. Grants on tables come later, because they may reduce an owner's rights.
 */
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

/** A foreign key into a table of another owner needs that owner's consent, a grant that is restored later. */
function staysWithOwner({ description, definition, owner }: TocEntry, owners: ReadonlyMap<string, string>): boolean {
  if (description !== 'FK CONSTRAINT') return true
  const target = parseForeignKey(definition)?.references
  return target !== undefined && owners.get(relationKey(target.schema, target.name)) === owner
}
