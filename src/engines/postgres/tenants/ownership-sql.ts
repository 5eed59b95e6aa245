// Writes SQL that finds the tenant of each row of a table, and the rows of one tenant.
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import {
  type ForeignKeyShape,
  type MappedTable,
  nameOf,
  type Path,
  type TenantMap,
} from '../../../domain/tenants/map.ts'
import { qualified } from '../dump/snapshot.ts'
import { climbing } from './climbing.ts'
import { asText, equal, id, inAny, text, typeOf, unequal } from './quoting.ts'
import { type Naming, type Step, Steps } from './steps.ts'

/** A query over the rows of a table, with the tenant of each row. */
interface KeyedRows {
  /** `FROM ONLY public."Product" AS t …`: `t` has the table's columns. */
  readonly from: string
  /** Expression for the tenant's ID as text: NULL without a tenant, the mark for a row whose paths disagree. */
  readonly key: string
  /** The paths of a row may lead to different tenants. */
  readonly mayDisagree: boolean
}

type Keyed = Omit<KeyedRows, 'mayDisagree'>

/** A query over the rows of one tenant. */
interface RowsWithConflictCheck {
  /** `FROM ONLY public."Product" AS t …`: `t` has the table's columns. */
  readonly from: string
  readonly where: string
  /**
   * Cheap condition that is true for rows that a path may lead to another tenant; `keyed` decides whether one does.
   * Absent: no row can have such a path.
   */
  readonly conflict?: string
}

/** Writes SQL for all tables of a map, without parameters: the driver's functions quote all names and values. */
export class OwnershipSql {
  readonly #mark: string
  readonly #steps: Steps
  readonly #total = new Map<string, boolean>()
  readonly #doubtful = new Map<string, boolean>()

  /** `mark`: a text that is not the ID of a tenant. It is the key of rows whose paths disagree. */
  constructor(map: TenantMap, mark: string) {
    this.#mark = mark
    this.#steps = new Steps(map)
  }

  /** Returns a query over all rows with their tenants. Throws for a table that does not belong to tenants. */
  keyed(table: MappedTable): KeyedRows {
    return { ...this.#keyed(table, this.#steps.from(table, this.#keys)), mayDisagree: this.#mayDisagree(table) }
  }

  readonly #keys: Naming = {
    prefix: 'q',
    also: 'k',
    rows: (table, step) => {
      const { from, key } = this.#keyed(table, step)
      return { alias: 't', from, also: key }
    },
  }

  #keyed(table: MappedTable, step: Step): Keyed {
    const { ownership } = table
    const from = `FROM ${fromOf(table)} AS t`
    switch (ownership.kind) {
      case 'tenant':
      case 'column':
        return { from, key: asText(`t.${id(ownership.column)}`, typeOf(table, ownership.column)) }
      case 'schema':
        return { from, key: asText(text(ownership.tenant), 'text') }
      case 'paths': {
        const base = this.#along(ownership.paths, from, step)
        return ownership.self.length === 0 ? base : this.#throughItself(table, ownership.self, base)
      }
      default:
        throw new Error(`${nameOf(table)} belongs to no tenant`)
    }
  }

  /**
   * Returns a condition on `alias` that is true for the rows of one tenant and can use indexes. These are the rows that
   * `keyed` assigns to the tenant, and rows whose paths disagree if the deciding path, or without one any path, leads
   * to it.
   */
  belongs(table: MappedTable, tenant: string, alias = 't'): string {
    const rows: Naming['rows'] = (each, step) => ({
      alias: 'p',
      from: `FROM ${fromOf(each)} AS p WHERE ${this.#belongs(each, tenant, 'p', step)}`,
      also: '',
    })
    return this.#belongs(table, tenant, alias, this.#steps.from(table, { prefix: 'b', also: '', rows }))
  }

  #belongs(table: MappedTable, tenant: string, alias: string, step: Step): string {
    const { ownership } = table
    switch (ownership.kind) {
      case 'tenant':
      case 'column':
        // PostgreSQL gives the literal the column's type without its length, so a longer ID matches no row and is not
        // cut.
        return `${alias}.${id(ownership.column)} ${equal} ${text(tenant)}`
      case 'schema':
        return ownership.tenant === tenant ? 'true' : 'false'
      case 'paths': {
        const { paths, self } = ownership
        if (self.length > 0) return this.#belongsThroughItself(table, self, alias, step)
        return this.#led(paths, alias, step)
      }
      default:
        throw new Error(`${nameOf(table)} belongs to no tenant`)
    }
  }

  /**
   * Returns a query over the rows for which `belongs` is true, with a condition for rows that may belong to another
   * tenant. Call it for every table: a conflict that a row inherits from its parent is reported only for the parent.
   */
  ofTenant(table: MappedTable, tenant: string): RowsWithConflictCheck {
    const { ownership } = table
    const from = `FROM ${fromOf(table)} AS t`
    const rows = { from, where: this.belongs(table, tenant) }
    if (ownership.kind !== 'paths') return rows
    const { paths, self } = ownership
    if (self.length > 0) return paths.length > 1 || self.length > 1 ? { ...rows, conflict: 'true' } : rows
    if (paths.length < 2) return rows
    const sure = this.#sure(paths)
    const others = paths.filter((path) => path !== sure).map((path, at) => this.#away(path, tenant, `o${at}`))
    return {
      ...rows,
      from: [from, ...others.map(({ join }) => join)].join(' '),
      conflict: others.map(({ away }) => `(${away})`).join(' OR '),
    }
  }

  /** A join, and a condition that is true if the path of `t` is not NULL and does not lead to this tenant. */
  #away({ foreignKey }: Path, tenant: string, alias: string): { readonly join: string; readonly away: string } {
    const { columns, target, targetColumns } = foreignKey
    const parent = this.#steps.table(target)
    const fields = targetColumns.map((name, at) => `p.${id(name)} AS c${at}`)
    const parents = `SELECT ${fields.join(', ')} FROM ${fromOf(parent)} AS p WHERE ${this.belongs(parent, tenant, 'p')}`
    const on = columns.map((name, at) => `t.${id(name)} ${equal} ${alias}.c${at}`).join(' AND ')
    const says = columns.map((name) => `t.${id(name)} IS NOT NULL`)
    return { join: `LEFT JOIN (${parents}) AS ${alias} ON ${on}`, away: [...says, `${alias}.c0 IS NULL`].join(' AND ') }
  }

  /** Returns a path that leads every row to a tenant. It decides alone: other paths can only disagree with it. */
  #sure(paths: readonly Path[]): Path | undefined {
    return paths.find((path) => !path.nullable && this.#isTotal(path.foreignKey.target))
  }

  /** Whether every row of the table has a tenant, whatever the values of its columns. */
  #isTotal(name: TableName): boolean {
    const key = nameOf(name)
    const known = this.#total.get(key)
    if (known !== undefined) return known
    const table = this.#steps.table(name)
    const { ownership } = table
    const total =
      ownership.kind === 'column'
        ? table.columns.some((column) => column.name === ownership.column && column.notNull)
        : ownership.kind !== 'paths' || this.#sure(ownership.paths) !== undefined
    this.#total.set(key, total)
    return total
  }

  #mayDisagree(table: MappedTable): boolean {
    const { ownership } = table
    if (ownership.kind !== 'paths') return false
    const known = this.#doubtful.get(nameOf(table))
    if (known !== undefined) return known
    const { paths, self } = ownership
    const may =
      paths.length > 1 ||
      self.length > 1 ||
      paths.some(({ foreignKey }) => this.#mayDisagree(this.#steps.table(foreignKey.target)))
    this.#doubtful.set(nameOf(table), may)
    return may
  }

  #led(paths: readonly Path[], alias: string, step: Step): string {
    const sure = this.#sure(paths)
    const leads = (sure ? [sure] : paths).map(({ foreignKey: { columns, target, targetColumns } }) => {
      return `(${list(alias, columns)}) ${inAny} (${step(this.#steps.table(target), targetColumns)})`
    })
    return `(${leads.join(' OR ')})`
  }

  #along(paths: readonly Path[], from: string, step: Step): Keyed {
    const joins = paths.map(({ foreignKey: { columns, target, targetColumns } }, at) => {
      const on = columns.map((name, place) => `t.${id(name)} ${equal} p${at}.c${place}`)
      return `LEFT JOIN (${step(this.#steps.table(target), targetColumns)}) AS p${at} ON ${on.join(' AND ')}`
    })
    const keys = paths.map((_, at) => `p${at}.k`)
    const all = [from, ...joins].join(' ')
    const [first = 'NULL', ...others] = keys
    if (others.length === 0) return { from: all, key: first }
    const pairs = keys.flatMap((a, at) => keys.slice(at + 1).map((b) => `${a} ${unequal} ${b}`))
    const sure = this.#sure(paths)
    const agreed = sure ? `p${paths.indexOf(sure)}.k` : `coalesce(${keys.join(', ')})`
    return { from: all, key: `CASE WHEN ${pairs.join(' OR ')} THEN ${text(this.#mark)} ELSE ${agreed} END` }
  }

  /** Rows without a tenant along any path have the tenant of their parent row in the same table, recursively. */
  #throughItself(table: MappedTable, self: readonly ForeignKeyShape[], base: Keyed): Keyed {
    const climb = climbing(table, self)
    const recursive = `WITH RECURSIVE own AS (
      SELECT ${climb.fields}, ${base.key} AS k ${base.from} WHERE ${base.key} IS NOT NULL
      UNION
      SELECT ${climb.fields}, own.k ${base.from} JOIN own ON ${climb.up} WHERE ${base.key} IS NULL
    )`
    // With one key to the table, a row has one parent; with several, its parents may belong to different tenants.
    const several = self.length > 1
    const keys = climb.identity.map((_, at) => `i${at}`).join(', ')
    const found = several
      ? `SELECT ${keys}, CASE WHEN pg_catalog.min(k) ${equal} pg_catalog.max(k) THEN pg_catalog.min(k) ELSE ${text(this.#mark)} END AS k FROM own GROUP BY ${keys}`
      : `SELECT ${keys}, k FROM own`
    const on = climb.identity.map((column, at) => `t.${column} ${equal} o.i${at}`).join(' AND ')
    return { from: `FROM ${fromOf(table)} AS t LEFT JOIN (${recursive} ${found}) AS o ON ${on}`, key: 'o.k' }
  }

  /** Finds the rows that a path leads to the tenant, then their descendants along the table's keys to itself. */
  #belongsThroughItself(table: MappedTable, self: readonly ForeignKeyShape[], alias: string, step: Step): string {
    const { ownership } = table
    const paths = ownership.kind === 'paths' ? ownership.paths : []
    const { identity, fields, up } = climbing(table, self)
    const base = this.#along(paths, `FROM ${fromOf(table)} AS t`, this.#steps.from(table, this.#keys))
    const keys = identity.map((_, at) => `i${at}`).join(', ')
    return `(${identity.map((column) => `${alias}.${column}`).join(', ')}) ${inAny} (WITH RECURSIVE own AS (
      SELECT ${fields} FROM ${fromOf(table)} AS t WHERE ${this.#led(paths, 't', step)}
      UNION
      SELECT ${fields} ${base.from} JOIN own ON ${up} WHERE ${base.key} IS NULL
    ) SELECT ${keys} FROM own)`
  }
}

/** Returns the table for FROM: `ONLY` its own rows, or all rows of a partitioned table. */
export function fromOf(table: Pick<MappedTable, 'schema' | 'table' | 'partitioned'>): string {
  return table.partitioned ? qualified(table) : `ONLY ${qualified(table)}`
}

function list(alias: string, columns: readonly string[]): string {
  return columns.map((name) => `${alias}.${id(name)}`).join(', ')
}
