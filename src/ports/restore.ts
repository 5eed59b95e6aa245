// Ports of a restore of a database: the live server, its checks, the swap and the undo.
import type { Difference } from '../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../domain/manifest/manifest.ts'
import type { PayloadSource } from './platform.ts'

/** One line of the restore's checklist. */
export interface Step {
  readonly title: string
  readonly state: 'done' | 'planned' | 'warning' | 'blocked'
  readonly detail?: string
  /** The stage in which the step runs; absent: `before`. */
  readonly stage?: 'before' | 'during' | 'after'
}

/** The server of the live database, with the operations of a restore. The database itself may be missing. */
export interface LiveServer {
  readonly display: string
  /** The live database's name, from the URL. */
  readonly database: string
  /** The server's system identifier; empty if this role cannot read it. */
  readonly serverIds: readonly string[]
  /** Checks disk space, prepared transactions, slots, privileges, roles, extensions and versions; changes nothing. */
  preflight(request: RestoreRequest): Promise<readonly Step[]>
  /**
   * Loads the backup into a new database, compares and analyzes it. On any difference or error, drops the new database
   * and throws Failure; the live database is unchanged. For `new`, the database also gets its final name, grants and
   * settings.
   */
  restoreIntoNewDatabase(request: RestoreRequest): Promise<{
    readonly database: string
    readonly notes: readonly string[]
    /** Messages about objects of the backup that the database lacks, unless `onError` is `stop`. */
    readonly missing: readonly string[]
  }>
  /**
   * Gives the database of `restoreIntoNewDatabase` the name of the live database, and its owner, grants, settings and
   * comment, in one transaction. On a Failure nothing has changed.
   */
  swap(companions: string, request: RestoreRequest): Promise<Swapped>
  /**
   * The two databases that an undo of the last swap would exchange. Throws a failure of kind refused if there is no
   * such pair, or if a later restore kept no previous database.
   */
  undoPair(signal: AbortSignal): Promise<UndoPair>
  /** Returns what an undo of the last swap loses. With `really`, exchanges the databases. */
  undo(options: {
    readonly really: boolean
    readonly signal: AbortSignal
    readonly reached?: RestoreRequest['reached']
  }): Promise<Undone>
  /**
   * Replaces the contents of the live database in one transaction. Throws a failure of kind integrity before the commit
   * if the rows differ. Returns the differences that show only after the commit: definitions, and rows that the role
   * cannot read.
   */
  restoreInPlace(
    request: RestoreRequest,
  ): Promise<{ readonly differences: readonly Difference[]; readonly notes: readonly string[] }>
  /** Copies the selected tables into a new schema of the live database, in one transaction. */
  restoreIntoSchema(request: RestoreRequest, schema: string): Promise<{ readonly notes: readonly string[] }>
  /** Drops a database that `restoreIntoNewDatabase` of this object created. */
  drop(database: string): Promise<void>
  /** Can be called repeatedly; never throws. */
  close(): Promise<void>
}

export interface Swapped {
  /** New name of the previous live database; undefined if there was none. */
  readonly kept: string | undefined
  /** Seconds in which clients could not connect. */
  readonly closed: number
}

/** The mark in the comment of the live database, for a restore that keeps no previous database. */
export interface RestoreMark {
  readonly backup: string
  /** ID of the backup of the previous data. */
  readonly safetyBackup?: string | undefined
  /** The tenant that was restored. */
  readonly tenant?: string
  /** The schema that was restored into. */
  readonly schema?: string
}

/** A database of a server, identified. */
export interface DatabaseIdentity {
  readonly name: string
  readonly oid: number
  readonly owner: string
}

/** The two databases of a swap. An undo exchanges them again. */
export interface UndoPair {
  readonly live: DatabaseIdentity
  readonly kept: DatabaseIdentity
  /** ID of the restored backup. */
  readonly backup: string
  /** ISO 8601: time of the swap. */
  readonly swapped: string
}

export interface Undone extends UndoPair {
  /** One sentence for each loss. */
  readonly lost: readonly string[]
  /** New name of the database that was live before the undo; undefined if nothing was done. */
  readonly aside: string | undefined
}

/** How far a restore has changed the live database. */
export type LiveState =
  | { readonly at: 'unchanged' }
  /** COMMIT was sent without a response so far. `ask`: SQL that returns its outcome, if available. */
  | { readonly at: 'committing'; readonly ask?: string }
  /** `kept`: the new name of the previous live database. */
  | { readonly at: 'changed'; readonly kept?: string | undefined }

export interface RestoreRequest {
  readonly manifest: PostgresManifest
  readonly payloads: readonly PayloadSource[]
  readonly strategy: 'swap' | 'new' | 'in-place'
  /** Name of the database to create, for `new`. */
  readonly targetDatabase?: string
  /** Name of the schema to create in the live database, for selected tables. */
  readonly targetSchema?: string
  /** Names are exact. Both empty: everything. */
  readonly tables: readonly { readonly schema: string; readonly table: string }[]
  readonly schemas: readonly string[]
  /** Code of the backup may run with the rights of the superuser that restores it. */
  readonly codeAsSuperuser: boolean
  /**
   * What to do if objects cannot be restored. `stop`: fail. `report`: continue, but never change the live database.
   * `accept`: swap anyway.
   */
  readonly onError: 'stop' | 'report' | 'accept'
  readonly jobs: number
  /** In place: ID of the backup of the replaced data. */
  readonly safetyBackup?: string | undefined
  readonly temporary: string
  readonly signal: AbortSignal
  /** Runs one phase of the work under a title; phases do not nest. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>
  progress(done: { what: string; bytes: number }): void
  /** Called before and after the commit that changes the live database or completes a new one. */
  reached?(state: LiveState): void
}

export type OpenLiveServer = (url: string, settings: { installTools: boolean }) => Promise<LiveServer>
