// The port for a plan of tenants: how the rows of a database are assigned to tenants, in one snapshot.
import type { TableName } from '../domain/fingerprint/table-name.ts'
import type { MappedTable, TenantMap, TenantRules } from '../domain/tenants/map.ts'

export interface TenantPlanRequest {
  readonly rules: TenantRules
  /** Count every table exactly, which reads all rows. */
  readonly counts: boolean
  /** Code that runs while queries are planned may have the rights of the connected role. */
  readonly codeAsSuperuser: boolean
  readonly signal: AbortSignal
}

/** Rows of one table. If it has rows of tenants, `owned`, `nobody` and `disagreeing` add up to `total`. */
export interface PlannedRows {
  readonly total: number
  readonly owned: number
  /** Rows that name no tenant, or one that does not exist. */
  readonly nobody: number
  /** Rows whose foreign keys lead to different tenants. */
  readonly disagreeing: number
}

export interface PlannedTable {
  readonly table: MappedTable
  /** Absent if nothing was counted. */
  readonly rows?: PlannedRows
  /** Columns that refer to existing large objects. */
  readonly largeObjects: readonly string[]
}

/** A foreign key from a large table without an index on the referring columns. */
export interface MissingIndex {
  readonly foreignKey: string
  readonly target: TableName
  /** The referring table, or one partition of it. */
  readonly referring: TableName
  readonly columns: readonly string[]
  /** Size of the referring table. */
  readonly bytes: number
  /** The statement that creates the index. */
  readonly statement: string
}

export interface TenantPlan {
  readonly map: TenantMap
  /** Number of tenants. */
  readonly tenants: number
  /** Tenant IDs, at most the first hundred. */
  readonly ids: readonly string[]
  /** In order of import. */
  readonly tables: readonly PlannedTable[]
  /** Foreign keys that make deletes slow. */
  readonly missingIndexes: readonly MissingIndex[]
}

/** A database with tenants. */
export interface Tenants {
  /** `shop on db.example.com:5432`. */
  readonly display: string
  /**
   * Reads everything in one snapshot. Throws the failures of `mapTenants`, and a Failure for an error of PostgreSQL.
   */
  plan(request: TenantPlanRequest): Promise<TenantPlan>
}

export type OpenTenants = (url: string) => Promise<Tenants>
