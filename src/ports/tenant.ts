// Ports of tenants: their rows out of a database, and back into one.
import type { Failure } from '../domain/failures/failure.ts'
import type { TableName } from '../domain/fingerprint/table-name.ts'
import type { TenantRules } from '../domain/tenants/map.ts'
import type { TenantFacts } from '../domain/tenants/tenant-facts.ts'
import type { TenantTables } from '../domain/tenants/tenant-zip.ts'
import type { Progress } from './common.ts'
import type { DumpPayload } from './platform.ts'
import type { LiveState, RestoreMark } from './restore.ts'

export interface TenantDumpRequest {
  /** Name of the exported snapshot that somebody holds. */
  readonly snapshot: string
  /** ISO 8601: when it was taken. */
  readonly taken: string
  readonly rules: TenantRules
  readonly tenants: 'all' | readonly string[]
  readonly includeShared: boolean
  /** Make the CSVs fit for spreadsheets. */
  readonly excel: boolean
  /** Of the ZIPs: 0 to 9. */
  readonly level: number
  /** With all tenants: maximum number of small tenants per ZIP; absent: chosen by the number of tenants. */
  readonly tenantsPerZip?: number | undefined
  /**
   * Count every table in the same snapshot, and fail if tenants, shared rows and rows of nobody are not all there is.
   */
  readonly counts: boolean
  /** Code that planning runs may have the rights of whoever reads. */
  readonly codeAsSuperuser: boolean
  readonly temporary: string
  readonly signal: AbortSignal
  progress(done: { what: string; bytes: number }): void
}

/** One ZIP under way. */
export type TenantPayload = Omit<DumpPayload, 'role'> & {
  /** With rows in it; empty for the rows that all share. */
  readonly tenants: readonly string[]
  /** Bytes before compression; known once the stream has ended. */
  contentBytes(): number
}

/** Tenants on their way out of a database. */
export interface TenantDump {
  /** How many there will be. */
  readonly tenants: number
  /** So many payloads may be read side by side. */
  readonly lanes: number
  /** In order of tenants; at most `lanes` of the streams may be unread. `backup`: the id they belong to. */
  payloads(backup: string): AsyncIterable<TenantPayload>
  /** After the last payload. Throws a failure of kind integrity where something was left out. */
  finish(): Promise<{ facts: TenantFacts; notes: readonly string[] }>
  /** Ends connections, removes temporary files. Any time, any number of times, never throws. */
  close(): Promise<void>
}

export type OpenTenantDump = (url: string, request: TenantDumpRequest) => Promise<TenantDump>

export type TenantMode = 'insert' | 'replace' | 'merge'

/** A tenant's rows on disk, in its own ZIP or a pack: every byte verified, entries and index checked. */
export interface TenantZip {
  readonly tables: TenantTables
  /** To be closed by the caller. */
  open(): Promise<TenantContents>
}

export interface TenantContents {
  /** A CSV with its header, by its path in the ZIP. Throws a failure of kind integrity for damaged bytes. */
  read(file: string): AsyncGenerator<Buffer>
  close(): Promise<void>
}

/** A ZIP with the rows of several tenants, on disk, as `TenantZip`. */
export interface TenantPack {
  readonly backup: string
  /** IDs, in the order of their rows. */
  readonly tenants: readonly string[]
  /** The rows of one of its tenants. Throws a failure of kind integrity if their SHA-256 is not that of the index. */
  of(tenant: string): Promise<TenantZip>
}

export interface TenantRestoreRequest {
  readonly zip: TenantZip
  /** Shared rows of the same backup, put in where they are missing, before the tenant's. */
  readonly shared?: TenantZip
  /**
   * `insert`: nothing is changed or deleted; a row that exists with other content is refused, an equal one passed over.
   * `replace`: deletes rows that are not in the backup, and inserts or updates the others by primary key. `merge`: the
   * same without the deletes.
   */
  readonly mode: TenantMode
  readonly rules: TenantRules
  /** Another id for the tenant. */
  readonly as?: string
  /** With `as`: every row gets a new primary key, so that the copy can stand beside the original. */
  readonly remapKeys: boolean
  /**
   * `off`: triggers of users do not fire meanwhile (needs ownership of the tables, and blocks other writers until the
   * end).
   */
  readonly triggers: 'on' | 'off'
  /** There is no backup of what the tenant has now: where rows would be deleted or changed anyway, refuse. */
  readonly holdsNothing?: boolean
  /** Everything is tried in the transaction and rolled back. */
  readonly dryRun: boolean
  /** Triggers and constraints may run with the rights of the superuser that restores. */
  readonly codeAsSuperuser: boolean
  /** Seconds to wait for a lock. */
  readonly lockTimeout: number
  readonly temporary: string
  readonly signal: AbortSignal
  phase<T>(title: string, work: () => Promise<T>): Promise<T>
  progress(done: Progress): void
  /** Prints a note before the rows are written. */
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
  /** Rows of the backup that were there already, equal. */
  readonly unchanged: number
  /** Up to three of each, as one-line texts; only of a dry run. */
  readonly samples?: {
    readonly inserted: readonly string[]
    readonly updated: readonly string[]
    readonly deleted: readonly string[]
  }
}

export interface TenantRestored {
  readonly tenant: string
  /** In order of import; tables of which nothing was to be done are there too. */
  readonly tables: readonly TenantTableChange[]
  /**
   * Columns that the database has and the backup lacks (filled by defaults), sequences moved on, what was passed over:
   * whole sentences.
   */
  readonly notes: readonly string[]
}

/** A table that holds rows of tenants. */
export interface TenantTable extends TableName {
  /** Its partitions, of every level; empty for an ordinary table. */
  readonly partitions: readonly TableName[]
}

export interface TablesOfTenants {
  /** Those that hold rows of tenants, in order of import. */
  readonly tables: readonly TenantTable[]
  /** All others, partitions of theirs included. */
  readonly others: readonly TableName[]
  /** Those of which nobody knows. */
  readonly unreached: readonly TableName[]
}

/** A database that tenants are restored to. */
export interface TenantTarget {
  /** `shop on db.example.com:5432`. */
  readonly display: string
  readonly database: string
  /** What the database has by these rules; nothing if it has no table of tenants. */
  tables(rules: TenantRules): Promise<TablesOfTenants>
  /**
   * For scratch alone, whose rows come from ZIPs, one tenant after the other: drops the foreign keys of tenants' tables
   * to tables that no ZIP fills (also to shared ones unless those are filled) and to other tenants, and gives their
   * names.
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
   * All in one transaction. Throws Failure, and then nothing was changed: `refused` for rows that exist with other
   * content, rows of other tenants that would be touched, columns lost; `integrity` for a damaged ZIP or rows of
   * another tenant inside; `usage` for a database without the tables.
   */
  restore(request: TenantRestoreRequest): Promise<TenantRestored>
  /** Tells `restore --undo` of a restore that is committed. Returns a sentence if that is not possible. */
  mark(mark: RestoreMark): Promise<string | undefined>
}

export type OpenTenantTarget = (url: string) => TenantTarget

/**
 * Opens a ZIP on disk. Throws a failure of kind integrity for entries outside of the folder, a decompression
 * bomb, a missing or damaged table.
 */
export type OpenTenantZip = (path: string, limits: { readonly contentBytes: number }) => Promise<TenantZip>

/** The same for a pack. Also throws for an index that does not fit the CSVs. Unpacks the rows once, to `<path>.rows`. */
export type OpenTenantPack = (path: string, limits: { readonly contentBytes: number }) => Promise<TenantPack>
