// What a manifest of kind `tenant` says of its tenants, and whether nothing was left out.
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
  readonly asked: 'all' | readonly string[]
  /** Tenants in this backup. */
  readonly tenants: number
  readonly excel: boolean
  readonly includesShared: boolean
  readonly tables: readonly TenantTableFacts[]
}

/**
 * Where all tenants were read: tables in which the rows of tenants and of nobody together are not what the table holds. Where shared
 * rows are included, those too. Whole sentences.
 */
export function leftOut({ asked, includesShared, tables }: TenantFacts): string[] {
  return tables.flatMap(({ schema, table, held, rows, unowned = 0, total }) => {
    const name = `${schema}.${table}`
    const isShared = held === 'shared'
    const expected = isShared ? includesShared : asked === 'all' && held !== 'unreached' && held !== 'ignored'
    if (total === undefined || !expected || rows + unowned === total) return []
    return [`${name} holds ${total} rows: ${rows} were taken out${isShared ? '' : ` and ${unowned} belong to nobody`}`]
  })
}
