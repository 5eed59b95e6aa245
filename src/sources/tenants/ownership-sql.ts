// Whose a row is, as SQL: the tenant of every row of a table, and the rows of one tenant.
import type { TableName } from '../../domain/table-name.ts'
import { type ForeignKeyShape, type MappedTable, nameOf, type Path, type TenantMap } from '../../domain/tenants/map.ts'
import { qualified } from '../postgres/snapshot.ts'
import { id, text } from './quoting.ts'

/** Rows with the key of their tenant. */
export interface KeyedRows {
  /** `FROM ONLY public."Product" AS t …`: the table's own columns are those of `t`. */
  readonly from: string
  /** The tenant's id as text: NULL for a row of nobody, the mark for a row whose paths disagree. */
  readonly key: string
  /** Paths may disagree. */
  readonly mayDisagree: boolean
}

/** Writes SQL for the tables of a map. Built once; what it gives has no parameters, everything is quoted by the driver's own quoting. */
export class OwnershipSql {
  readonly #map: TenantMap
  readonly #mark: string
  readonly #tables: ReadonlyMap<string, MappedTable>

  /** `mark`: a text that is no tenant's id, given as the key of rows whose paths disagree. */
  constructor(map: TenantMap, mark: string) {
    this.#map = map
    this.#mark = mark
    this.#tables = new Map(map.tables.map((table) => [nameOf(table), table]))
  }

  /** Every row of the table, each with its tenant. Throws for a table that tenants have no part in. */
  keyed(table: MappedTable): KeyedRows {
    const { ownership } = table
    const from = `FROM ${fromOf(table)} AS t`
    switch (ownership.kind) {
      case 'tenant':
      case 'column':
        return { from, key: `t.${id(ownership.column)}::text`, mayDisagree: false }
      case 'schema':
        return { from, key: `${text(ownership.tenant)}::text`, mayDisagree: false }
      case 'paths': {
        const base = this.#along(ownership.paths, from)
        return ownership.self.length === 0 ? base : this.#throughItself(table, ownership.self, base)
      }
      default:
        throw new Error(`${nameOf(table)} belongs to no tenant`)
    }
  }

  /** A condition on `t` that holds for the rows of one tenant, and can use indexes. Rows whose paths disagree may be among them. */
  belongs(table: MappedTable, tenant: string, alias = 't'): string {
    const { ownership } = table
    switch (ownership.kind) {
      case 'tenant':
      case 'column': {
        const column = table.columns.find(({ name }) => name === ownership.column)
        return `${alias}.${id(ownership.column)} = ${text(tenant)}::${column?.type ?? 'text'}`
      }
      case 'schema':
        return ownership.tenant === tenant ? 'true' : 'false'
      case 'paths': {
        const [self] = ownership.self
        if (self) {
          const { from, key } = this.keyed(table)
          const columns = self.targetColumns.map((name) => `t.${id(name)}`).join(', ')
          return `(${list(alias, self.targetColumns)}) IN (SELECT ${columns} ${from} WHERE ${key} = ${text(tenant)})`
        }
        const sure = ownership.paths.find((path) => !path.nullable && this.#isTotal(path.foreignKey.target))
        const paths = sure ? [sure] : ownership.paths
        return `(${paths.map((path) => this.#leads(path, tenant, alias)).join(' OR ')})`
      }
      default:
        throw new Error(`${nameOf(table)} belongs to no tenant`)
    }
  }

  /** Every row of the table has a tenant, whatever its columns hold. */
  #isTotal(name: TableName): boolean {
    const table = this.#table(name)
    const { ownership } = table
    if (ownership.kind === 'column') return table.columns.some((column) => column.name === ownership.column && column.notNull)
    if (ownership.kind === 'paths') return ownership.paths.some((path) => !path.nullable && this.#isTotal(path.foreignKey.target))
    return true
  }

  #leads({ foreignKey }: Path, tenant: string, alias: string): string {
    const parent = this.#table(foreignKey.target)
    const columns = foreignKey.targetColumns.map((name) => `p.${id(name)}`).join(', ')
    return `(${list(alias, foreignKey.columns)}) IN (SELECT ${columns} FROM ${fromOf(parent)} AS p WHERE ${this.belongs(parent, tenant, 'p')})`
  }

  #along(paths: readonly Path[], from: string): KeyedRows {
    const joins = paths.map(({ foreignKey }, at) => this.#join(foreignKey, `p${at}`))
    const keys = paths.map((_, at) => `p${at}.k`)
    const [first = 'NULL', ...others] = keys
    if (others.length === 0) return { from: [from, ...joins].join(' '), key: first, mayDisagree: false }
    const pairs = keys.flatMap((a, at) => keys.slice(at + 1).map((b) => `${a} <> ${b}`))
    const key = `CASE WHEN ${pairs.join(' OR ')} THEN ${text(this.#mark)} ELSE coalesce(${keys.join(', ')}) END`
    return { from: [from, ...joins].join(' '), key, mayDisagree: true }
  }

  #join({ target, columns, targetColumns }: ForeignKeyShape, alias: string): string {
    const { from, key } = this.keyed(this.#table(target))
    const fields = targetColumns.map((name, at) => `t.${id(name)} AS c${at}`)
    const on = columns.map((name, at) => `t.${id(name)} = ${alias}.c${at}`)
    return `LEFT JOIN (SELECT ${fields.join(', ')}, ${key} AS k ${from}) AS ${alias} ON ${on.join(' AND ')}`
  }

  /** Rows that no path leads anywhere take the tenant of the row of this very table that they refer to, and so on upwards. */
  #throughItself(table: MappedTable, self: readonly ForeignKeyShape[], base: KeyedRows): KeyedRows {
    const names = [...new Set(self.flatMap(({ targetColumns }) => targetColumns))]
    const own = names.map((name, at) => ({ name, as: `r${at}` }))
    const asOf = (name: string): string => own.find((each) => each.name === name)?.as ?? ''
    const fields = own.map(({ name, as }) => `t.${id(name)} AS ${as}`).join(', ')
    const up = self
      .map(
        (key) => `(${key.columns.map((name, at) => `t.${id(name)} = own.${asOf(key.targetColumns[at] ?? '')}`).join(' AND ')})`,
      )
      .join(' OR ')
    const recursive = `WITH RECURSIVE own AS (
      SELECT ${fields}, ${base.key} AS k ${base.from} WHERE ${base.key} IS NOT NULL
      UNION
      SELECT ${fields}, own.k ${base.from} JOIN own ON ${up} WHERE ${base.key} IS NULL
    ) SELECT * FROM own`
    const [first] = self
    const on = (first?.targetColumns ?? []).map((name) => `t.${id(name)} = o.${asOf(name)}`).join(' AND ')
    return {
      from: `FROM ${fromOf(table)} AS t LEFT JOIN (${recursive}) AS o ON ${on}`,
      key: 'o.k',
      mayDisagree: base.mayDisagree,
    }
  }

  #table(name: TableName): MappedTable {
    const table = this.#tables.get(nameOf(name))
    if (table) return table
    throw new Error(`${nameOf(name)} is not in the map of ${this.#map.tables.length} tables`)
  }
}

/** A table's own rows; of partitions all. */
export function fromOf(table: Pick<MappedTable, 'schema' | 'table' | 'partitioned'>): string {
  return table.partitioned ? qualified(table) : `ONLY ${qualified(table)}`
}

function list(alias: string, columns: readonly string[]): string {
  return columns.map((name) => `${alias}.${id(name)}`).join(', ')
}
