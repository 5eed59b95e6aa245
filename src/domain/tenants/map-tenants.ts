// Builds the map of tenants from a catalogue: columns first, then foreign keys, step by step.
import { Failure } from '../failures/failure.ts'
import type { TableName } from '../fingerprint/table-name.ts'
import { followForeignKeys } from './follow-foreign-keys.ts'
import { importOrder } from './import-order.ts'
import {
  holdsTenants,
  type MappedTable,
  nameOf,
  type Ownership,
  type TableRule,
  type TableShape,
  type TenantMap,
  type TenantRules,
} from './map.ts'
import { requireComparable } from './require-comparable.ts'
import { tenantOfSchema } from './schema-pattern.ts'

/**
 * Maps every table. Throws a failure of kind usage if the table of tenants does not exist or has no primary key with a
 * single column, or if a rule names something that does not exist. Also throws what `requireComparable` throws.
 */
export function mapTenants(tables: readonly TableShape[], rules: TenantRules): TenantMap {
  const byName = new Map(tables.map((table) => [nameOf(table), table]))
  const ofTables = rules.rules.filter((rule) => rule.fromBackup !== true || byName.has(nameOf(rule)))
  const given = new Map(ofTables.map((rule) => [nameOf(rule), checked(rule, byName)]))
  const tenants = rules.schema === undefined ? tableOfTenants(tables, rules, given) : undefined
  const known = tenants ? ofColumns(tables, rules, tenants, given) : ofSchemas(tables, rules.schema ?? '', given)
  const groups = importOrder(tables)
  followForeignKeys(tables, { known, given, groups })
  markShared(tables, known)
  const map = {
    tenants,
    ...(rules.schema !== undefined && { schema: rules.schema }),
    tables: finish(tables, known, groups),
  }
  requireComparable(map)
  return map
}

function checked(rule: TableRule, tables: ReadonlyMap<string, TableShape>): TableRule {
  const table = tables.get(nameOf(rule))
  const { says } = rule
  const wrong = !table
    ? 'there is no such table'
    : says.kind === 'column' && !table.columns.some(({ name }) => name === says.column)
      ? `it has no column ${JSON.stringify(says.column)}`
      : says.kind === 'through' && !table.foreignKeys.some(({ name }) => name === says.foreignKey)
        ? `it has no foreign key ${JSON.stringify(says.foreignKey)} (it has: ${table.foreignKeys.map(({ name }) => name).join(', ') || 'none'})`
        : undefined
  if (wrong === undefined) return rule
  throw new Failure('tenant/invalid-rule', `--tenant-rule: ${nameOf(rule)}: ${wrong}`, {
    hint: 'Names are case-sensitive.',
  })
}

function tableOfTenants(
  tables: readonly TableShape[],
  rules: TenantRules,
  given: Given,
): NonNullable<TenantMap['tenants']> {
  const name = nameOf(rules.table)
  const table = tables.find((each) => nameOf(each) === name)
  if (!table) {
    const near = tables.filter((each) => isNear(each.table, rules.table.table)).map(nameOf)
    const there = near.length > 0 ? `Similar names: ${near.join(', ')}. ` : ''
    throw new Failure('tenant/no-tenant-table', `there is no table ${name}`, {
      hint: `${there}Name the table of tenants with --tenant-table, or their schemas with --tenant-schema.`,
    })
  }
  if (given.has(name)) {
    throw new Failure(
      'tenant/invalid-rule',
      `--tenant-rule: ${name} is the table of tenants, which cannot have a rule`,
      {
        hint: 'Remove the rule, or name another table with --tenant-table.',
      },
    )
  }
  const [key, ...more] = table.primaryKey
  const column = more.length === 0 && key !== undefined ? table.columns.find(({ name }) => name === key) : undefined
  if (column) return { schema: table.schema, table: table.table, column: column.name, type: column.type }
  throw new Failure(
    'tenant/no-key',
    `${name} has no primary key with a single column, so its rows do not identify tenants`,
    {
      hint: 'Add such a primary key, or name another table with --tenant-table.',
    },
  )
}

/** Whether names are equal except for case, punctuation and a final s: `Tenant` and `tenants`. */
function isNear(one: string, other: string): boolean {
  const [a, b] = [one, other].map((name) =>
    name
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]/gu, '')
      .replace(/s$/, ''),
  )
  return a === b
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
    else if (rule === undefined && table.isCopy) known.set(name, { kind: 'ignored' })
    else if (rule === undefined && table.columns.some((each) => each.name === column))
      known.set(name, { kind: 'column', column })
  }
  return known
}

/** A table in a tenant's schema belongs to that tenant, also in a copy, unless a rule says otherwise. */
function ofSchemas(tables: readonly TableShape[], pattern: string, given: Given): Known {
  const known: Known = new Map()
  for (const table of tables) {
    const tenant = tenantOfSchema(pattern, table.schema)
    const rule = given.get(nameOf(table))
    const own = said(rule) ?? (tenant === undefined ? undefined : ({ kind: 'schema', tenant } as const))
    if (own) known.set(nameOf(table), own)
    else if (rule === undefined && table.isCopy) known.set(nameOf(table), { kind: 'ignored' })
  }
  return known
}

/** Marks tables as shared if rows of tenants refer to them, directly or through other shared tables. */
function markShared(tables: readonly TableShape[], known: Known): void {
  const byName = new Map(tables.map((table) => [nameOf(table), table]))
  const open = tables.filter((table) => {
    const own = known.get(nameOf(table))
    return own !== undefined && (holdsTenants(own) || own.kind === 'shared')
  })
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

function finish(
  tables: readonly TableShape[],
  known: ReadonlyMap<string, Ownership>,
  groups: ReadonlyMap<string, number>,
): MappedTable[] {
  return tables
    .map((table) => ({
      ...table,
      ownership: known.get(nameOf(table)) ?? ({ kind: 'unreached' } as const),
      group: groups.get(nameOf(table)) ?? 0,
    }))
    .sort((a, b) => a.group - b.group || compareNames(a, b))
}

function compareNames(a: TableName, b: TableName): number {
  return nameOf(a) < nameOf(b) ? -1 : 1
}
