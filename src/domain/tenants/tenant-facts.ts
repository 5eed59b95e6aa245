// What a manifest of kind `tenant` says of its tenants, and whether nothing was left out.
import { formatTableRule } from './format-table-rule.ts'
import { nameOf, type TableRule, type TenantRules } from './map.ts'
import { parseTableRule } from './table-rule.ts'
import type { TenantTables } from './tenant-zip.ts'

export interface TenantTableFacts {
  readonly schema: string
  readonly table: string
  /** How its rows belong to tenants: `tenant`, `column`, `paths`, `schema`; or `shared`, `unreached`, `ignored`. */
  readonly held: 'tenant' | 'column' | 'paths' | 'schema' | 'shared' | 'unreached' | 'ignored'
  /** Rows in this backup. */
  readonly rows: number
  /** Rows of nobody: they name no tenant, or one that does not exist. Known only where all tenants were read. */
  readonly unowned?: number
  /** Exact count of the whole table in the snapshot, where it was taken. */
  readonly total?: number
}

export interface TenantFacts {
  readonly by: TenantTables['by']
  /** What the user said of tables, as `formatTableRule` writes it. */
  readonly rules: readonly string[]
  readonly asked: 'all' | readonly string[]
  /** Tenants in this backup. */
  readonly tenants: number
  readonly excel: boolean
  readonly includesShared: boolean
  readonly tables: readonly TenantTableFacts[]
}

/** What makes a tenant where nobody says anything. */
export const defaultTenantRules: TenantRules = {
  table: { schema: 'public', table: 'Tenant' },
  column: 'tenantId',
  rules: [],
}

/**
 * How tenants are distinguished: what is given, and where that is only a default, as it was when the backup was made.
 */
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
 * Where all tenants were read: tables in which the rows of tenants and of nobody together are not what the table holds.
 * Where shared rows are included, those too. Whole sentences.
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
