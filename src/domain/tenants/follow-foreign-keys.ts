// Assigns tables to tenants along foreign keys, step by step, starting at tables whose tenants are known.
import {
  type ForeignKeyShape,
  holdsTenants,
  nameOf,
  type Ownership,
  type Path,
  type TableRule,
  type TableShape,
} from './map.ts'

interface Following {
  /** Ownership by table; the result is added to it. */
  readonly known: Map<string, Ownership>
  readonly given: ReadonlyMap<string, TableRule>
  /** From `importOrder`: a key never leads to a greater number; keys within one number may form a circle. */
  readonly groups: ReadonlyMap<string, number>
}

/**
 * Adds paths for every table that reaches a tenant. No path is circular: a key to a table of the same circle counts
 * only if that table is nearer to tenants or, equally near, has an earlier name.
 */
export function followForeignKeys(tables: readonly TableShape[], { known, given, groups }: Following): void {
  const levels = levelsOf(tables, known, given)
  const level = (name: string): number => levels.get(name) ?? Number.POSITIVE_INFINITY
  const group = (name: string): number => groups.get(name) ?? 0
  for (const table of tables) {
    const name = nameOf(table)
    if (known.has(name) || !levels.has(name)) continue
    const keys = candidates(table, given).filter(({ target }) => {
      const other = nameOf(target)
      if (!levels.has(other)) return false
      if (group(other) !== group(name)) return group(other) < group(name)
      return level(other) < level(name) || (level(other) === level(name) && other < name)
    })
    keys.sort((a, b) => level(nameOf(a.target)) - level(nameOf(b.target)))
    const paths = keys.map((key) => pathOf(table, key))
    known.set(name, {
      kind: 'paths',
      paths,
      self: paths.every(({ nullable }) => nullable) ? selfKeys(table, given) : [],
    })
  }
}

/** Number of foreign keys between a table and its tenants: 0 if its tenants are known. */
function levelsOf(
  tables: readonly TableShape[],
  known: ReadonlyMap<string, Ownership>,
  given: Following['given'],
): ReadonlyMap<string, number> {
  const levels = new Map([...known].filter(([, own]) => holdsTenants(own)).map(([name]) => [name, 0]))
  const referring = new Map<string, string[]>()
  for (const table of tables) {
    const name = nameOf(table)
    if (known.has(name)) continue
    for (const { target } of candidates(table, given)) {
      const other = nameOf(target)
      const those = referring.get(other)
      if (those) those.push(name)
      else referring.set(other, [name])
    }
  }
  // Iteration over a Map is in the order of insertion, and includes entries that are added meanwhile.
  for (const [name, level] of levels) {
    for (const from of referring.get(name) ?? []) {
      if (!levels.has(from)) levels.set(from, level + 1)
    }
  }
  return levels
}

/** The foreign keys that may lead to a tenant: the one that a rule names, or else all that lead to other tables. */
function candidates(table: TableShape, given: Following['given']): ForeignKeyShape[] {
  const through = throughOf(table, given)
  const outward = table.foreignKeys.filter((key) => !isSelf(table, key))
  const named = outward.filter(({ name }) => name === through)
  return named.length > 0 ? named : outward
}

/** The foreign keys to the table itself: the one that a rule names, or else all. */
function selfKeys(table: TableShape, given: Following['given']): ForeignKeyShape[] {
  const through = throughOf(table, given)
  const self = table.foreignKeys.filter((key) => isSelf(table, key))
  const named = self.filter(({ name }) => name === through)
  return named.length > 0 ? named : self
}

function throughOf(table: TableShape, given: Following['given']): string | undefined {
  const says = given.get(nameOf(table))?.says
  return says?.kind === 'through' ? says.foreignKey : undefined
}

function isSelf(table: TableShape, { target }: ForeignKeyShape): boolean {
  return nameOf(target) === nameOf(table)
}

function pathOf(table: TableShape, foreignKey: ForeignKeyShape): Path {
  const nullable = foreignKey.columns.some((name) => !table.columns.find((column) => column.name === name)?.notNull)
  return { foreignKey, nullable }
}
