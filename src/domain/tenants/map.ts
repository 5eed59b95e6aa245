// Whose rows a table holds: what a tenant is in this database, and how each table's rows reach theirs.
import type { TableName } from '../fingerprint/table-name.ts'

/** One column as the catalogue has it. */
export interface ColumnShape {
  readonly name: string
  /** As format_type writes it: `character varying(20)`. */
  readonly type: string
  /** PostgreSQL's typcategory: `S` for strings, `N` for numbers. */
  readonly category: string
  /**
   * How equality goes: by the text of whole numbers, uuids or texts; `other` where equal values can be written
   * differently; `outside` for types that are not PostgreSQL's own. Absent where nobody looked.
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
 * A table as the catalogue has it: an ordinary one, or the root of partitions (which stand for nothing of their own).
 */
export interface TableShape extends TableName {
  readonly partitioned: boolean
  /** The table has further unique or exclusion constraints; absent if not checked. */
  readonly hasMoreUnique?: boolean
  readonly columns: readonly ColumnShape[]
  /** Columns of the primary key, in its order; empty if there is none. */
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly ForeignKeyShape[]
}

/** What the user says of tables that say nothing of themselves, or too much. */
export type TableRule = TableName & {
  /** The rule is from the manifest of a backup. It has no effect if the table was dropped since. */
  readonly fromBackup?: true
  readonly says:
    | { readonly kind: 'shared' }
    /** Known to belong to no tenant and not wanted: no warning. */
    | { readonly kind: 'ignored' }
    | { readonly kind: 'column'; readonly column: string }
    /** Of several paths the one along this foreign key decides. */
    | { readonly kind: 'through'; readonly foreignKey: string }
}

/** What makes a tenant. */
export interface TenantRules {
  readonly table: TableName
  /** `tenantId`: a table that has it belongs to tenants by it. */
  readonly column: string
  /** `tenant_{id}`: every tenant has a schema of its own; then table and column mean nothing. */
  readonly schema?: string
  readonly rules: readonly TableRule[]
}

/** One step from a table to its tenant: a foreign key to a table whose rows have tenants. */
export interface Path {
  readonly foreignKey: ForeignKeyShape
  /** Some column of the key may be NULL: such a row says nothing by this path. */
  readonly nullable: boolean
}

export type Ownership =
  /** The table of tenants: a row belongs to the tenant whose key it has. */
  | { readonly kind: 'tenant'; readonly column: string }
  | { readonly kind: 'column'; readonly column: string }
  /**
   * Rows belong where these lead; where several do, they must agree. `self`: foreign keys to the table itself, followed
   * for rows that no path leads anywhere.
   */
  | { readonly kind: 'paths'; readonly paths: readonly Path[]; readonly self: readonly ForeignKeyShape[] }
  /** Lies in a tenant's own schema: all of it is that tenant's. */
  | { readonly kind: 'schema'; readonly tenant: string }
  /** Belongs to nobody, and tables of tenants refer to it; or a rule says so. */
  | { readonly kind: 'shared' }
  /** No path leads from here to a tenant, nor from a tenant here: somebody must say. */
  | { readonly kind: 'unreached' }
  | { readonly kind: 'ignored' }

export interface MappedTable extends TableShape {
  readonly ownership: Ownership
  /**
   * Tables with the same number refer to each other in a circle and can only be filled together; numbers ascend in
   * order of import.
   */
  readonly group: number
}

export interface TenantMap {
  /** The table of tenants; undefined where tenants have schemas. */
  readonly tenants: (TableName & { readonly column: string; readonly type: string }) | undefined
  /** The pattern of their schemas, where they have some. */
  readonly schema?: string
  /** In order of import: what a row refers to comes before it. */
  readonly tables: readonly MappedTable[]
}

/** Whether rows of the table belong to tenants. */
export function isOwned({ ownership }: MappedTable): boolean {
  return holdsTenants(ownership)
}

/** Whether this is how rows come to have tenants. */
export function holdsTenants({ kind }: Ownership): boolean {
  return kind === 'tenant' || kind === 'column' || kind === 'paths' || kind === 'schema'
}

/**
 * `public.Product`: how a table is named to people, and in maps; quoted only where `parseTableName` would misread it.
 */
export function nameOf({ schema, table }: TableName): string {
  return `${part(schema)}.${part(table)}`
}

const misread = /[".:]|^\s|\s$/

function part(name: string): string {
  return misread.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

/** The columns that are written and read: all but the computed ones. */
export function writtenColumns({ columns }: TableShape): readonly ColumnShape[] {
  return columns.filter(({ generated }) => !generated)
}
