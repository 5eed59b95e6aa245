// SQL that follows foreign keys to tenants: nested subqueries, or CTEs (WITH) if many paths lead through the same
// tables.

import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { type MappedTable, nameOf, type Path, type TenantMap } from '../../../domain/tenants/map.ts'
import { id } from './quoting.ts'

/** Writes a SELECT of some columns of a table, as `c0`, `c1` …, and of the additional column of `Naming`. */
export type Step = (table: MappedTable, columns: readonly string[]) => string

export interface Naming {
  /** Prefix of the names of CTEs. */
  readonly prefix: string
  /** Name of an additional column; empty for none. */
  readonly also: string
  /**
   * Returns FROM and WHERE of a query in which `alias` is the table, and the expression of the additional column.
   * `step` writes the subqueries over other tables.
   */
  rows(table: MappedTable, step: Step): { readonly alias: string; readonly from: string; readonly also: string }
}

/**
 * Maximum number of tables in a nested statement. Planning more costs more than it saves, because joins multiply with
 * paths.
 */
const longest = 24

export class Steps {
  readonly #map: TenantMap
  readonly #tables: ReadonlyMap<string, MappedTable>
  readonly #places: ReadonlyMap<string, number>
  readonly #lengths = new Map<string, number>()
  readonly #referred = new Map<string, Set<string>>()

  constructor(map: TenantMap) {
    this.#map = map
    this.#tables = new Map(map.tables.map((table) => [nameOf(table), table]))
    this.#places = new Map(map.tables.map((table, at) => [nameOf(table), at]))
    for (const { foreignKeys } of map.tables) {
      for (const { target, targetColumns } of foreignKeys) {
        const known = this.#referred.get(nameOf(target)) ?? new Set()
        for (const column of targetColumns) known.add(column)
        this.#referred.set(nameOf(target), known)
      }
    }
  }

  table(name: TableName): MappedTable {
    const table = this.#tables.get(nameOf(name))
    if (table) return table
    throw new Error(`${nameOf(name)} is not in the map of ${this.#map.tables.length} tables`)
  }

  /** Returns the step from this table to others: nested, or with CTEs if the nested statement would be too long. */
  from(table: MappedTable, naming: Naming): Step {
    const nested: Step = (parent, columns) => select(naming, parent, columns, nested)
    if (this.#length(table) <= longest) return nested
    const named: Step = (parent, columns) => {
      const fields = columns.map((name, at) => `n.${columnOf(parent, name)} AS c${at}`)
      return `SELECT ${[...fields, ...(naming.also ? [`n.${naming.also}`] : [])].join(', ')} FROM ${this.#nameIn(naming, parent)} AS n`
    }
    return (parent, columns) => {
      const needed = this.#reached(parent).map(
        (each) => `${this.#nameIn(naming, each)} AS (${this.#definition(naming, each, named)})`,
      )
      return `WITH ${needed.join(',\n')} ${named(parent, columns)}`
    }
  }

  #nameIn({ prefix }: Naming, table: MappedTable): string {
    return `${prefix}${this.#places.get(nameOf(table))}`
  }

  #definition(naming: Naming, table: MappedTable, named: Step): string {
    const { alias, from, also } = naming.rows(table, named)
    const columns = [...(this.#referred.get(nameOf(table)) ?? [])]
    const fields = columns.map((name) => `${alias}.${id(name)} AS ${columnOf(table, name)}`)
    return `SELECT ${[...fields, ...(also ? [`${also} AS ${naming.also}`] : [])].join(', ')} ${from}`
  }

  /** Number of tables in the nested statement of this table. */
  #length(table: MappedTable): number {
    const known = this.#lengths.get(nameOf(table))
    if (known !== undefined) return known
    const { ownership } = table
    const paths = pathsOf(table).reduce((sum, { foreignKey }) => sum + this.#length(this.table(foreignKey.target)), 1)
    const length = ownership.kind === 'paths' && ownership.self.length > 0 ? 3 * paths : paths
    this.#lengths.set(nameOf(table), length)
    return length
  }

  /** This table and all tables that its paths lead to, referenced tables first. */
  #reached(table: MappedTable, found = new Set<MappedTable>()): MappedTable[] {
    for (const { foreignKey } of pathsOf(table)) {
      const parent = this.table(foreignKey.target)
      if (!found.has(parent)) this.#reached(parent, found)
    }
    return [...found.add(table)]
  }
}

function select(naming: Naming, table: MappedTable, columns: readonly string[], step: Step): string {
  const { alias, from, also } = naming.rows(table, step)
  const fields = columns.map((name, at) => `${alias}.${id(name)} AS c${at}`)
  return `SELECT ${[...fields, ...(also ? [`${also} AS ${naming.also}`] : [])].join(', ')} ${from}`
}

function columnOf({ columns }: MappedTable, name: string): string {
  return `c${columns.findIndex((column) => column.name === name)}`
}

function pathsOf({ ownership }: MappedTable): readonly Path[] {
  return ownership.kind === 'paths' ? ownership.paths : []
}
