// Ports of tenants: dumping their rows from a database, and restoring them.
import type { Failure } from '../domain/failures/failure.ts'
import type { TableName } from '../domain/fingerprint/table-name.ts'
import type { TenantRules } from '../domain/tenants/map.ts'
import type { TenantFacts } from '../domain/tenants/tenant-facts.ts'
import type { TenantTables } from '../domain/tenants/tenant-zip.ts'
import type { Progress } from './common.ts'
import type { DumpPayload } from './platform.ts'
import type { LiveState, RestoreMark } from './restore.ts'

export interface TenantDumpRequest {
  /** Name of an exported snapshot, which must stay held until the dump is closed. */
  readonly snapshot: string
  /** ISO 8601: time of the snapshot. */
  readonly taken: string
  readonly rules: TenantRules
  readonly tenants: 'all' | readonly string[]
  readonly includeShared: boolean
  /** Write CSVs that spreadsheets can open. */
  readonly excel: boolean
  /** Compression level of the ZIPs: 0 to 9. */
  readonly level: number
  /** With all tenants: maximum number of small tenants per ZIP; absent: chosen by the number of tenants. */
  readonly tenantsPerZip?: number | undefined
  /**
   * Count every table in the same snapshot, and fail if the rows of tenants, shared rows and rows of no tenant do not
   * add up.
   */
  readonly counts: boolean
  /** Code that runs while queries are planned may have the rights of the connected role. */
  readonly codeAsSuperuser: boolean
  readonly temporary: string
  readonly signal: AbortSignal
  progress(done: { what: string; bytes: number }): void
}

/** A ZIP that is being written. */
export type TenantPayload = Omit<DumpPayload, 'role'> & {
  /** IDs of the tenants with rows in the ZIP; empty for shared rows. */
  readonly tenants: readonly string[]
  /** Bytes before compression; known once the stream has ended. */
  contentBytes(): number
}

/** A running dump of tenants. */
export interface TenantDump {
  /** Number of tenants in the dump. */
  readonly tenants: number
  /** Maximum number of payloads that may be read concurrently. */
  readonly concurrency: number
  /** In order of tenants. At most `concurrency` streams may be unfinished at a time. `backup`: ID of their backup. */
  payloads(backup: string): AsyncIterable<TenantPayload>
  /** Call it after the last payload. Throws a failure of kind integrity if rows were left out. */
  finish(): Promise<{ facts: TenantFacts; notes: readonly string[] }>
  /** Ends connections, removes temporary files. Can be called at any time, repeatedly; never throws. */
  close(): Promise<void>
}

export type OpenTenantDump = (url: string, request: TenantDumpRequest) => Promise<TenantDump>

export type TenantMode = 'insert' | 'replace' | 'merge'

/** A tenant's rows on disk, in a ZIP or a pack. All bytes, entries and the index have been verified. */
export interface TenantZip {
  readonly tables: TenantTables
  /** The caller closes the result. */
  open(): Promise<TenantContents>
}

export interface TenantContents {
  /** Reads a CSV with its header, by its path in the ZIP. Throws a failure of kind integrity for damaged bytes. */
  read(file: string): AsyncGenerator<Buffer>
  close(): Promise<void>
}

/** A ZIP with the rows of several tenants, on disk and verified as `TenantZip`. */
export interface TenantPack {
  readonly backup: string
  /** IDs, in the order of their rows. */
  readonly tenants: readonly string[]
  /** The rows of one tenant. Throws a failure of kind integrity if their SHA-256 differs from the index. */
  of(tenant: string): Promise<TenantZip>
}

export interface TenantRestoreRequest {
  readonly zip: TenantZip
  /** Shared rows of the same backup. Missing ones are inserted before the tenant's rows. */
  readonly shared?: TenantZip
  /**
   * `insert`: changes and deletes nothing; skips equal rows, and refuses a row that exists with other content.
   * `replace`: deletes rows that are not in the backup, and inserts or updates the others by primary key. `merge`: as
   * `replace`, without the deletes.
   */
  readonly mode: TenantMode
  readonly rules: TenantRules
  /** New ID for the tenant. */
  readonly as?: string
  /** With `as`: every row gets a new primary key, so that the copy can exist together with the original. */
  readonly remapKeys: boolean
  /** `off`: user triggers do not fire during the restore (needs ownership of the tables, and blocks other writers). */
  readonly triggers: 'on' | 'off'
  /** There is no safety backup of the tenant. Refuse if the database has rows of it. */
  readonly noSafetyBackup?: boolean
  /** Roll the transaction back at its end. */
  readonly dryRun: boolean
  /** Triggers and constraints may run with the rights of the superuser that restores. */
  readonly codeAsSuperuser: boolean
  /** Seconds to wait for a lock. */
  readonly lockTimeout: number
  readonly temporary: string
  readonly signal: AbortSignal
  phase<T>(title: string, work: () => Promise<T>): Promise<T>
  progress(done: Progress): void
  /** Reports a warning before the rows are written. */
  warn(sentence: string): void
  /** Called before and after the commit. */
  reached?(state: LiveState): void
}

/** Row changes in one table, done or planned: matched by primary key, or by content in a table without one. */
export interface TenantTableChange {
  readonly schema: string
  readonly table: string
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  /** Rows of the backup that already existed with equal content. */
  readonly unchanged: number
  /** Up to three of each, one line per row; only for a dry run. */
  readonly samples?: {
    readonly inserted: readonly string[]
    readonly updated: readonly string[]
    readonly deleted: readonly string[]
  }
}

export interface TenantRestored {
  readonly tenant: string
  /** In order of import, including tables without changes. */
  readonly tables: readonly TenantTableChange[]
  /** Sentences about columns that the backup lacks (filled by defaults), advanced sequences, and what was skipped. */
  readonly notes: readonly string[]
}

/** A table with rows of tenants. */
export interface TenantTable extends TableName {
  /** Its partitions, of every level; empty for an ordinary table. */
  readonly partitions: readonly TableName[]
}

export interface TablesOfTenants {
  /** Tables with rows of tenants, in order of import. */
  readonly tables: readonly TenantTable[]
  /** All other tables, and all partitions. */
  readonly others: readonly TableName[]
  /** Tables that no rule and no foreign key assigns. */
  readonly unreached: readonly TableName[]
}

/** A database that tenants are restored to. */
export interface TenantTarget {
  /** `shop on db.example.com:5432`. */
  readonly display: string
  readonly database: string
  /** The server's system identifier; empty if this role cannot read it. */
  serverIds(): Promise<readonly string[]>
  /** The tables of the database by these rules; empty lists if it has no table of tenants. */
  tables(rules: TenantRules): Promise<TablesOfTenants>
  /**
   * For scratch databases only, because their rows come from ZIPs of single tenants. Drops foreign keys of tenants'
   * tables to tables that no ZIP fills (shared ones too, unless `sharedIsFilled`) and to other tenants. Returns the
   * names of the keys.
   */
  dropKeysToOthers(rules: TenantRules, sharedIsFilled: boolean): Promise<readonly string[]>
  /**
   * For scratch databases only: drops the foreign key that caused a failure of `restore`, if it can refer to rows of
   * another tenant. Returns whether it was dropped.
   */
  dropLooseKey(rules: TenantRules, failure: Failure): Promise<boolean>
  /** Recreates the keys that `dropLooseKey` dropped, and returns the names of those that are violated. */
  restoreLooseKeys(): Promise<readonly string[]>
  /**
   * Restores a tenant in one transaction. On a Failure nothing has changed: `refused` for rows that exist with other
   * content, rows of other tenants that would change, or missing columns; `integrity` for a damaged ZIP or one with
   * rows of another tenant; `usage` for a database without the tables.
   */
  restore(request: TenantRestoreRequest): Promise<TenantRestored>
  /** Marks the database for `restore --undo` after the commit. Returns a sentence if that is not possible. */
  mark(mark: RestoreMark): Promise<string | undefined>
}

export type OpenTenantTarget = (url: string) => TenantTarget

/**
 * Opens a ZIP on disk. Throws a failure of kind integrity for entries outside of the folder, a decompression
 * bomb, a missing or damaged table.
 */
export type OpenTenantZip = (path: string, limits: { readonly contentBytes: number }) => Promise<TenantZip>

/** The same for a pack. Also throws if the index does not match the CSVs. Unpacks the rows once, to `<path>.rows`. */
export type OpenTenantPack = (path: string, limits: { readonly contentBytes: number }) => Promise<TenantPack>
