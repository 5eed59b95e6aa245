// From a catalogue to a map of tenants: columns first, then foreign keys, step by step.
import { Failure } from '../failure.ts'
import type { TableName } from '../table-name.ts'
import { importOrder } from './import-order.ts'
import {
  type ForeignKeyShape,
  type MappedTable,
  nameOf,
  type Ownership,
  type Path,
  type TableRule,
  type TableShape,
  type TenantMap,
  type TenantRules,
} from './map.ts'
import { tenantOfSchema } from './schema-pattern.ts'

/**
 * Maps every table. Throws Failure('usage') where there is no such table of tenants, it has no key that a column could refer to, or a
 * rule names what is not there.
 */
export function mapTenants(tables: readonly TableShape[], rules: TenantRules): TenantMap {
  const given = new Map(rules.rules.map((rule) => [nameOf(rule), checked(rule, tables)]))
  const { schema } = rules
  if (schema !== undefined) {
    const ownership = (table: TableShape): Ownership => {
      const tenant = tenantOfSchema(schema, table.schema)
      return tenant === undefined ? (said(given.get(nameOf(table))) ?? { kind: 'unreached' }) : { kind: 'schema', tenant }
    }
    return { tenants: undefined, tables: finish(tables, new Map(tables.map((table) => [nameOf(table), ownership(table)]))) }
  }
  const tenants = tableOfTenants(tables, rules)
  const known = ofColumns(tables, rules, tenants, given)
  followForeignKeys(tables, known, given)
  return { tenants, tables: finish(tables, known) }
}

function checked(rule: TableRule, tables: readonly TableShape[]): TableRule {
  const table = tables.find((each) => nameOf(each) === nameOf(rule))
  const { says } = rule
  const wrong = !table
    ? 'there is no such table'
    : says.kind === 'column' && !table.columns.some(({ name }) => name === says.column)
      ? `it has no column ${JSON.stringify(says.column)}`
      : says.kind === 'through' && !table.foreignKeys.some(({ name }) => name === says.foreignKey)
        ? `it has no foreign key ${JSON.stringify(says.foreignKey)} (it has: ${table.foreignKeys.map(({ name }) => name).join(', ') || 'none'})`
        : undefined
  if (wrong === undefined) return rule
  throw new Failure('usage', `tenant-rule: ${nameOf(rule)}: ${wrong}`, { hint: 'Names are exact, with their case.' })
}

function tableOfTenants(tables: readonly TableShape[], rules: TenantRules): NonNullable<TenantMap['tenants']> {
  const name = nameOf(rules.table)
  const table = tables.find((each) => nameOf(each) === name)
  if (!table) {
    const near = tables.filter((each) => each.table.toLowerCase() === rules.table.table.toLowerCase()).map(nameOf)
    throw new Failure('usage', `there is no table ${name}`, {
      hint: `${near.length > 0 ? `There is ${near.join(', ')}. ` : ''}Name the table of tenants with --tenant-table, or their schemas with --tenant-schema.`,
    })
  }
  const [key, ...more] = table.primaryKey
  const column = more.length === 0 && key !== undefined ? table.columns.find(({ name }) => name === key) : undefined
  if (column) return { schema: table.schema, table: table.table, column: column.name, type: column.type }
  throw new Failure('usage', `${name} has no primary key of one column, so nothing says which tenant a row is`, {
    hint: 'Give it one, or name another table with --tenant-table.',
  })
}

type Known = Map<string, Ownership>
type Given = ReadonlyMap<string, TableRule>

function said(rule: TableRule | undefined): Ownership | undefined {
  if (!rule || rule.says.kind === 'through') return undefined
  return rule.says
}

function ofColumns(
  tables: readonly TableShape[],
  { column }: TenantRules,
  tenants: NonNullable<TenantMap['tenants']>,
  given: Given,
): Known {
  const known: Known = new Map()
  for (const table of tables) {
    const name = nameOf(table)
    const rule = given.get(name)
    const own = said(rule)
    if (name === nameOf(tenants)) known.set(name, { kind: 'tenant', column: tenants.column })
    else if (own) known.set(name, own)
    else if (rule === undefined && table.columns.some((each) => each.name === column)) known.set(name, { kind: 'column', column })
  }
  return known
}

/** Tables nearest to tenants first. A path never leads back: a table that is reached through this one is no path of it. */
function followForeignKeys(tables: readonly TableShape[], known: Known, given: Given): void {
  const level = new Map([...known].filter(([, { kind }]) => hasTenants(kind)).map(([name]) => [name, 0]))
  for (let at = 1; ; at += 1) {
    const reached = tables.filter(
      (table) =>
        !known.has(nameOf(table)) &&
        !level.has(nameOf(table)) &&
        candidates(table, given).some(({ target }) => level.get(nameOf(target)) === at - 1),
    )
    if (reached.length === 0) break
    for (const table of reached) level.set(nameOf(table), at)
  }
  const parents = new Map<string, ReadonlySet<string>>()
  const byLevel = tables.filter((table) => !known.has(nameOf(table)) && level.has(nameOf(table)))
  byLevel.sort((a, b) => (level.get(nameOf(a)) ?? 0) - (level.get(nameOf(b)) ?? 0))
  // Keys to nearer tables are sure to be no circle; what else leads somewhere is added where it closes none.
  const nearer = ({ target }: ForeignKeyShape, table: TableShape): boolean =>
    (level.get(nameOf(target)) ?? Number.POSITIVE_INFINITY) < (level.get(nameOf(table)) ?? 0)
  const chosen = new Map(byLevel.map((table) => [nameOf(table), candidates(table, given).filter((key) => nearer(key, table))]))
  for (const [name, keys] of chosen) parents.set(name, new Set(keys.map(({ target }) => nameOf(target))))
  for (const table of byLevel) {
    const name = nameOf(table)
    for (const key of candidates(table, given)) {
      if (nearer(key, table) || !level.has(nameOf(key.target)) || leadsTo(parents, nameOf(key.target), name)) continue
      chosen.get(name)?.push(key)
      parents.set(name, new Set([...(parents.get(name) ?? []), nameOf(key.target)]))
    }
  }
  for (const table of byLevel) {
    const paths = (chosen.get(nameOf(table)) ?? []).map((key) => pathOf(table, key))
    const self = given.has(nameOf(table)) ? [] : table.foreignKeys.filter(({ target }) => nameOf(target) === nameOf(table))
    known.set(nameOf(table), { kind: 'paths', paths, self: paths.every(({ nullable }) => nullable) ? self : [] })
  }
  markShared(tables, known)
}

/** The foreign keys that may lead to a tenant: all but those to the table itself, or the one that a rule names. */
function candidates(table: TableShape, given: Given): ForeignKeyShape[] {
  const says = given.get(nameOf(table))?.says
  return table.foreignKeys.filter(
    (key) => nameOf(key.target) !== nameOf(table) && (says?.kind !== 'through' || key.name === says.foreignKey),
  )
}

function leadsTo(parents: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const seen = new Set<string>()
  const open = [from]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === to) return true
    if (seen.has(name)) continue
    seen.add(name)
    open.push(...(parents.get(name) ?? []))
  }
  return false
}

function pathOf(table: TableShape, foreignKey: ForeignKeyShape): Path {
  const nullable = foreignKey.columns.some((name) => !table.columns.find((column) => column.name === name)?.notNull)
  return { foreignKey, nullable }
}

/** Shared is whatever rows of tenants refer to, directly or through other shared tables. */
function markShared(tables: readonly TableShape[], known: Known): void {
  const byName = new Map(tables.map((table) => [nameOf(table), table]))
  const open = tables.filter((table) => hasTenants(known.get(nameOf(table))?.kind) || known.get(nameOf(table))?.kind === 'shared')
  for (let table = open.pop(); table; table = open.pop()) {
    for (const { target } of table.foreignKeys) {
      const name = nameOf(target)
      const shape = byName.get(name)
      if (known.has(name) || !shape) continue
      known.set(name, { kind: 'shared' })
      open.push(shape)
    }
  }
}

function hasTenants(kind: Ownership['kind'] | undefined): boolean {
  return kind === 'tenant' || kind === 'column' || kind === 'paths' || kind === 'schema'
}

function finish(tables: readonly TableShape[], known: ReadonlyMap<string, Ownership>): MappedTable[] {
  const order = importOrder(tables)
  return tables
    .map((table) => ({
      ...table,
      ownership: known.get(nameOf(table)) ?? ({ kind: 'unreached' } as const),
      group: order.get(nameOf(table)) ?? 0,
    }))
    .sort((a, b) => a.group - b.group || compareNames(a, b))
}

function compareNames(a: TableName, b: TableName): number {
  return nameOf(a) < nameOf(b) ? -1 : 1
}
