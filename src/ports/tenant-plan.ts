// Port of a look at tenants: whose rows the tables of a database hold, as of one instant.
import type { TableName } from '../domain/fingerprint/table-name.ts'
import type { MappedTable, TenantMap, TenantRules } from '../domain/tenants/map.ts'

export interface TenantPlanRequest {
  readonly rules: TenantRules
  /** Count every table exactly, which reads all of it. */
  readonly counts: boolean
  /** Code that planning runs may have the rights of whoever reads. */
  readonly codeAsSuperuser: boolean
  readonly signal: AbortSignal
}

/** Rows of one table: `owned`, `nobody` and `disagreeing` together are `total` where tenants have part in it. */
export interface PlannedRows {
  readonly total: number
  readonly owned: number
  /** They name no tenant, or one that does not exist. */
  readonly nobody: number
  /** Their paths lead to different tenants. */
  readonly disagreeing: number
}

export interface PlannedTable {
  readonly table: MappedTable
  /** Absent if nothing was counted. */
  readonly rows?: PlannedRows
  /** Columns that refer to large objects which are there. */
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
  /** How many there are. */
  readonly tenants: number
  /** Tenant IDs, at most the first hundred. */
  readonly ids: readonly string[]
  /** In order of import. */
  readonly tables: readonly PlannedTable[]
  /** Foreign keys that make deletes slow. */
  readonly missingIndexes: readonly MissingIndex[]
}

/** A database whose tenants are looked at. */
export interface Tenants {
  /** `shop on db.example.com:5432`. */
  readonly display: string
  /** All of it in one snapshot, reading only. Throws Failure as `mapTenants` does, and for what PostgreSQL refuses. */
  plan(request: TenantPlanRequest): Promise<TenantPlan>
}

export type OpenTenants = (url: string) => Promise<Tenants>
