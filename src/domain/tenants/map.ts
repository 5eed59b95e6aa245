// The map of tenants: what a tenant is in this database, and how the rows of each table are assigned to tenants.
import type { TableName } from '../fingerprint/table-name.ts'

/** One column, from the catalogue. */
export interface ColumnShape {
  readonly name: string
  /** As format_type writes it: `character varying(20)`. */
  readonly type: string
  /** PostgreSQL's typcategory: `S` for strings, `N` for numbers. */
  readonly category: string
  /**
   * How equal values are written: `whole`, `uuid` and `text` (numbers, UUIDs, texts) as equal texts; `other` possibly
   * as different texts; `outside` for types that are not PostgreSQL's own. Absent if not checked.
   */
  readonly sameness?: 'whole' | 'uuid' | 'text' | 'other' | 'outside'
  /** GENERATED ALWAYS AS (…) STORED: computed, never written. */
  readonly generated: boolean
  readonly notNull: boolean
  /** Has a default or is an identity. */
  readonly hasDefault: boolean
}

/** A foreign key of a table. */
export interface ForeignKeyShape {
  readonly name: string
  readonly columns: readonly string[]
  readonly target: TableName
  readonly targetColumns: readonly string[]
}

/**
 * A table from the catalogue: an ordinary one, or the root of partitions, which are not tables of the map themselves.
 */
export interface TableShape extends TableName {
  readonly partitioned: boolean
  /** In a schema that `restore --target-schema` created: `ignored` without a rule. */
  readonly isCopy?: true
  /** The table has further unique or exclusion constraints; absent if not checked. */
  readonly hasMoreUnique?: boolean
  readonly columns: readonly ColumnShape[]
  /** Columns of the primary key, in its order; empty if there is none. */
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly ForeignKeyShape[]
}

/** A user's rule for a table whose tenants are unknown or ambiguous. */
export type TableRule = TableName & {
  /** The rule is from the manifest of a backup. It has no effect if the table has been dropped since. */
  readonly fromBackup?: true
  readonly says:
    | { readonly kind: 'shared' }
    /** Belongs to no tenant and is not backed up, without a warning. */
    | { readonly kind: 'ignored' }
    | { readonly kind: 'column'; readonly column: string }
    /** If there are several paths, the one along this foreign key decides. */
    | { readonly kind: 'through'; readonly foreignKey: string }
}

/** How tenants are identified. */
export interface TenantRules {
  readonly table: TableName
  /** Such as `tenantId`: a table with this column belongs to tenants by it. */
  readonly column: string
  /** `tenant_{id}`: every tenant has a schema; then table and column are not used. */
  readonly schema?: string
  readonly rules: readonly TableRule[]
}

/** One step from a table towards its tenant: a foreign key to a table whose rows have tenants. */
export interface Path {
  readonly foreignKey: ForeignKeyShape
  /** A column of the key may be NULL: such a row has no tenant along this path. */
  readonly nullable: boolean
}

export type Ownership =
  /** The table of tenants: a row belongs to the tenant whose key it has. */
  | { readonly kind: 'tenant'; readonly column: string }
  | { readonly kind: 'column'; readonly column: string }
  /**
   * Rows belong to the tenant to which these paths lead; if several lead to one, they must agree. `self`: foreign keys
   * to the table itself, followed for rows that get no tenant from a path.
   */
  | { readonly kind: 'paths'; readonly paths: readonly Path[]; readonly self: readonly ForeignKeyShape[] }
  /** In a tenant's own schema: all rows belong to that tenant. */
  | { readonly kind: 'schema'; readonly tenant: string }
  /** Belongs to no tenant, and tables of tenants refer to it; or a rule says so. */
  | { readonly kind: 'shared' }
  /** No path leads from here to a tenant, nor from a tenant here: the user must add a rule. */
  | { readonly kind: 'unreached' }
  | { readonly kind: 'ignored' }

export interface MappedTable extends TableShape {
  readonly ownership: Ownership
  /**
   * Tables with the same number refer to each other in a circle and can only be filled together. Numbers ascend in
   * order of import.
   */
  readonly group: number
}

export interface TenantMap {
  /** The table of tenants; undefined if tenants have schemas. */
  readonly tenants: (TableName & { readonly column: string; readonly type: string }) | undefined
  /** The pattern of the tenants' schemas, if they have schemas. */
  readonly schema?: string
  /** In order of import: referenced tables come first. */
  readonly tables: readonly MappedTable[]
}

/** Whether rows of the table belong to tenants. */
export function isOwned({ ownership }: MappedTable): boolean {
  return holdsTenants(ownership)
}

/** Whether rows with this ownership belong to tenants. */
export function holdsTenants({ kind }: Ownership): boolean {
  return kind === 'tenant' || kind === 'column' || kind === 'paths' || kind === 'schema'
}

/** `public.Product`: a table's name for people and in maps. Quoted only if `parseTableName` would misread it. */
export function nameOf({ schema, table }: TableName): string {
  return `${part(schema)}.${part(table)}`
}

const misread = /[".:]|^\s|\s$/

function part(name: string): string {
  return misread.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

/** The columns that are written and read: all except generated ones. */
export function writtenColumns({ columns }: TableShape): readonly ColumnShape[] {
  return columns.filter(({ generated }) => !generated)
}
