// Short notation for tables in tests of the tenant map.

import { parseTableName } from '../../../src/domain/fingerprint/table-name.ts'
import type {
  ForeignKeyShape,
  MappedTable,
  TableRule,
  TableShape,
  TenantMap,
  TenantRules,
} from '../../../src/domain/tenants/map.ts'
import { nameOf } from '../../../src/domain/tenants/map.ts'
import { mapTenants } from '../../../src/domain/tenants/map-tenants.ts'
import { parseTableRule } from '../../../src/domain/tenants/table-rule.ts'

/**
 * `shape('Order', 'id tenantId? customerId', 'customerId>Customer')`: columns (`?`: may be NULL), the first one its
 * primary key, and foreign keys `column[,column]>Table[(column[,column])]`, named `Order_column_fkey`.
 */
export function shape(name: string, columns: string, ...keys: string[]): TableShape {
  const own = parseTableName(name) ?? { schema: 'public', table: name }
  const all = columns.split(' ').map((text) => ({ name: text.replace('?', ''), notNull: !text.endsWith('?') }))
  return {
    ...own,
    partitioned: false,
    columns: all.map((column) => ({ ...column, type: 'text', category: 'S', generated: false, hasDefault: false })),
    primaryKey: all.slice(0, 1).map((column) => column.name),
    foreignKeys: keys.map((key) => foreignKey(own.table, key)),
  }
}

function foreignKey(table: string, text: string): ForeignKeyShape {
  const [, from = '', target = '', to = 'id'] = /^([^>]+)>([^(]+)(?:\((.+)\))?$/.exec(text) ?? []
  return {
    name: `${table}_${from}_fkey`,
    columns: from.split(','),
    target: parseTableName(target) ?? { schema: 'public', table: target },
    targetColumns: to.split(','),
  }
}

export function rulesOf(...texts: string[]): TenantRules {
  return {
    table: { schema: 'public', table: 'Tenant' },
    column: 'tenantId',
    rules: texts.map((text) => parseTableRule(text) as TableRule),
  }
}

/** The table of tenants and these, mapped. */
export function mapOf(tables: readonly TableShape[], rules: TenantRules = rulesOf()): TenantMap {
  return mapTenants([shape('Tenant', 'id'), ...tables], rules)
}

export function tableOf(map: TenantMap, name: string): MappedTable {
  const found = map.tables.find((table) => nameOf(table) === `public.${name}` || nameOf(table) === name)
  if (!found) throw new Error(`${name} is not in the map`)
  return found
}

/**
 * `tenant`, `column tenantId`, `through A_b_fkey, A_c_fkey; self A_parentId_fkey`, `shared` …: whose a table is, in one
 * line.
 */
export function whose(map: TenantMap, name: string): string {
  const { ownership } = tableOf(map, name)
  switch (ownership.kind) {
    case 'tenant':
    case 'column':
      return `${ownership.kind} ${ownership.column}`
    case 'schema':
      return `schema of ${ownership.tenant}`
    case 'paths': {
      const self = ownership.self.map((key) => key.name).join(', ')
      return `through ${ownership.paths.map(({ foreignKey: { name: key } }) => key).join(', ')}${self && `; self ${self}`}`
    }
    default:
      return ownership.kind
  }
}
