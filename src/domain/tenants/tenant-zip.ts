// `tables.json`: describes the CSVs in the ZIP of a tenant, or of several (a pack).

export const tenantFormat = 'resguardo-tenant/1'
export const packFormat = 'resguardo-tenants/1'
export const tablesFile = 'tables.json'
export const readmeFile = 'README.txt'
/** Maximum bytes of `tables.json`, and of the index of a pack: readers keep them in memory. */
export const mostTextBytes = 64 << 20

/** One CSV of a ZIP: UTF-8, RFC 4180, with a header. NULL is an empty field without quotes, the empty text one with. */
export interface ZippedTable {
  readonly schema: string
  readonly table: string
  /** Path in the ZIP: `data/public.Product.csv`. */
  readonly file: string
  readonly rows: number
  /**
   * SHA-256 (hex) of the rows as PostgreSQL's COPY writes them in CSV, with their newlines, without the header and the
   * byte order mark.
   */
  readonly sha256: string
  /** Bytes of the file, header included. */
  readonly bytes: number
  /** In the order of the CSV; generated columns are omitted. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Tables with the same number refer to each other and are filled together. */
  readonly group: number
  /**
   * Columns that were escaped for spreadsheets: a `'` precedes each value that could begin a formula or begins with
   * `'`.
   */
  readonly guarded?: readonly string[]
}

interface TablesOfZip {
  readonly backup: string
  /** ISO 8601: time of the snapshot. */
  readonly taken: string
  /** How tenants were identified. */
  readonly by: {
    readonly table?: { readonly schema: string; readonly table: string; readonly column: string }
    readonly column: string
    readonly schema?: string
  }
  readonly excel: boolean
  /** In order of import. Includes tables of tenants without rows. */
  readonly tables: readonly ZippedTable[]
}

/** Format `resguardo-tenant/1`. */
export interface TenantTables extends TablesOfZip {
  readonly format: typeof tenantFormat
  /** The tenant's ID as text; absent for shared rows. */
  readonly tenant?: string
}

/** Format `resguardo-tenants/1`: each CSV has the rows of all tenants, in blocks that `tenants.csv` lists. */
export interface PackTables extends TablesOfZip {
  readonly format: typeof packFormat
  /** IDs, in the order of their rows. */
  readonly tenants: readonly string[]
}
