// Facts about the tenants in a manifest of kind `tenant`, and a check that no rows were left out.
import { formatTableRule } from './format-table-rule.ts'
import { nameOf, type TableRule, type TenantRules } from './map.ts'
import { parseTableRule } from './table-rule.ts'
import type { TenantTables } from './tenant-zip.ts'

export interface TenantTableFacts {
  readonly schema: string
  readonly table: string
  /** How its rows are assigned to tenants; `shared`, `unreached` and `ignored`: they are not. */
  readonly held: 'tenant' | 'column' | 'paths' | 'schema' | 'shared' | 'unreached' | 'ignored'
  /** Rows in this backup. */
  readonly rows: number
  /** Rows without a tenant: they name none, or one that does not exist. Known only if all tenants were read. */
  readonly unowned?: number
  /** Exact count of the whole table in the snapshot; absent if it was not counted. */
  readonly total?: number
}

export interface TenantFacts {
  readonly by: TenantTables['by']
  /** The user's rules for tables, as `formatTableRule` writes them. */
  readonly rules: readonly string[]
  readonly asked: 'all' | readonly string[]
  /** Tenants in this backup. */
  readonly tenants: number
  readonly excel: boolean
  readonly includesShared: boolean
  readonly tables: readonly TenantTableFacts[]
}

/** How tenants are identified by default. */
export const defaultTenantRules: TenantRules = {
  table: { schema: 'public', table: 'Tenant' },
  column: 'tenantId',
  rules: [],
}

/** Returns how tenants are identified: the given values, but the backup's own values in place of defaults. */
export function rulesFor({ by, rules }: TenantFacts, given: TenantRules, defaults: TenantRules): TenantRules {
  const said = new Map<string, TableRule>()
  for (const rule of rules.flatMap((text) => parseTableRule(text) ?? []))
    said.set(nameOf(rule), { ...rule, fromBackup: true })
  const stored = new Set([...said.values()].map(formatTableRule))
  for (const rule of given.rules) if (!stored.has(formatTableRule(rule))) said.set(nameOf(rule), rule)
  const schema = given.schema ?? by.schema
  return {
    table:
      by.table && nameOf(given.table) === nameOf(defaults.table)
        ? { schema: by.table.schema, table: by.table.table }
        : given.table,
    column: given.column === defaults.column ? by.column : given.column,
    ...(schema !== undefined && { schema }),
    rules: [...said.values()],
  }
}

/**
 * If all tenants were read: tables whose rows of tenants and rows without a tenant do not add up to the total. If
 * shared rows are included: also shared tables. Full sentences.
 */
export function leftOut({ asked, includesShared, tables }: TenantFacts): string[] {
  return tables.flatMap(({ schema, table, held, rows, unowned = 0, total }) => {
    const name = `${schema}.${table}`
    const isShared = held === 'shared'
    const expected = isShared ? includesShared : asked === 'all' && held !== 'unreached' && held !== 'ignored'
    if (total === undefined || !expected || rows + unowned === total) return []
    return [`${name} has ${total} rows, but ${rows} were read${isShared ? '' : ` and ${unowned} belong to no tenant`}`]
  })
}
