// Finds entries of an archive that PostgreSQL evaluates when it creates them, with the rights of the restoring role.

import { readQualifiedName } from '../archive/identifier.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { ties } from '../archive/toc-index.ts'

/**
 * What PostgreSQL evaluates when it creates the entry:
 *
 * - `calls`: function calls with constant arguments in a generated column, a partition key, a bound, or the checks and
 *   indexes of a partition; the validator of foreign data options
 * - `reads`: literals, which the type's input function reads: for a composite type, an array or a range, it runs the
 *   checks of domains in that type
 *
 * Other expressions are only stored: defaults, CHECK constraints and views without such literals. PostgreSQL itself
 * evaluates index expressions, statistics and materialized views with the rights of the table's owner.
 */
export function evaluationOf({ description, definition }: TocEntry): 'calls' | 'reads' | undefined {
  if (calling.has(description) || (description === 'TABLE' && holdsPlanned(definition))) return 'calls'
  if (description === 'AGGREGATE') return startsFromLiteral(definition) ? 'reads' : undefined
  return holdsLiteral(definition) ? 'reads' : undefined
}

const calling: ReadonlySet<string> = new Set([
  ...['TABLE ATTACH', 'INDEX ATTACH'],
  ...['FOREIGN DATA WRAPPER', 'SERVER', 'USER MAPPING', 'FOREIGN TABLE'],
])

function holdsPlanned(definition: string): boolean {
  return /\bGENERATED ALWAYS AS \(|\bPARTITION BY \w+ \(.*\(/s.test(definition)
}

/**
 * Whether the entry contains a literal of a type that code of an ordinary role can replace, or to which it can add a
 * check, before the entry is restored. Another role that reads the literal would run that check.
 */
export function readsChangeable(entry: TocEntry): boolean {
  return entry.section !== 'none' && holdsLiteral(entry.definition)
}

/**
 * Whether the entry runs code of an existing table: a primary key that makes a column NOT NULL evaluates the table's
 * CHECK constraints again, and an index is compared when it is attached.
 */
export function altersTable({ description }: TocEntry): boolean {
  return description === 'CONSTRAINT' || description === 'INDEX ATTACH'
}

/** Whether a literal is cast to a type with a schema. pg_dump omits the schema of types of pg_catalog only. */
function holdsLiteral(definition: string): boolean {
  return /'::(?:"(?:[^"]|"")*"|[^\s"'.,;()]+)\./.test(definition)
}

function startsFromLiteral(definition: string): boolean {
  if (!/\bM?INITCOND = /.test(definition)) return false
  const states = definition.match(/STYPE = /g) ?? []
  const builtIn = definition.match(/STYPE = (?:[a-z][a-z0-9_ ]*|"char")(?:\[\])*[,\n]/g) ?? []
  return builtIn.length < states.length
}

const code: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE', 'OPERATOR', 'CAST', 'DOMAIN'])

/** Whether PostgreSQL calls the object, or functions that it names, to evaluate an expression. */
export function isCode(entry: TocEntry): boolean {
  return code.has(entry.description) || isRange(entry)
}

function isRange({ description, definition }: TocEntry): boolean {
  return description === 'TYPE' && /\bAS RANGE\b/.test(definition)
}

function isReadByCode(entry: TocEntry): boolean {
  return isRange(entry) || (entry.description === 'DOMAIN' && /\bCHECK \(/.test(entry.definition))
}

const rowTypes: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'DOMAIN'])

/** Excludes enums: their input function runs no code. */
function isChangeableType({ description, definition }: TocEntry): boolean {
  return rowTypes.has(description) || (description === 'TYPE' && !/ AS ENUM \(/.test(definition))
}

/** Whether an ordinary role can run its own statements through the entry during a restore. */
export function isRoutine({ description }: TocEntry): boolean {
  return description === 'FUNCTION' || description === 'PROCEDURE'
}

/** Finds what entries of an archive need, by the archive's dependencies. */
export class ReachedCode {
  readonly #numbered: ReadonlyMap<number, TocEntry>

  constructor(entries: readonly TocEntry[]) {
    this.#numbered = new Map(entries.map((entry) => [entry.dumpId, entry]))
  }

  /**
   * All code that the entry needs, directly or indirectly. A foreign key runs no code of the table that it references.
   */
  of(entry: TocEntry): TocEntry[] {
    return [...this.needed(entry)].filter(isCode)
  }

  /** The entry, and all that it needs. */
  needed(entry: TocEntry): ReadonlySet<TocEntry> {
    const reached = new Set([entry])
    for (const { description, dependencies } of reached) {
      for (const id of dependencies) {
        const needed = this.#numbered.get(id)
        if (needed && !(description === 'FK CONSTRAINT' && needed.description === 'TABLE')) reached.add(needed)
      }
    }
    return reached
  }

  /** The code that may run when the entry is restored. */
  evaluatedBy(entry: TocEntry): TocEntry[] {
    const evaluation = evaluationOf(entry)
    if (evaluation === undefined) return []
    const reached = this.of(entry)
    return evaluation === 'calls' || reached.some(isReadByCode) ? reached : []
  }

  /**
   * Types of the entry's literals, and types in these types, to which their owner can add a check before a superuser
   * reads the literal.
   */
  changeableTypes({ definition }: TocEntry): TocEntry[] {
    const names = [...definition.matchAll(/'::/g)].flatMap(
      ({ index }) => readQualifiedName(definition, index + 3) ?? [],
    )
    const isNamed = ({ schema, tag }: TocEntry): boolean =>
      names.some((each) => each.schema === schema && each.name === tag)
    const types =
      names.length === 0
        ? []
        : [...this.#numbered.values()].filter((entry) => isChangeableType(entry) && isNamed(entry))
    return types.flatMap((type) => [...this.needed(type)].filter(isChangeableType))
  }

  /**
   * Whether the owner restores the entry. If an attached partition or index has another owner than its parent, a
   * superuser attaches it.
   */
  isRestoredByOwner({ description, owner, dependencies }: TocEntry): boolean {
    return (
      owner !== undefined &&
      (!ties.has(description) || dependencies.every((id) => this.#numbered.get(id)?.owner === owner))
    )
  }
}
